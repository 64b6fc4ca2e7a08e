// A bare core and all that answers it: people, a disk, an agent, Zalo.

import { Channel } from 'zaloxide';

export const NOW = 1_795_000_000_000;
const ID = '1459232241454765289';
const URL = 'https://bot.example/zalo';
const ME = JSON.stringify({ ok: true, result: { id: ID, url: URL } });

/** A channel that lets everybody in, and keeps no pace. */
export function channel() {
  const config = {
    account: 'default',
    botId: ID,
    webhookUrl: URL,
    dmPolicy: 'open',
    allowFrom: ['*'],
    typing: false,
    rate: { chatPerSec: 0, accountPerSec: 0 },
    quota: { monthly: 0 },
  };
  return new Channel(config, new Uint8Array(32), NOW);
}

/** The id of a message. */
export const id = (n) => n.toString(16).padStart(20, '0');

/** Message `n`, of person `from`, as a webhook brings it. */
export function body(n, from = n, date = NOW) {
  const person = `person${String(from).padStart(14, '0')}`;
  return JSON.stringify({
    event_name: 'message.text.received',
    message: {
      message_id: id(n),
      date,
      from: { id: person, display_name: 'An', is_bot: false },
      chat: { id: person, chat_type: 'PRIVATE' },
      text: 'Xin chào, cửa hàng mấy giờ mở cửa?',
    },
  });
}

/** Hands all that comes of the channel's actions to `handle`, until none is left. */
export function settle(channel, handle, sent = id(1)) {
  for (let action = channel.pollAction(); action; action = channel.pollAction()) {
    const { type, upto, turn, attempt, call } = action;
    if (type === 'commit') handle({ type: 'committed', upto });
    else if (type === 'deliver') {
      handle({ type: 'replied', turn, attempt, reply: { text: 'Chín giờ.' } });
    } else if (type === 'start_call' || type === 'send_chunk') {
      const answer = type === 'start_call' ? ME : `{"ok":true,"result":{"message_id":"${sent}"}}`;
      handle({ type: 'call_finished', call, outcome: { type: 'answered', status: 200, body: answer } });
    }
  }
}
