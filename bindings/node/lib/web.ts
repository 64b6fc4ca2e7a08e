// A bot's door in somebody else's server: how a request reaches it, and how its answer goes back.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpAnswer } from './binding';
import { Bot } from './bot';
import type { Driver, Told } from './driver';

/** Up to here a body is read before the door is asked: one crossing less. */
export const WHOLE_MAX = 1 << 16;
/** How long the door may be silent: it bounds by itself how long a body and a store take. */
const SILENT_MAX_MS = 40_000;
/** What is answered when the door says nothing: try again. */
const NOTHING: HttpAnswer = { status: 503, headers: ['retry-after', '10'], body: '' };

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

/** What the door says. A bot that does not run is started. */
export function ask(bot: Bot, knock: Knock): HttpAnswer | Promise<HttpAnswer> {
  const running = Bot.inside.mounted(bot);
  if (running instanceof Promise) return running.then(() => ask(bot, knock));
  const { driver } = running;
  const { method, target, headers, peer, major, body } = knock;
  const whole = body instanceof Uint8Array ? body : undefined;
  const said = driver.knock(`${method}\n${target}\n${peer ?? ''}\n${headers}`, major, whole);
  if (typeof said !== 'number') return driver.isGuest ? promoted(bot, driver, said) : said;
  const later = answered(driver, said, body);
  return driver.isGuest ? later.then((answer) => promoted(bot, driver, answer)) : later;
}

/** What a guest says, who may be the owner next. */
async function promoted(bot: Bot, guest: Driver, answer: HttpAnswer): Promise<HttpAnswer> {
  if (answer.status === 503) await Bot.inside.promote(bot, guest.engine);
  return answer;
}

function answered(driver: Driver, number: number, body: Uint8Array | Source): Promise<HttpAnswer> {
  return new Promise((resolve) => {
    let timer = setTimeout(give, SILENT_MAX_MS);
    function give() {
      driver.forget(number);
      driver.engine.give(number, null, true);
      resolve(NOTHING);
    }
    driver.wait(number, (told: Told) => {
      clearTimeout(timer);
      if (told === null && !(body instanceof Uint8Array)) {
        timer = setTimeout(give, SILENT_MAX_MS);
        body.next().then(
          (read) => driver.engine.give(number, read?.piece ?? null, read?.isLast ?? true),
          () => driver.engine.give(number, null, true),
        );
      } else {
        resolve(told === null || typeof told === 'string' ? NOTHING : told);
      }
    });
  });
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
  try {
    const said = ask(bot, knock);
    if (said instanceof Promise) {
      said.then(
        (later) => write(response, later),
        (error) => fail(bot, response, error),
      );
    } else {
      write(response, said);
    }
  } catch (error) {
    fail(bot, response, error);
  }
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

function write(response: ServerResponse, { status, headers, body }: HttpAnswer): void {
  if (response.headersSent || response.destroyed) return;
  if (headers.includes('content-length')) response.writeHead(status, headers);
  else response.writeHead(status, [...headers, 'content-length', String(Buffer.byteLength(body))]);
  response.end(body);
}

/** The bot can't be had now: it is in the log why, and Zalo tries again. */
function fail(bot: Bot, response: ServerResponse, error: unknown): void {
  Bot.inside.logger(bot)?.error(`a webhook could not be taken: ${error}`);
  write(response, NOTHING);
}
