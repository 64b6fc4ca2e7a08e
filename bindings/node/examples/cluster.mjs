// Several processes behind one port: the first owns the bot's account, the others hand webhooks over
// to it, and one of them takes over when it is gone. Any process may be killed at any time.

import cluster from 'node:cluster';
import { createServer } from 'node:http';
import { Bot, webhookHandler } from 'zaloxide';

if (cluster.isPrimary) {
  for (let n = 0; n < 2; n++) cluster.fork();
  cluster.on('exit', () => cluster.fork());
} else {
  // Each process has a bot of its own: it starts with the first request, or here.
  const bot = new Bot({
    token: process.env.ZALO_BOT_TOKEN,
    dmPolicy: 'open',
    allowFrom: ['*'],
    webhookUrl: 'https://bot.example.com/zalo',
    webhookSecret: process.env.ZALO_WEBHOOK_SECRET,
  });
  bot.onText((turn) => turn.reply(`${process.pid}: ${turn.text}`));
  await bot.start({ mounted: true });
  createServer(webhookHandler(bot)).listen(Number(process.env.PORT ?? 8787));
}
