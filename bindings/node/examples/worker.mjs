// Two bots, each in a thread: what one of them computes does not hold up the other.

import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { Bot } from 'zaloxide';

if (isMainThread) {
  const tokens = process.env.ZALO_BOT_TOKENS.split(' ');
  const workers = tokens.map((token) => new Worker(new URL(import.meta.url), { workerData: token }));
  process.once('SIGINT', () => {
    for (const worker of workers) worker.postMessage('stop');
  });
} else {
  const { parentPort } = await import('node:worker_threads');
  const bot = new Bot({
    token: workerData,
    dmPolicy: 'open',
    allowFrom: ['*'],
  });
  bot.onText((turn) => turn.reply(`${bot.stateDir.split('/').at(-1)}: ${turn.text}`));
  await bot.start();
  parentPort.once('message', () => bot.stop());
}
