// A bot in a thread that is terminated in the middle, then one on the same state in another.

import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { localBot } from './local.mjs';

if (isMainThread) {
  const url = new URL(import.meta.url);
  for (let n = 0; n < 3; n++) {
    const worker = new Worker(url, { workerData: 'never' });
    await once(worker, 'message');
    await worker.terminate();
  }
  console.log('terminated');
  const worker = new Worker(url, { workerData: 'again' });
  await once(worker, 'exit');
  console.log('whole');
} else {
  const bot = localBot();
  bot.hears('stop', () => {
    setImmediate(() => bot.stop());
  });
  bot.onText((turn) => turn.reply(workerData));
  await bot.start();
  parentPort.postMessage('started');
}
