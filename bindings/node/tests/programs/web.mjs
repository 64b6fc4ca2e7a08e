// A worker behind one of several ports: `web.mjs PORT`.

import { createServer } from 'node:http';
import { Bot, webhookHandler } from 'zaloxide';

const bot = new Bot({
  token: '1000000000000000001:emulator-only-no-secret',
  apiUrl: process.env.API,
  stateDir: process.env.STATE,
  dmPolicy: 'open',
  allowFrom: ['*'],
  webhookUrl: 'https://bot.example.com/zalo',
  webhookSecret: 'a-long-random-secret',
  logger: null,
});
bot.onText((turn) => turn.reply(String(process.pid)));
await bot.start({ mounted: true });
createServer(webhookHandler(bot)).listen(Number(process.argv[2]), '127.0.0.1', () => {
  console.log('listening');
});
