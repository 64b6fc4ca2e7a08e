// What a user writes: clean under `tsc --strict`.

import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import {
  type Action,
  Bot,
  type BotOptions,
  Channel,
  Composer,
  command,
  type Envelope,
  type Event,
  group,
  type Handler,
  Refused,
  SendFailed,
  type Turn,
  webhookHandler,
  wire,
} from 'zaloxide';
import { Zalo } from 'zaloxide/testing';

const options: BotOptions = {
  token: { source: 'env', id: 'ZALO_BOT_TOKEN' },
  store: null,
  turn: { timeoutSec: 5, debounceMs: 1500 },
  accounts: { shop: { botToken: '1:x', dmPolicy: 'allowlist', allowFrom: ['1', 2] } },
  webhook: { listen: '127.0.0.1:0', tls: { cert: 'a', key: 'b' } },
};
const bot = new Bot(options);
new Bot();
new Bot('1:x');
Bot.fromConfig('zaloxide.json5', { logger: null });

bot.use(async (turn, next) => {
  turn.state['began'] = Date.now();
  await next();
});
bot.onText((turn) => turn.reply(turn.text, { photo: ['a.jpg'], sticker: 's' }));
bot.onText(command(['a', 'b']).and(group().not()), async (turn: Turn) => {
  turn.reply({ sticker: 's' });
  const ids: string[] = await bot.send(turn.chat.id, 'x', { account: 'shop' });
  void ids;
});
bot.onImage((turn) => turn.reply(turn.media[0].path ?? 'none'));
bot.on(['image', 'voice'], (turn) => void turn.media[0].url);
bot.on('text', (turn) => void turn.media[0]?.url);
bot.filter((turn) => turn.isGroup, (_turn, next) => next());
const handler: Handler = (turn, next) => (turn.kind === 'text' ? next() : undefined);
bot.use(handler, new Composer());
bot.catch((error: unknown, turn) => {
  if (error instanceof SendFailed) console.log(error.code, error.sent.length, turn.id);
  if (error instanceof Refused) console.log(error.kind);
});
const [pending] = await bot.pairing.list();
const who: string = await bot.pairing.approve(pending?.code ?? '', { notify: true });
void who;

express().use(webhookHandler(bot));
fastify().register(webhookHandler(bot, 'fastify'));
new Koa().use(webhookHandler(bot, 'koa'));
new Hono().use(webhookHandler(bot, 'hono'));
const answer: Promise<Response> = webhookHandler(bot, 'fetch')(new Request('https://a.example'));
void answer;

function drive(channel: Channel): number {
  const action: Action | null = channel.pollAction();
  switch (action?.type) {
    case 'commit':
      return action.upto + action.records.length;
    case 'deliver': {
      const envelope: Envelope = action.envelope;
      return envelope.timestamp_ms;
    }
    case 'settle':
      return 'status' in action.result ? action.result.status : 0;
    default:
      return channel.pollTimeout()?.at ?? 0;
  }
}
const event: Event = { type: 'call_finished', call: '1-1', outcome: { type: 'not_sent', reason: 'x' } };
drive(new Channel({ account: 'a', botId: '1', dmPolicy: 'open', allowFrom: ['*'] }, new Uint8Array(32), 0));
void event;
const said = wire.response('getMe', 200, '{}');
if (said.type === 'failed') console.log(said.retry_after_ms);

await using zalo = new Zalo({ deliverTo: 'http://127.0.0.1:1' });
await zalo.runs(zalo.bot({ dmPolicy: 'pairing' }), async () => {
  const text: string | undefined = (await zalo.user('an').receives()).text;
  zalo.fault('slow_ms', 'sendMessage', { times: 2, ms: 10 });
  void text;
});
