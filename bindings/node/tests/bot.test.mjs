// Whole bots against the local Zalo: their life, configuration, sends, pairing.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { inspect, promisify } from 'node:util';
import {
  Bot,
  ConfigError,
  EngineFailed,
  NotRunning,
  privateChat,
  Refused,
  SendFailed,
  StartError,
} from 'zaloxide';
import { TOKEN, Zalo } from 'zaloxide/testing';
import { folder, lines } from './surroundings.mjs';

const run = promisify(execFile);
const PROGRAM = join(dirname(createRequire(import.meta.url).resolve('zaloxide')), '../bin/zaloxide.js');

describe('a bot', () => {
  let zalo;
  before(() => {
    zalo = new Zalo();
  });
  after(() => zalo.stop());
  beforeEach(() => zalo.reset());

  test('answers, in several parts and with what is not text', async () => {
    const bot = zalo.bot();
    bot.command('plain', (turn) => {
      turn.reply(`plain ${turn.args}`);
    });
    bot.onText(async (turn) => {
      await turn.reply(`Bạn nói: ${turn.text}`);
      await turn.reply('and more', { sticker: 's1' });
    });
    await zalo.runs(bot, async () => {
      const an = zalo.user('an', { name: 'An' });
      await an.sends('Xin chào');
      assert.equal((await an.receives()).text, 'Bạn nói: Xin chào');
      assert.equal((await an.receives()).text, 'and more');
      assert.equal((await an.receives()).sticker, 's1');
      await an.sends('/plain  words here ');
      assert.equal((await an.receives()).text, 'plain words here');
    });
    assert(!bot.isRunning);
  });

  test('sends go out at once, awaited or not', async () => {
    const bot = zalo.bot({ retry: { maxAgeSec: 1 } });
    const ids = [];
    bot.onText(async (turn) => {
      ids.push(...(await bot.send(turn.chat.id, 'first')));
      await turn.reply('second');
    });
    assert.throws(() => bot.send('an', 'x'), NotRunning);
    await zalo.runs(bot, async () => {
      const an = zalo.user('an');
      await an.sends('hello');
      assert.equal((await an.receives()).text, 'first');
      assert.equal((await an.receives()).text, 'second');
      assert.equal(ids.length, 1);
      assert.equal((await bot.send('an', 'x'.repeat(4001))).length, 3);
      for (let n = 0; n < 3; n++) await an.receives();
      // Nobody waits for this one, and nothing is said of it.
      zalo.fault('api_400', 'sendMessage');
      bot.send('an', 'lost');
      zalo.fault('api_400', 'sendMessage');
      const failed = await bot.send('an', 'no').catch((error) => error);
      assert(failed instanceof SendFailed);
      assert.deepEqual([failed.code, failed.index, failed.sent], [400, 0, []]);
      await assert.rejects(async () => bot.send('an', ''), Refused);
      await assert.rejects(async () => bot.send('an', {}), /nothing to send/);
      const first = zalo.fault('timeout', 'sendMessage');
      assert.equal(first, undefined);
      const late = bot.send('binh', 'slow');
      await bot.stop();
      await bot.stop();
      await assert.rejects(async () => late, { name: 'Refused' });
    });
  });

  test('strangers are let in', async () => {
    const { logger, has } = lines();
    const bot = zalo.bot({ dmPolicy: 'pairing', logger });
    bot.onText(privateChat(), (turn) => turn.reply('welcome'));
    await zalo.runs(bot, async () => {
      const an = zalo.user('an', { name: 'An' });
      await an.sends('let me in');
      const told = await an.receives();
      const [pending] = await bot.pairing.list();
      assert.deepEqual([pending.sender, pending.name], ['an', 'An']);
      assert(told.text.includes(pending.code));
      const unknown = await bot.pairing.approve('WRONG234').catch((error) => error);
      assert(unknown instanceof Refused && unknown.kind === 'unknown_code', unknown);
      assert.equal(await bot.pairing.approve(pending.code.toLowerCase()), 'an');
      assert.deepEqual((await bot.pairing.approved()).map((each) => each.sender), ['an']);
      await an.sends('hello');
      assert.equal((await an.receives()).text, 'welcome');
      assert.equal(await bot.pairing.revoke('an'), 'an');
      assert.deepEqual(await bot.pairing.approved(), []);
      assert.equal(await bot.pairing.reject('binh', { block: true }), 'binh');
      // The operator sees the code.
      assert(has('info', new RegExp(pending.code)));
    });
  });

  test('what is wrong is said in the words of options', () => {
    const wrong = () => new Bot({ token: '1:secret-of-mine', dmPolcy: 'open', turn: { timeoutSecs: 1 } });
    assert.throws(wrong, (error) => {
      assert(error instanceof ConfigError);
      for (const word of ['`dmPolcy`', 'dmPolicy', 'timeoutSec']) assert(error.message.includes(word));
      return !error.message.includes('secret-of-mine');
    });
    assert.throws(() => new Bot({ token: '1:x', dmPolicy: 'open' }), /allowFrom/);
    assert.throws(() => new Bot(), /`token`/);
    assert.throws(
      () => new Bot('no token at all, my secret'),
      (error) => error instanceof ConfigError && !error.message.includes('my secret'),
    );
    assert.throws(() => new Bot({ token: '1:x', store: 'redis' }), /store: expected/);
    assert.throws(() => new Bot('1:x').use('no function'), TypeError);
  });

  test('nothing that is shown holds a secret', async () => {
    const bot = zalo.bot();
    const shown = [];
    bot.onText((turn) => {
      shown.push(inspect(turn), inspect(turn.signal));
      turn.reply('ok');
    });
    await zalo.runs(bot, async () => {
      const an = zalo.user('an');
      await an.sends('private words');
      await an.receives();
      shown.push(inspect(bot), inspect(zalo), inspect(bot.send('an', 'private words')));
    });
    for (const text of shown) assert.doesNotMatch(text, /no-secret|private words/);
  });

  test('a configuration file has its place in errors, and is read again', async () => {
    const file = join(folder(), 'zaloxide.json5');
    const write = (keys) => {
      const zalo_ = { botToken: TOKEN, apiUrl: zalo.url, dmPolicy: 'pairing', ...keys };
      writeFileSync(file, JSON.stringify({ channels: { zalo: zalo_ } }));
    };
    writeFileSync(file, '{channels: {zalo: {botToken: "1:x",\n dmPolicy: "opne"}}}');
    assert.throws(() => Bot.fromConfig(file), /zaloxide\.json5:2:12/);
    writeFileSync(file, '{channels: {zalo: {accounts: {shop: {botToken: "1:x"}}}}}');
    assert.deepEqual(Bot.fromConfig(file).accounts, ['shop']);
    assert.match(new Bot('77:x').stateDir, /\/bots\/77$/);

    write();
    const bot = Bot.fromConfig(file, { store: null, stateDir: folder(), logger: null });
    Bot.inside.localize(bot, {}, bot.stateDir);
    bot.onText((turn) => turn.reply('ok'));
    await bot.start();
    try {
      const command_ = [PROGRAM, '--state-dir', bot.stateDir, '--json'];
      const reload = async () =>
        JSON.parse((await run(process.execPath, [...command_, 'config', 'reload'])).stdout);
      assert.deepEqual((await reload()).changed, []);
      write({ dmPolicy: 'open', allowFrom: ['*'], calls: { parallel: 3 } });
      const report = await reload();
      assert.deepEqual([report.changed, report.restart], [['default'], ['calls.parallel']]);
      const an = zalo.user('an');
      await an.sends('hi');
      assert.equal((await an.receives()).text, 'ok');
      write({ dmPolicy: 'opne' });
      await assert.rejects(reload, { code: 3 });
    } finally {
      await bot.stop();
    }
  });

  test('commands reach a running bot', async () => {
    const bot = zalo.bot();
    await zalo.runs(bot, async () => {
      const command_ = [PROGRAM, '--state-dir', bot.stateDir];
      const message = ['message', 'send', '--target', 'an', '--message', 'từ dòng lệnh'];
      await run(process.execPath, [...command_, ...message]);
      const call = await zalo.waitForCall('sendMessage');
      assert.equal(call.params.text, 'từ dòng lệnh');
      const bad = [...command_, 'pairing', 'approve', 'zalo', 'WRONG234'];
      await assert.rejects(run(process.execPath, bad), { code: 1 });
    });
  });

  test('several bots run in one process, and one of them only once', async () => {
    const tokens = ['1000000000000000001:one', '1000000000000000002:two'];
    const two = new Zalo({ tokens });
    const bots = tokens.map((token) => two.bot({ token, stateDir: folder() }));
    for (const [n, bot] of bots.entries()) bot.onText((turn) => turn.reply(`bot ${n}`));
    await two.runs(bots[0], () =>
      two.runs(bots[1], async () => {
        for (const [n, token] of tokens.entries()) {
          const an = two.user(`an${n}`, { bot: token.split(':')[0] });
          await an.sends('hello');
          assert.equal((await an.receives()).text, `bot ${n}`);
        }
        await assert.rejects(bots[0].start(), StartError);
        const again = two.bot({ token: tokens[0], stateDir: bots[0].stateDir });
        await assert.rejects(again.start(), { name: 'AlreadyRunning' });
      }),
    );
    await two.stop();
  });

  test('a signal that comes while it starts ends it', async () => {
    const bot = zalo.bot();
    bot.onText((turn) => turn.reply('ok'));
    const ended = bot.run();
    process.emit('SIGTERM', 'SIGTERM', 15);
    await ended;
    assert(!bot.isRunning);
  });

  test('bots that have ended hold nothing, before anybody collects garbage', {
    skip: process.platform !== 'linux' && 'there is no /proc to count in',
  }, async () => {
    const held = () => ['task', 'fd'].map((what) => readdirSync(`/proc/self/${what}`).length);
    const once = async () => {
      const bot = zalo.bot();
      bot.onText((turn) => turn.reply('ok'));
      await zalo.runs(bot, async () => {
        await zalo.user('an').sends('hello');
        await zalo.user('an').receives();
      });
    };
    await once();
    const [threads, files] = held();
    for (let n = 0; n < 30; n++) await once();
    // The last ones may be closing still.
    while (held()[0] > threads + 10 || held()[1] > files + 20) await setTimeout(10);
  });

  test('a bot starts again after its end', async () => {
    const bot = zalo.bot({ store: 'sqlite' });
    bot.onText((turn) => turn.reply('ok'));
    for (let n = 0; n < 2; n++) {
      await zalo.runs(bot, async () => {
        const an = zalo.user('an');
        await an.sends('hello');
        assert.equal((await an.receives()).text, 'ok');
      });
    }
    assert.equal(await bot.stop(), undefined);
    assert(EngineFailed.prototype instanceof Error);
  });
});
