// A worker behind one of several ports: `web.mjs PORT`.

import { createServer } from 'node:http';
import { webhookHandler } from 'zaloxide';
import { WEBHOOK } from '../servers.mjs';
import { localBot } from './local.mjs';

const bot = localBot(WEBHOOK);
bot.onText((turn) => turn.reply(String(process.pid)));
await bot.start({ mounted: true });
createServer(webhookHandler(bot)).listen(Number(process.argv[2]), '127.0.0.1', () => {
  console.log('listening');
});
