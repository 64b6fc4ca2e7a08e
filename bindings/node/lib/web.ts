// A bot's door in somebody else's server: how a request reaches it, and how its answer goes back.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { HttpAnswer } from './answer';
import { Bot } from './bot';
import type { Driver, Visitor } from './driver';

/** Up to here a body is read before the door is asked: one crossing less. */
export const WHOLE_MAX = 1 << 16;
/** What is answered when the door says nothing: try again. */
const NOTHING = new HttpAnswer(503, ['retry-after', '10'], '');

/** A body that is read as it is wanted. */
export interface Source {
  /** The next piece, and whether it is the last; `null`: it broke off. */
  next(): Promise<{ piece: Uint8Array; isLast: boolean } | null>;
}

/** A request's head, and all of its body, or how to read it. */
export interface Knock {
  method: string;
  target: string;
  /** Names and values in turn, a line each. */
  headers: string;
  peer: string | undefined;
  major: number;
  body: Uint8Array | Source;
}

/** Whether a path is one of the bot's, or below it a file that it hosts. */
export function isOurs(bot: Bot, target: string): boolean {
  const end = target.search(/[?#]/);
  const path = end < 0 ? target : target.slice(0, end);
  return Bot.inside.paths(bot).some((own) => {
    const rest = path.startsWith(own) ? path.slice(own.length) : undefined;
    return rest === '' || rest === '/' || rest?.startsWith('/media/');
  });
}

/** Asks the door, and hears what it says. A bot that does not run is started. */
export function ask(bot: Bot, knock: Knock, hear: (answer: HttpAnswer) => void): void {
  try {
    const running = Bot.inside.mounted(bot);
    if (running instanceof Promise) {
      running.then(
        () => ask(bot, knock, hear),
        (error) => turnAway(bot, error, hear),
      );
    } else {
      const { method, target, headers, peer, major, body } = knock;
      const head = `${major}\n${method}\n${target}\n${peer ?? ''}\n${headers}`;
      const visit = new Visit(bot, running.driver, body, hear);
      running.driver.knock(head, body instanceof Uint8Array ? body : undefined, visit);
    }
  } catch (error) {
    turnAway(bot, error, hear);
  }
}

/** The bot can't be had now: it is in the log why, and Zalo tries again. */
function turnAway(bot: Bot, error: unknown, hear: (answer: HttpAnswer) => void): void {
  Bot.inside.logger(bot)?.error(`a webhook could not be taken: ${error}`);
  hear(NOTHING);
}

/** A request that is at the door. */
class Visit implements Visitor {
  #bot: Bot;
  #driver: Driver;
  #body: Uint8Array | Source;
  #hear: (answer: HttpAnswer) => void;

  constructor(
    bot: Bot,
    driver: Driver,
    body: Uint8Array | Source,
    hear: (answer: HttpAnswer) => void,
  ) {
    this.#bot = bot;
    this.#driver = driver;
    this.#body = body;
    this.#hear = hear;
  }

  wanted(number: number): void {
    const { engine } = this.#driver;
    if (this.#body instanceof Uint8Array) return;
    this.#body.next().then(
      (read) => engine.give(number, read?.piece ?? null, read?.isLast ?? true),
      () => engine.give(number, null, true),
    );
  }

  answered(answer: HttpAnswer | null): void {
    const { isGuest, engine } = this.#driver;
    // A guest may be the owner next.
    const isRefused = isGuest && answer?.status === 503;
    if (!isRefused) return this.#hear(answer ?? NOTHING);
    const hear = () => this.#hear(answer);
    Bot.inside.promote(this.#bot, engine).then(hear, hear);
  }

  failed(error: unknown): void {
    turnAway(this.#bot, error, this.#hear);
  }
}

/** A request of node:http, and of all that stand on it. */
export type NodeRequest = IncomingMessage & {
  /** The whole path, where a router has cut it. */
  originalUrl?: string;
  /** What something before us has read already. */
  body?: unknown;
  rawBody?: unknown;
};

/** Answers a request of node:http. */
export function answer(bot: Bot, request: NodeRequest, response: ServerResponse): void {
  const { length, body } = announced(request);
  if (body !== undefined) return reply(bot, request, response, body);
  if (length === undefined || length > WHOLE_MAX) {
    return reply(bot, request, response, pieces(request));
  }
  const read: Buffer[] = [];
  request.on('data', (piece: Buffer) => read.push(piece));
  request.on('end', () => {
    reply(bot, request, response, read.length === 1 ? (read[0] as Buffer) : Buffer.concat(read));
  });
}

/** How long a body is, and all of it where it was read before. */
function announced(request: NodeRequest): { length?: number; body?: Uint8Array } {
  const read = request.rawBody ?? request.body;
  if (read instanceof Uint8Array) return { body: read };
  if (typeof read === 'string') return { body: Buffer.from(read) };
  // Parsers leave an empty object, or nothing, where they read nothing.
  if (read !== undefined && read !== null && request.readableEnded) {
    return { body: Buffer.from(JSON.stringify(read)) };
  }
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  if (length !== undefined) return { length: Number(length) };
  return coding === undefined && request.httpVersionMajor < 2 ? { length: 0 } : {};
}

function pieces(request: NodeRequest): Source {
  const read = request[Symbol.asyncIterator]();
  return {
    async next() {
      const { value, done } = await read.next();
      return { piece: done ? new Uint8Array() : value, isLast: done === true };
    },
  };
}

function reply(
  bot: Bot,
  request: NodeRequest,
  response: ServerResponse,
  body: Uint8Array | Source,
): void {
  const knock: Knock = {
    method: request.method ?? 'GET',
    target: request.originalUrl ?? request.url ?? '/',
    headers: headerLines(request, body),
    peer: request.socket.remoteAddress,
    major: request.httpVersionMajor,
    body,
  };
  ask(bot, knock, (said) => write(response, said));
}

function headerLines(request: NodeRequest, body: Uint8Array | Source): string {
  const { rawHeaders: raw } = request;
  // As it came, unless something before us has unpacked it.
  const isAsCame = !(body instanceof Uint8Array) || (request.rawBody ?? request.body) === undefined;
  if (isAsCame) return raw.join('\n');
  const lines = [];
  for (let at = 0; at < raw.length; at += 2) {
    const name = (raw[at] as string).toLowerCase();
    if (name !== 'content-length' && name !== 'content-encoding' && name !== 'transfer-encoding') {
      lines.push(name, raw[at + 1]);
    }
  }
  return [...lines, 'content-length', body.length].join('\n');
}

function write(response: ServerResponse, answer: HttpAnswer): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(answer.status, answer.measured);
  response.end(answer.body);
}
