// `webhookHandler`: the door of a bot as a handler of the server that you have.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpAnswer } from './answer';
import { Bot } from './bot';
import { answer, ask, isOurs, type Knock, type NodeRequest, type Source, WHOLE_MAX } from './web';

/** For `http.createServer`, Express, Connect: with a `next`, what is not the bot's is passed on. */
export type NodeHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: (error?: unknown) => void,
) => void;

/** For any `Request -> Response`: Hono, Next.js, Deno, Bun. `peer`: the client's address. */
export type FetchHandler = (request: Request, peer?: string) => Promise<Response>;

/** What a Koa context has, as far as it is used here. */
export interface KoaContext {
  req: IncomingMessage;
  res: ServerResponse;
  originalUrl: string;
  respond?: boolean;
  request: { body?: unknown; rawBody?: unknown };
}

/** For `app.use` of Koa. */
export type KoaHandler = (context: KoaContext, next: () => Promise<unknown>) => Promise<unknown>;

/** What a Hono context has, as far as it is used here. */
export interface HonoContext {
  req: { raw: Request };
  env: unknown;
}

/** For `app.use` of Hono. */
export type HonoHandler = (
  context: HonoContext,
  next: () => Promise<void>,
) => Promise<Response | void>;

/** What a Fastify app has, as far as it is used here. */
export interface FastifyApp {
  removeAllContentTypeParsers(): void;
  addContentTypeParser(
    type: string,
    parser: (request: unknown, payload: unknown, done: (error: Error | null) => void) => void,
  ): void;
  all(
    path: string,
    handler: (
      request: { raw: IncomingMessage },
      reply: { raw: ServerResponse; hijack(): void },
    ) => void,
  ): unknown;
  addHook(name: 'onListen' | 'onClose', hook: () => Promise<void>): unknown;
}

/** For `app.register` of Fastify: it starts the bot once the app listens, and stops it with it. */
export type FastifyPlugin = (app: FastifyApp) => Promise<void>;

/** The bot's door as a handler of your server. It starts the bot with the first request, unless
 * `bot.start({ mounted: true })` was first; of several processes the first owns the account, the
 * others hand over, and take over when it is gone.
 *
 * The path, the method and the secret are looked at by the same rules as at the bot's own listener. */
export function webhookHandler(bot: Bot, framework?: 'node' | 'express'): NodeHandler;
export function webhookHandler(bot: Bot, framework: 'fastify'): FastifyPlugin;
export function webhookHandler(bot: Bot, framework: 'koa'): KoaHandler;
export function webhookHandler(bot: Bot, framework: 'hono'): HonoHandler;
export function webhookHandler(bot: Bot, framework: 'fetch'): FetchHandler;
export function webhookHandler(bot: Bot, framework = 'node') {
  switch (framework) {
    case 'node':
    case 'express':
      return nodeHandler(bot);
    case 'fastify':
      return fastifyPlugin(bot);
    case 'koa':
      return koaHandler(bot);
    case 'hono':
      return honoHandler(bot);
    case 'fetch':
      return fetchHandler(bot);
    default:
      throw new TypeError(
        `no framework: ${framework}; there are node, express, fastify, koa, hono and fetch`,
      );
  }
}

function nodeHandler(bot: Bot): NodeHandler {
  return (request: NodeRequest, response, next) => {
    const target = request.originalUrl ?? request.url ?? '/';
    if (next !== undefined && !isOurs(bot, target)) next();
    else answer(bot, request, response);
  };
}

function fastifyPlugin(bot: Bot): FastifyPlugin {
  return async (app) => {
    // Here alone, not in the app around it: the door wants the bytes.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_request, _payload, done) => done(null));
    for (const own of Bot.inside.paths(bot)) {
      for (const path of new Set([own || '/', `${own}/`, `${own}/media/*`])) {
        app.all(path, (request, reply) => {
          reply.hijack();
          answer(bot, request.raw, reply.raw);
        });
      }
    }
    // Zalo looks at a webhook as soon as it is set: by then the app listens.
    app.addHook('onListen', async () => {
      try {
        await Bot.inside.mounted(bot);
      } catch (error) {
        // An app that listens goes on; the next request tries again.
        Bot.inside.logger(bot)?.error(`the bot did not start with its app: ${error}`);
      }
    });
    app.addHook('onClose', () => bot.stop());
  };
}

function koaHandler(bot: Bot): KoaHandler {
  return async (context, next) => {
    if (!isOurs(bot, context.originalUrl)) return next();
    // Koa's own answer would be a 404.
    context.respond = false;
    const { body, rawBody } = context.request;
    answer(bot, Object.assign(context.req, { body, rawBody }), context.res);
  };
}

function honoHandler(bot: Bot): HonoHandler {
  const take = fetchHandler(bot);
  return async (context, next) => {
    const { raw } = context.req;
    if (!isOurs(bot, new URL(raw.url).pathname)) return next();
    const { incoming } = (context.env ?? {}) as { incoming?: IncomingMessage };
    return take(raw, incoming?.socket.remoteAddress);
  };
}

function fetchHandler(bot: Bot): FetchHandler {
  return async (request, peer) => {
    const { pathname, search } = new URL(request.url);
    const length = request.headers.get('content-length');
    const isSmall = length !== null && Number(length) <= WHOLE_MAX;
    let body: Uint8Array | Source = new Uint8Array();
    if (isSmall) body = new Uint8Array(await request.arrayBuffer());
    else if (request.body !== null) body = pieces(request.body);
    const knock: Knock = {
      method: request.method,
      target: pathname + search,
      headers: [...request.headers].flat().join('\n'),
      peer,
      // Its headers may say nothing of a body that is there.
      major: 2,
      body,
    };
    const said = await new Promise<HttpAnswer>((hear) => ask(bot, knock, hear));
    return response(said, request.method === 'HEAD');
  };
}

function pieces(body: ReadableStream<Uint8Array>): Source {
  const reader = body.getReader();
  return {
    async next() {
      const { value, done } = await reader.read();
      return { piece: value ?? new Uint8Array(), isLast: done };
    },
  };
}

function response({ status, headers: lines, body }: HttpAnswer, isHead: boolean): Response {
  const headers = new Headers();
  for (let at = 0; at + 1 < lines.length; at += 2) {
    headers.append(lines[at] as string, lines[at + 1] as string);
  }
  return new Response(isHead ? null : (body as string | Uint8Array<ArrayBuffer>), { status, headers });
}
