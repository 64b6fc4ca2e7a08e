// A million calls of a channel, then 40,000 webhooks of a bot: prints the memory of the
// process in MB at a quarter of each and at its end. Run with --expose-gc.

import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { Channel, webhookHandler } from 'zaloxide';
import { Zalo } from 'zaloxide/testing';

const NOW = 1_795_000_000_000;
const [, , calls = '1000000', webhooks = '40000'] = process.argv;

function megabytes() {
  globalThis.gc();
  return process.memoryUsage().rss / 1e6;
}

/** Of few people, again and again: what is kept of them is bounded. */
function body(n) {
  const person = `person${String(n % 100).padStart(14, '0')}`;
  return JSON.stringify({
    event_name: 'message.text.received',
    message: {
      message_id: n.toString(16).padStart(20, '0'),
      date: Date.now(),
      from: { id: person, display_name: 'An' },
      chat: { id: person, chat_type: 'PRIVATE' },
      text: 'Xin chào',
    },
  });
}

function core() {
  const config = {
    account: 'default',
    botId: '1459232241454765289',
    webhookUrl: 'https://bot.example/zalo',
    dmPolicy: 'open',
    allowFrom: ['*'],
    typing: false,
    rate: { chatPerSec: 0, accountPerSec: 0 },
    quota: { monthly: 0 },
  };
  const me = '{"ok":true,"result":{"id":"1459232241454765289","url":"https://bot.example/zalo"}}';
  const channel = new Channel(config, new Uint8Array(32), NOW);
  let [made, quarter, now] = [0, 0, NOW];
  for (let n = 0; made < Number(calls); n++) {
    const handle = (event) => {
      channel.handle(now, event);
      made++;
    };
    // A day an hour: what is kept for a while is forgotten again.
    now += 20;
    handle({ type: 'update_received', ticket: String(n), body: body(n) });
    for (let action = channel.pollAction(); action; action = channel.pollAction()) {
      const { type, upto, turn, attempt, call } = action;
      if (type === 'commit') handle({ type: 'committed', upto });
      else if (type === 'deliver') handle({ type: 'replied', turn, attempt, reply: { text: 'ok' } });
      else if (type === 'start_call' || type === 'send_chunk') {
        const answer = type === 'start_call' ? me : '{"ok":true,"result":{"message_id":"1"}}';
        handle({ type: 'call_finished', call, outcome: { type: 'answered', status: 200, body: answer } });
      }
    }
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
    const answer = await door(new Request('https://a/zalo', { method: 'POST', headers, body: body(n) }));
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
