// Handlers of bots against the local Zalo: what they are given, and what becomes of what they do.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import {
  Composer,
  command,
  filter,
  group,
  NotRunning,
  regex,
  sender,
  webhookHandler,
} from 'zaloxide';
import { Zalo } from 'zaloxide/testing';
import { lines } from './surroundings.mjs';

/** A promise, and what settles it. */
function event() {
  let come;
  const came = new Promise((resolve) => {
    come = resolve;
  });
  return { came, come };
}

describe('a handler', () => {
  let zalo;
  before(() => {
    zalo = new Zalo();
  });
  after(() => zalo.stop());
  beforeEach(() => zalo.reset());

  test('middleware passes turns on, and the first handler that does not is the last', async () => {
    const bot = zalo.bot({ groupPolicy: 'open' });
    const seen = [];
    const notes = (name) => (turn) => {
      seen.push([name, turn.kind, turn.match?.[0] ?? null, turn.state.before]);
      return turn.reply('ok');
    };
    const inner = new Composer();
    inner.onSticker(notes('sticker'));
    bot.use(async (turn, next) => {
      turn.state.before = turn.sender.id;
      await next();
      turn.reply('behind');
    });
    bot.onText(group().and(sender('binh').not()), notes('group'));
    bot.onText(regex(/\d+/g).or(sender('chi')), notes('regex'));
    bot.hears('a.b', notes('literal'));
    bot.onImage(notes('image'));
    bot.use(inner);
    bot.on(['text', 'voice'], filter((turn) => turn.text !== 'nothing') && notes('any'));
    await zalo.runs(bot, async () => {
      const [an, chi] = [zalo.user('an'), zalo.user('chi')];
      const inside = zalo.user('an', { chat: 'zgr-1' });
      for (const [who, text] of [
        [an, 'no. 42'],
        [an, 'no. 43'],
        [chi, 'hello'],
        [inside, 'hi'],
        [an, 'axb'],
        [an, 'a.b'],
      ]) {
        await who.sends(text);
        assert.equal((await who.receives()).text, 'ok');
        assert.equal((await who.receives()).text, 'behind');
      }
      await an.sendsSticker('s7');
      await an.receives();
      await an.receives();
      await an.sendsPhoto('https://example.invalid/a.jpg', 'look');
      await an.receives();
    });
    assert.deepEqual(seen, [
      ['regex', 'text', '42', 'an'],
      ['regex', 'text', '43', 'an'],
      ['regex', 'text', null, 'chi'],
      ['group', 'text', null, 'an'],
      ['any', 'text', null, 'an'],
      ['literal', 'text', 'a.b', 'an'],
      ['sticker', 'sticker', null, 'an'],
      ['image', 'image', null, 'an'],
    ]);
  });

  test('a handler that throws or rejects sends nothing, and is called again', async () => {
    for (const fails of [
      () => {
        throw new Error('not yet');
      },
      () => Promise.reject(new Error('not yet')),
      async (_turn, next) => {
        await next();
        await next();
      },
    ]) {
      const bot = zalo.bot();
      const [seen, told] = [[], []];
      bot.onText((turn, next) => {
        seen.push([turn.id, turn.attempt]);
        turn.reply(`attempt ${turn.attempt}`);
        return turn.attempt === 1 ? fails(turn, next) : undefined;
      });
      bot.catch(async (error, turn) => told.push([turn.id, error.message]));
      await zalo.runs(bot, async () => {
        const an = zalo.user('an');
        await an.sends('hello');
        assert.equal((await an.receives()).text, 'attempt 2');
      });
      assert.deepEqual(
        seen.map(([, attempt]) => attempt),
        [1, 2],
      );
      assert.equal(seen[0][0], seen[1][0]);
      assert.equal(told.length, 1);
      assert.match(told[0][1], /not yet|next\(\) twice/);
    }
  });

  test('what is thrown without a catch is in the log, whatever it is', async () => {
    const { logger, has } = lines();
    const bot = zalo.bot({ turn: { tries: 1 }, logger });
    bot.onText((turn) => {
      if (turn.text === 'throw') throw null;
      turn.reply('ok');
    });
    await zalo.runs(bot, async () => {
      const an = zalo.user('an');
      await an.sends('throw');
      await an.sends('hello');
      assert.equal((await an.receives()).text, 'ok');
    });
    assert(has('error', /a handler failed at turn [0-9a-f]{32}: null/));
  });

  test('a handler that never settles is given up: its signal says so, the chat goes on', async () => {
    const bot = zalo.bot({ turn: { timeoutSec: 1, tries: 1 } });
    const aborted = event();
    bot.hears('never', (turn) => {
      turn.signal.addEventListener('abort', () => aborted.come(turn));
      return new Promise(() => {});
    });
    bot.onText((turn) => turn.reply('ok'));
    await zalo.runs(bot, async () => {
      const an = zalo.user('an');
      await an.sends('never');
      const turn = await aborted.came;
      assert(turn.signal.reason instanceof NotRunning);
      assert.throws(() => turn.reply('too late'), NotRunning);
      await an.sends('hello');
      assert.equal((await an.receives()).text, 'ok');
    });
  });

  test('a stop does not wait for who never settles, and aborts them', async () => {
    const bot = zalo.bot();
    const began = event();
    bot.onText((turn) => {
      began.come(turn);
      return new Promise(() => {});
    });
    await zalo.runs(bot, async () => {
      await zalo.user('an').sends('hello');
      const turn = await began.came;
      assert(!turn.signal.aborted);
      const ends = [bot.stop(), bot.stop()];
      await Promise.all(ends);
      assert(turn.signal.aborted);
    });
  });

  test('typing is shown when asked for', async () => {
    const bot = zalo.bot({ typing: false });
    bot.onText(async (turn) => {
      await turn.typing();
      await zalo.waitForCall('sendChatAction', { chat: 'an' });
      turn.reply('done');
    });
    await zalo.runs(bot, async () => {
      const an = zalo.user('an');
      await an.sends('hello');
      assert.equal((await an.receives()).text, 'done');
    });
  });

  test('ten thousand turns have ten thousand handlers at one time', async () => {
    // As many as one account hands out, a hundred times.
    const [ACCOUNTS, CHATS] = [100, 100];
    const tokens = Array.from({ length: ACCOUNTS }, (_, n) => `${1_000_000 + n}:x`);
    const secret = (n) => `a-secret-of-number-${n}`;
    const many = new Zalo({ tokens });
    const accounts = tokens.map((botToken, n) => [`bot${n}`, { botToken, webhookSecret: secret(n) }]);
    const bot = many.bot({
      token: undefined,
      accounts: Object.fromEntries(accounts),
      webhookUrl: 'https://bot.example.com/zalo',
      turn: { parallel: CHATS },
      typing: false,
    });
    const all = event();
    let [atOnce, settled] = [0, 0];
    bot.onText(async () => {
      if (++atOnce === ACCOUNTS * CHATS) all.come();
      await all.came;
      settled++;
    });
    const door = webhookHandler(bot, 'fetch');
    const writes = (account, chat) => {
      const headers = { 'Content-Type': 'application/json', 'X-Bot-Api-Secret-Token': secret(account) };
      const message = { message_id: `m${chat}`, from: { id: `u${chat}` }, chat: { id: `u${chat}` }, text: 'hello' };
      const body = JSON.stringify({ message });
      return door(new Request('https://a/zalo', { method: 'POST', headers, body }));
    };
    const during = async () => {
      // There is no server here that keeps the process alive.
      bot.ref();
      for (let n = 0; n < ACCOUNTS * CHATS; n++) {
        assert.equal((await writes(n % ACCOUNTS, Math.floor(n / ACCOUNTS))).status, 200);
      }
      await all.came;
    };
    await many.runs(bot, during, { mounted: true });
    await many.stop();
    assert.deepEqual([atOnce, settled], [ACCOUNTS * CHATS, ACCOUNTS * CHATS]);
  });

  test('many chats are answered, each in its order', async () => {
    const bot = zalo.bot({ rate: { chatPerSec: 0, accountPerSec: 0 }, quota: { monthly: 0 } });
    bot.onText((turn) => turn.reply(`${turn.text}!`));
    await zalo.runs(bot, async () => {
      const users = Array.from({ length: 50 }, (_, n) => zalo.user(`u${n}`));
      await Promise.all(
        users.map(async (user) => {
          for (let n = 0; n < 4; n++) await user.sends(`${n}`);
          for (let n = 0; n < 4; n++) assert.equal((await user.receives()).text, `${n}!`);
        }),
      );
    });
  });

  test('filters of commands know a command from a word', async () => {
    const turn = (text) => ({ text, isGroup: false });
    const start = command(['start', 'go']);
    for (const [text, wanted, args] of [
      ['/start', true, ''],
      ['/START now', true, 'now'],
      [' /go\nthere ', true, 'there'],
      ['/starting', false],
      ['start', false],
      ['', false],
    ]) {
      const one = turn(text);
      assert.equal(start(one), wanted, text);
      assert.equal(one.args, args, text);
    }
  });
});
