// A Zalo on this machine, for tests of bots, with node:test, vitest or any other runner.
//
// Nothing sleeps: each wait ends when what it waits for has happened, or throws after `patience`.

import { AssertionError } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binding, type Emulator } from './binding';
import { Bot, type StartOptions } from './bot';
import { awaited, native } from './errors';
import type { BotOptions } from './options';

/** The token of the bot that is there when none is named. */
export const TOKEN = '1000000000000000001:emulator-only-no-secret';

const SENDS = ['sendMessage', 'sendPhoto', 'sendSticker', 'sendVoice'];
/** Milliseconds. */
const PATIENCE = 30_000;

/** A call that a bot made. */
export interface Call {
  /** Its number. */
  n: number;
  at_ms: number;
  token_id: string;
  method: string;
  params: { [name: string]: unknown };
  status: number | null;
  response: unknown;
}

/** What became of a message: it was handed out, waits for the next poll, or nobody took it. */
export type Delivery = 'delivered' | 'queued' | 'lost';

/** What goes wrong. */
export type FaultKind =
  | 'http_500'
  | 'http_502_html'
  | 'http_429_html'
  | 'quota_429'
  | 'api_400'
  | 'api_401'
  | 'timeout'
  | 'disconnect_before'
  | 'disconnect_after'
  | 'truncate'
  | 'slow_ms'
  | 'duplicate';

/** What a bot sent. */
export class Received {
  constructor(readonly call: Call) {}

  /** The method: `sendMessage`, `sendPhoto`, ... */
  get method(): string {
    return this.call.method;
  }

  /** To whom. */
  get chatId(): string {
    return String(this.call.params['chat_id']);
  }

  /** The text, or a photo's caption. */
  get text(): string | undefined {
    return (this.call.params['text'] ?? this.call.params['caption']) as string | undefined;
  }

  /** A photo's address. */
  get photo(): string | undefined {
    return this.call.params['photo'] as string | undefined;
  }

  /** A sticker's id. */
  get sticker(): string | undefined {
    return this.call.params['sticker'] as string | undefined;
  }

  /** A recording's address. */
  get voice(): string | undefined {
    return this.call.params['voice_url'] as string | undefined;
  }
}

/** Who a person is. */
export interface UserOptions {
  name?: string;
  /** Where they write: to the bot alone, unless it is a group, `zgr-..`. */
  chat?: string;
  /** The digits of a token; else the first bot. */
  bot?: string;
}

/** A person who writes to a bot. Made by `zalo.user`. */
export class User {
  #emulator: Emulator;
  #who: UserOptions;
  #seen: number;

  /** @internal */
  constructor(
    emulator: Emulator,
    readonly id: string,
    who: UserOptions,
  ) {
    this.#emulator = emulator;
    this.#who = who;
    this.#seen = emulator.lastCall();
  }

  /** Where they write. */
  get chat(): string {
    return this.#who.chat ?? this.id;
  }

  /** Sends a text. */
  sends(text: string): Promise<Delivery> {
    return this.#sends('text', text);
  }

  /** Sends a picture: its address, or its bytes, which are hosted here. */
  sendsPhoto(photo: string | Uint8Array, caption?: string): Promise<Delivery> {
    return this.#sends('photo', photo, caption);
  }

  /** Sends a sticker. */
  sendsSticker(id: string): Promise<Delivery> {
    return this.#sends('sticker', id);
  }

  /** Sends a recording: its address, or its bytes. */
  sendsVoice(voice: string | Uint8Array): Promise<Delivery> {
    return this.#sends('voice', voice);
  }

  /** Sends what bots are not shown: a file, a contact, a location. */
  sendsUnsupported(): Promise<Delivery> {
    return this.#sends('unsupported', '');
  }

  /** The next message in this chat, waited for at most so many ms. Throws `AssertionError` when none
   * comes. */
  async receives(patience = PATIENCE): Promise<Received> {
    const call = await wait(this.#emulator, SENDS, this.#seen, patience, this.chat);
    this.#seen = call.n;
    return new Received(call);
  }

  async #sends(kind: string, value: string | Uint8Array, caption?: string): Promise<Delivery> {
    const sent = { user: this.id, kind, value, ...this.#who, chat: this.chat };
    if (caption !== undefined) Object.assign(sent, { caption });
    return (await awaited(() => this.#emulator.message(sent))) as Delivery;
  }
}

/** How a `Zalo` is started. */
export interface ZaloOptions {
  /** Of the bots it knows. */
  tokens?: string[];
  /** Where webhooks go, such as `http://127.0.0.1:8000`, whatever public URL a bot registers. */
  deliverTo?: string;
}

/** A local Zalo Bot Platform. `stop` ends it. */
export class Zalo {
  #token: string;
  #emulator: Emulator;
  #state = mkdtempSync(join(tmpdir(), 'zaloxide-'));

  constructor({ tokens, deliverTo }: ZaloOptions = {}) {
    this.#emulator = native(() => new binding.Emulator(tokens, deliverTo));
    this.#token = tokens?.[0] ?? TOKEN;
  }

  /** Of the first bot. */
  get token(): string {
    return this.#token;
  }

  /** Its address: a bot's `apiUrl`. */
  get url(): string {
    return this.#emulator.url;
  }

  /** A bot of this Zalo that lets everybody in, forgets all at its end and logs nothing, unless
   * options say otherwise. */
  bot(options: BotOptions = {}): Bot {
    const all: BotOptions = { store: null, logger: null, token: this.token, ...options };
    if (all.dmPolicy === undefined) Object.assign(all, { dmPolicy: 'open', allowFrom: ['*'], ...options });
    const bot = new Bot({ ...all, apiUrl: this.url });
    Bot.inside.localize(bot, { apiUrl: this.url }, options.stateDir ?? this.#state);
    return bot;
  }

  /** Runs a bot while a function does.
   *
   * One that was made elsewhere, from options, talks to this Zalo meanwhile, and keeps its state in a
   * temporary directory; its other options hold. */
  async runs<T>(bot: Bot, during: () => T | Promise<T>, options: StartOptions = {}): Promise<T> {
    const change = { apiUrl: this.url, botToken: this.token };
    const undo = Bot.inside.isLocal(bot) ? () => {} : Bot.inside.localize(bot, change, this.#state);
    try {
      await bot.start(options);
      return await during();
    } finally {
      await bot.stop();
      undo();
    }
  }

  /** A person. */
  user(id: string, options: UserOptions = {}): User {
    return new User(this.#emulator, id, options);
  }

  /** Has the next `times` calls of `method` go wrong, or each with probability `rate`, drawn from
   * `seed`. `ms`: how long `timeout` and `slow_ms` take. */
  fault(
    kind: FaultKind,
    method = '*',
    options: { times?: number | null; rate?: number; ms?: number; seed?: number } = {},
  ): void {
    const { times = 1, ...more } = options;
    const fault = { kind, method, seed: 0, ...more, ...(times === null ? {} : { times }) };
    native(() => this.#emulator.fault(JSON.stringify(fault)));
  }

  /** The calls after number `since`. */
  calls(since = 0): Call[] {
    return JSON.parse(native(() => this.#emulator.calls(since)));
  }

  /** The first call of one of these methods after number `since`, once it is answered. Throws
   * `AssertionError` when there is none in `patience` ms. */
  waitForCall(
    methods: string | string[],
    { chat, since = 0, patience = PATIENCE }: { chat?: string; since?: number; patience?: number } = {},
  ): Promise<Call> {
    return wait(this.#emulator, [methods].flat(), since, patience, chat);
  }

  /** Waits until a bot asks for messages. */
  async waitForPoll(patience = PATIENCE): Promise<void> {
    if (!(await awaited(() => this.#emulator.waitForPoll(patience)))) {
      throw new AssertionError({ message: `nobody polled in ${patience} ms` });
    }
  }

  /** Forgets calls, faults, queues and webhooks. */
  reset(): void {
    native(() => this.#emulator.reset());
  }

  /** Ends it. */
  async stop(): Promise<void> {
    await awaited(() => this.#emulator.stop());
    rmSync(this.#state, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

async function wait(
  emulator: Emulator,
  methods: string[],
  since: number,
  patience: number,
  chat?: string,
): Promise<Call> {
  const call = await awaited(() => emulator.waitForCall(since, methods, chat, patience));
  if (call !== null) return JSON.parse(call);
  const seen = JSON.parse(emulator.calls(since)).map((each: Call) => each.method);
  const where = chat === undefined ? '' : ` to ${chat}`;
  throw new AssertionError({
    message: `no ${methods.join(', ')}${where} in ${patience} ms; calls: ${seen.join(', ')}`,
  });
}
