// `Turn`: a message that waits for its answer.

import type { Engine } from './binding';
import type { Chat, Envelope, Medium, Sender } from './envelope';
import { BadValue, native, NotRunning } from './errors';
import type { Message } from './events';

/** What else than a text may be sent. */
export interface Media {
  /** Addresses, or paths under `media.roots`; the text is the caption of the first. */
  photo?: string | readonly string[];
  /** A sticker's id. */
  sticker?: string;
  /** An address that ends in `.aac`; in private chats alone. */
  voice?: string;
}

/** What is sent: a text of any length, or more than that. */
export type Content = string | ({ text?: string } & Media);

/** What kind of message a turn is. */
export type Kind = 'text' | 'image' | 'sticker' | 'voice';

/** One message in the JSON form of a reply. */
export function message(content: Content, media?: Media): Message {
  const all = typeof content === 'string' ? { ...media, text: content } : { ...media, ...content };
  const form: Message = {};
  if (all.text !== undefined) form.text = String(all.text);
  if (all.photo !== undefined) form.media = typeof all.photo === 'string' ? [all.photo] : all.photo;
  if (all.sticker !== undefined) form.sticker = all.sticker;
  if (all.voice !== undefined) form.voice = all.voice;
  if (Object.keys(form).length === 0) {
    throw new BadValue('nothing to send: give a text, or photo, sticker or voice');
  }
  return form;
}

/** A message that waits for its answer.
 *
 * What handlers reply with is gathered, and goes out as one reply when the last of them has settled.
 * If one throws or rejects nothing is sent, and they are called again, with the same `id` and a
 * higher `attempt`. */
export class Turn {
  #engine: Engine;
  /** Without `raw`, until somebody asks for it. */
  #envelope: Envelope;
  /** `raw` as it came, until it is read. */
  #raw: string | undefined;
  #parts: Message[] = [];
  #isOver = false;
  #abort: AbortController | undefined;

  /** When the engine gives this attempt up, Unix ms. */
  readonly deadlineMs: number;
  /** What `hears`, or the filter `regex`, found. */
  match: RegExpMatchArray | null = null;
  /** What stands behind the command that `command` found. */
  args = '';
  /** Yours: middleware leaves things here for handlers. */
  state: { [name: string]: unknown } = {};

  /** @internal */
  constructor(engine: Engine, envelope: Envelope, raw: string, deadlineMs: number) {
    this.#engine = engine;
    this.#envelope = envelope;
    this.#raw = raw;
    this.deadlineMs = deadlineMs;
  }

  /** All that is known of the message. */
  get envelope(): Envelope {
    if (this.#raw !== undefined) {
      this.#envelope.raw = JSON.parse(this.#raw);
      this.#raw = undefined;
    }
    return this.#envelope;
  }

  /** 32 hex digits, the same over attempts and restarts: a key to do things once by. */
  get id(): string {
    return this.#envelope.turn;
  }

  /** From 1. */
  get attempt(): number {
    return this.#envelope.attempt;
  }

  /** The name of the bot account that was written to. */
  get account(): string {
    return this.#envelope.account;
  }

  /** The key of the conversation, for a memory of it. */
  get session(): string {
    return this.#envelope.session;
  }

  /** What was written, a caption too, without the leading mention. */
  get text(): string {
    return this.#envelope.text;
  }

  /** `text`, with a placeholder a line for media before it. */
  get body(): string {
    return this.#envelope.body;
  }

  /** Who wrote. */
  get sender(): Sender {
    return this.#envelope.sender;
  }

  /** Where. */
  get chat(): Chat {
    return this.#envelope.chat;
  }

  /** What was attached. */
  get media(): readonly Medium[] {
    return this.#envelope.media;
  }

  /** `text`, or what was attached. */
  get kind(): Kind {
    return this.#envelope.media[0]?.kind ?? 'text';
  }

  /** Whether others read it too. */
  get isGroup(): boolean {
    return this.#envelope.chat.kind === 'group';
  }

  /** Zalo's id of the message, if it had one; of several that are one turn, the first's. */
  get messageId(): string | null {
    return this.#envelope.message_id;
  }

  /** Zalo's ids of all messages that are this turn, in order: see `turn: { debounceMs }`. */
  get messageIds(): readonly string[] {
    return this.#envelope.message_ids;
  }

  /** When it was written, Unix ms. */
  get timestampMs(): number {
    return this.#envelope.timestamp_ms;
  }

  /** Zalo's own `message` object; `null` when it was over 64 KiB. */
  get raw(): unknown {
    return this.envelope.raw;
  }

  /** Aborts when nobody waits for this attempt any more: it took too long, its sender was revoked, or
   * the bot has stopped. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    return this.#abort.signal;
  }

  /** Adds to the answer, which goes out when the handlers have settled. It may be awaited, and need
   * not be.
   *
   * A text of any length: it is cut into messages of 2,000 characters. Throws `BadValue` for nothing,
   * and `NotRunning` after the end of the handlers: then `bot.send` is the way. */
  reply(content: Content, media?: Media): Promise<void> {
    if (this.#isOver) {
      throw new NotRunning('the turn is over: send with bot.send(turn.chat.id, ..)');
    }
    this.#parts.push(message(content, media));
    return DONE;
  }

  /** Shows "is typing" now, and every 4 s from here on unless the config says `typing: false`. The
   * engine shows it by itself while a handler takes its time. */
  typing(): Promise<void> {
    if (!this.#isOver) native(() => this.#engine.typing(this.account, this.id, this.attempt));
    return DONE;
  }

  /** What was gathered; nothing can be added any more. @internal */
  close(): Message[] {
    this.#isOver = true;
    return this.#parts;
  }

  /** Nobody waits for it any more. @internal */
  abandon(why: string): void {
    this.#isOver = true;
    // Made before it is asked for: then its signal says so too.
    this.#abort ??= new AbortController();
    this.#abort.abort(new NotRunning(why));
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `Turn { ${this.id}, attempt ${this.attempt} }`;
  }
}

const DONE = Promise.resolve();
