// The bare core, driven with fetch alone: an echo that forgets all when it ends.

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Channel } from 'zaloxide';

const api = process.env.ZALO_API_URL ?? 'https://bot-api.zaloplatforms.com';
const token = process.env.ZALO_BOT_TOKEN;
const open = { account: 'default', botId: token.split(':')[0], dmPolicy: 'open', allowFrom: ['*'] };
const channel = new Channel(open, randomBytes(32), Date.now());
const handle = (event) => channel.handle(Date.now(), event);

async function call({ call, method, body, timeout_ms }) {
  const headers = { 'Content-Type': 'application/json' };
  const signal = AbortSignal.timeout(timeout_ms);
  let outcome;
  try {
    const url = `${api}/bot${token}/${method}`;
    const answer = await fetch(url, { method: 'POST', headers, body, signal });
    outcome = { type: 'answered', status: answer.status, body: await answer.text() };
  } catch (error) {
    outcome = { type: 'unknown', reason: error.name };
  }
  handle({ type: 'call_finished', call, outcome });
}

for (let calls = new Set(); ; ) {
  for (let action = channel.pollAction(); action; action = channel.pollAction()) {
    const { type, upto, turn, attempt, envelope } = action;
    if (type === 'commit') handle({ type: 'committed', upto });
    else if (type === 'deliver') handle({ type: 'replied', turn, attempt, reply: { text: envelope.text } });
    else if (type === 'start_call' || type === 'send_chunk') {
      const running = call(action).finally(() => calls.delete(running));
      calls.add(running);
    }
  }
  const due = channel.pollTimeout()?.at ?? Infinity;
  await Promise.race([...calls, sleep(Math.min(Math.max(due - Date.now(), 0), 60_000))]);
  handle({ type: 'timer_fired' });
}
