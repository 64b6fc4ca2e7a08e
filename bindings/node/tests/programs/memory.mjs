// A million calls of a channel, then 40,000 webhooks of a bot: prints the memory of the
// process in MB at a quarter of each and at its end. Run with --expose-gc.

import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { webhookHandler } from 'zaloxide';
import { Zalo } from 'zaloxide/testing';
import { body, channel, NOW, settle } from '../../bench/world.mjs';

const [, , calls = '1000000', webhooks = '40000'] = process.argv;

function megabytes() {
  globalThis.gc();
  return process.memoryUsage().rss / 1e6;
}

/** Of few people, again and again: what is kept of them is bounded. */
const of = (n, date) => body(n, n % 100, date);

function core() {
  const used = channel();
  let [made, quarter, now] = [0, 0, NOW];
  for (let n = 0; made < Number(calls); n++) {
    const handle = (event) => {
      used.handle(now, event);
      made++;
    };
    // Time goes on, 20 ms a message.
    now += 20;
    handle({ type: 'update_received', ticket: String(n), body: of(n) });
    settle(used, handle);
    handle({ type: 'timer_fired' });
    if (made > Number(calls) / 4 && quarter === 0) quarter = megabytes();
  }
  return [quarter, megabytes()];
}

async function web() {
  const zalo = new Zalo();
  const bot = zalo.bot({ webhookUrl: 'https://bot.example.com/zalo', webhookSecret: '12345678' });
  bot.onText(() => {});
  await bot.start({ mounted: true });
  const door = webhookHandler(bot, 'fetch');
  const headers = { 'Content-Type': 'application/json', 'X-Bot-Api-Secret-Token': '12345678' };
  let quarter = 0;
  for (let n = 0; n < Number(webhooks); n++) {
    const answer = await door(new Request('https://a/zalo', { method: 'POST', headers, body: of(n, Date.now()) }));
    if (answer.status !== 200) throw new Error(`${n}: ${answer.status}`);
    if (n % 100 === 0) await turnOfTheLoop();
    if (n === Math.floor(Number(webhooks) / 4)) quarter = megabytes();
  }
  const end = megabytes();
  await bot.stop();
  await zalo.stop();
  return [quarter, end];
}

console.log(JSON.stringify({ core: core(), web: await web() }));
