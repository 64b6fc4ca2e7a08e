// The bare core as JavaScript sees it.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import { BadValue, Channel, ConfigError, Damaged, Refused, wire, ZaloxideError } from 'zaloxide';
import './surroundings.mjs';

const CONFIG = {
  account: 'default',
  botId: '1459232241454765289',
  webhookUrl: 'https://bot.example/zalo',
  allowFrom: ['an'],
};
const SEED = new Uint8Array(32);
const NOW = 1_795_000_000_000;
const body = (n) =>
  JSON.stringify({
    event_name: 'message.text.received',
    message: {
      message_id: `m${n}`,
      date: NOW,
      from: { id: 'an', display_name: 'An' },
      chat: { id: 'an', chat_type: 'PRIVATE' },
      text: 'xin chào',
    },
  });

/** A channel that knows who it is: nothing keeps its turns from the agent. */
function linked() {
  const channel = new Channel(CONFIG, SEED, NOW);
  const me = JSON.stringify({ ok: true, result: { id: CONFIG.botId, url: CONFIG.webhookUrl } });
  for (const { type, upto, call } of actions(channel)) {
    if (type === 'commit') channel.handle(NOW, { type: 'committed', upto });
    if (type === 'start_call') {
      const outcome = { type: 'answered', status: 200, body: me };
      channel.handle(NOW, { type: 'call_finished', call, outcome });
    }
  }
  return channel;
}

function* actions(channel) {
  for (let action = channel.pollAction(); action; action = channel.pollAction()) yield action;
}

describe('a channel', () => {
  test('brings a message to the agent', () => {
    const channel = linked();
    const seen = [];
    channel.handle(NOW, { type: 'update_received', ticket: '7', body: body(1) });
    for (const action of actions(channel)) {
      switch (action.type) {
        case 'commit':
          assert.match(action.records[0].type, /^(turn|reply)_taken$/);
          channel.handle(NOW, { type: 'committed', upto: action.upto });
          break;
        case 'settle':
          seen.push([action.ticket, action.result]);
          break;
        case 'deliver':
          assert.equal(action.deadline, NOW + 120_000);
          assert.equal(action.envelope.sender.name, 'An');
          seen.push(action.envelope.text);
          channel.handle(NOW, {
            type: 'replied',
            turn: action.turn,
            attempt: action.attempt,
            reply: { text: 'chào An' },
          });
      }
    }
    assert.deepEqual(seen, [['7', { status: 200 }], 'xin chào']);
    assert(channel.pollTimeout().at > NOW);
  });

  test('takes a body as text, as bytes, and as bytes in JSON', () => {
    const forms = [body(1), Buffer.from(body(1)), { base64: Buffer.from(body(1)).toString('base64') }];
    const came = forms.map((form) => {
      const channel = new Channel(CONFIG, SEED, NOW);
      channel.handle(NOW, { type: 'update_received', ticket: '1', body: form });
      return [...actions(channel)];
    });
    assert(came[0].some((action) => action.type === 'commit'));
    assert.deepEqual(came[1], came[0]);
    assert.deepEqual(came[2], came[0]);
    const channel = new Channel(CONFIG, SEED, NOW);
    const { call } = [...actions(channel)].find((action) => action.type === 'start_call');
    const outcome = { type: 'answered', status: 200, body: Buffer.from('{"ok":false}') };
    channel.handle(NOW, { type: 'call_finished', call, outcome });
  });

  test('hands out what it wants done one by one and in order, however much there is', () => {
    const channel = new Channel(CONFIG, SEED, NOW);
    const tickets = Array.from({ length: 90 }, (_, n) => String(n));
    for (const ticket of tickets) {
      channel.handle(NOW, { type: 'update_received', ticket, body: body(ticket) });
    }
    const first = channel.pollAction();
    // What comes later waits behind what has been wanted since before.
    channel.handle(NOW, { type: 'update_received', ticket: '90', body: body(90) });
    const commits = [first, ...actions(channel)].filter((action) => action.type === 'commit');
    const taken = commits.flatMap(({ records }) => records).filter((record) => record.incoming);
    assert.deepEqual(
      taken.map(({ incoming }) => incoming.message_id),
      [...tickets, '90'].map((n) => `m${n}`),
    );
    assert.equal(channel.pollAction(), null);
  });

  test('keeps every letter, on its way in and out', () => {
    const letters = 'ASCII "\\\n, é, Việt, 漢字, 👍🏽, \u2028';
    const channel = linked();
    const { message, ...update } = JSON.parse(body(1));
    const event = { ...update, message: { ...message, text: letters } };
    channel.handle(NOW, { type: 'update_received', ticket: '1', body: JSON.stringify(event) });
    let parts;
    for (const action of actions(channel)) {
      if (action.type === 'deliver') {
        const { turn, attempt, envelope } = action;
        assert.equal(envelope.text, letters);
        channel.handle(NOW, { type: 'replied', turn, attempt, reply: { text: envelope.text } });
      } else if (action.type === 'commit') {
        parts ??= action.records.find((record) => record.type === 'reply_taken')?.parts;
        channel.handle(NOW, { type: 'committed', upto: action.upto });
      }
    }
    assert.equal(parts[0].text, letters);
  });

  test('says what is wrong in one hierarchy', () => {
    const channel = new Channel(CONFIG, SEED, NOW);
    assert.throws(() => new Channel(CONFIG, Buffer.from('short'), NOW), /32 random bytes/);
    assert.throws(() => new Channel({ ...CONFIG, webhokUrl: 'x' }, SEED, NOW), (error) => {
      assert.match(error.message, /unknown field `webhokUrl`/);
      return error instanceof ConfigError && error.name === 'ConfigError';
    });
    for (const event of [{ type: 'dance' }, { no: 'type' }, null, 'stop', undefined]) {
      assert.throws(() => channel.handle(NOW, event), BadValue);
    }
    const finished = (call) => ({
      type: 'call_finished',
      call,
      outcome: { type: 'answered', status: 200, body: '{}' },
    });
    assert.throws(() => channel.handle(NOW, finished('00000001-1')), (error) => {
      assert(error instanceof Refused && error instanceof ZaloxideError);
      return error.kind === 'unknown_call' && error.message.includes('no call with this id');
    });
    assert.throws(() => channel.handle(NOW, finished('x')), BadValue);
    const records = [[3, '{"type":"started","bot_id":"1","at":1}']];
    assert.throws(() => Channel.restore(CONFIG, SEED, NOW, records), (error) => {
      return error instanceof Damaged && error.kind === 'gap';
    });
  });

  test('goes on from a snapshot', () => {
    const channel = new Channel(CONFIG, SEED, NOW);
    channel.handle(NOW, { type: 'update_received', ticket: '1', body: body(1) });
    [...actions(channel)];
    const { upto, record } = channel.snapshot();
    const again = Channel.restore(CONFIG, new Uint8Array(32).fill(1), NOW, [[upto, record]]);
    assert.deepEqual(again.status().turns, channel.status().turns);
    again.handle(NOW, { type: 'stop' });
    const late = { type: 'update_received', ticket: '1', body: body(2) };
    assert.throws(() => again.handle(NOW, late), { kind: 'stopped' });
  });

  test('is the same one for who requires and who imports', () => {
    const required = createRequire(import.meta.url)('zaloxide');
    assert.equal(required.Channel, Channel);
    assert.equal(typeof required.webhookHandler, 'function');
  });
});

test('the wire', () => {
  const fields = { chat_id: 'an', text: 'xin chào', parse_mode: 'markdown' };
  assert.deepEqual(wire.request('sendMessage', fields), {
    method: 'sendMessage',
    body: '{"chat_id":"an","text":"xin chào","parse_mode":"markdown"}',
  });
  assert.equal(wire.request('getUpdates').body, '{"timeout":"30"}');
  assert.throws(() => wire.request('sendMessage', { chat_id: 'an' }), /`text` is missing/);
  assert.throws(() => wire.request('sendFax'), BadValue);
  const ok = wire.response('getMe', 200, '{"ok":true,"result":{"id":"1"}}');
  assert.deepEqual(ok, { type: 'ok', result: { id: '1' } });
  const idle = wire.response('getUpdates', 200, Buffer.from('{"ok":false,"error_code":408}'));
  assert.deepEqual(idle, { type: 'idle' });
  const failed = '{"ok":false,"error_code":429,"description":"q"}';
  assert.deepEqual(wire.response('sendMessage', 200, failed), {
    type: 'failed',
    code: 429,
    description: 'q',
    retry_after_ms: null,
  });
  assert.equal(wire.response('getMe', 502, '<html>').type, 'not_json');
  const update = wire.update(body(1));
  assert.deepEqual([update.kind, update.text, update.date_ms], ['text', 'xin chào', NOW]);
  assert.throws(() => wire.update('[]'), BadValue);
});
