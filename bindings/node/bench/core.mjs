// What the bare core's calls take: `handle` alone, and with the actions that come of it. Prints both in
// microseconds a call.

import { Channel } from 'zaloxide';

const NOW = 1_795_000_000_000;
const CONFIG = {
  account: 'default',
  botId: '1459232241454765289',
  webhookUrl: 'https://bot.example/zalo',
  dmPolicy: 'open',
  allowFrom: ['*'],
  typing: false,
  rate: { chatPerSec: 0, accountPerSec: 0 },
  quota: { monthly: 0 },
};
const ME = JSON.stringify({
  ok: true,
  result: { id: '1459232241454765289', url: 'https://bot.example/zalo' },
});

function body(n) {
  const person = `person${String(n).padStart(14, '0')}`;
  return JSON.stringify({
    event_name: 'message.text.received',
    message: {
      message_id: n.toString(16).padStart(20, '0'),
      date: NOW,
      from: { id: person, display_name: 'An', is_bot: false },
      chat: { id: person, chat_type: 'PRIVATE' },
      text: 'Xin chào, cửa hàng mấy giờ mở cửa?',
    },
  });
}

/** Microseconds a call of `handle`, and the same with its actions. */
export function measure(count) {
  const channel = new Channel(CONFIG, new Uint8Array(32), NOW);
  const bodies = Array.from({ length: count }, (_, n) => body(n));
  const ids = bodies.map((_, n) => n.toString(16).padStart(20, '0'));
  let [alone, calls] = [0n, 0];
  const handle = (event) => {
    const began = process.hrtime.bigint();
    channel.handle(NOW, event);
    alone += process.hrtime.bigint() - began;
    calls++;
  };
  const began = process.hrtime.bigint();
  for (const [n, each] of bodies.entries()) {
    handle({ type: 'update_received', ticket: String(n), body: each });
    for (let action = channel.pollAction(); action; action = channel.pollAction()) {
      const { type, upto, turn, attempt, call } = action;
      if (type === 'commit') handle({ type: 'committed', upto });
      else if (type === 'deliver') {
        handle({ type: 'replied', turn, attempt, reply: { text: 'Chín giờ.' } });
      } else if (type === 'start_call' || type === 'send_chunk') {
        const answer =
          type === 'start_call' ? ME : `{"ok":true,"result":{"message_id":"${ids[n]}"}}`;
        handle({ type: 'call_finished', call, outcome: { type: 'answered', status: 200, body: answer } });
      }
    }
  }
  const whole = process.hrtime.bigint() - began;
  return [Number(alone) / calls / 1000, Number(whole) / calls / 1000];
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  measure(2_000);
  const rounds = Array.from({ length: 5 }, () => measure(10_000));
  const median = (at) => rounds.map((round) => round[at]).sort((a, b) => a - b)[2];
  console.log(JSON.stringify([median(0), median(1)]));
}
