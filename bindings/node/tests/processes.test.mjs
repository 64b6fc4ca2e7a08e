// Bots as processes and threads: killed, interrupted, ended, two of them, many of them.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { TOKEN, Zalo } from 'zaloxide/testing';
import { freePort, Program, SECRET } from './servers.mjs';
import { folder } from './surroundings.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
// Beside the tests, where the package is found.
const script = (name) => join(HERE, 'programs', name);
const example = (name) => join(HERE, '../examples', name);

describe('a bot as a process', () => {
  let zalo;
  let environment;
  before(() => {
    zalo = new Zalo();
  });
  after(() => zalo.stop());
  beforeEach(() => {
    zalo.reset();
    environment = { API: zalo.url, STATE: folder() };
  });

  /** Runs a program while a function does. */
  async function runs(path, args, during, more = {}) {
    const program = new Program(path, args, { ...environment, ...more });
    try {
      return await during(program);
    } finally {
      program.kill();
      await program.closed;
    }
  }

  test('gets the same turn again after a kill', async () => {
    const an = zalo.user('an');
    const turn = await runs(script('bot.mjs'), ['run'], async (bot) => {
      await bot.says('started');
      await an.sends('die');
      const [, id] = (await bot.says('asked')).split(' ');
      assert.equal(await bot.ends(), 'SIGKILL');
      return id;
    });
    await runs(script('bot.mjs'), ['run'], async (bot) => {
      assert.equal(await bot.says('asked'), `asked ${turn} 2`);
      assert.equal((await an.receives()).text, 'attempt 2');
    });
  });

  for (const signal of ['SIGINT', 'SIGTERM']) {
    test(`ends well by ${signal}`, () =>
      runs(script('bot.mjs'), ['run'], async (bot) => {
        await bot.says('started');
        await zalo.waitForPoll();
        bot.process.kill(signal);
        await bot.says('bye');
        assert.equal(await bot.ends(), 0);
      }));
  }

  test('lives as long as it runs, and nothing keeps it alive after its stop', () =>
    runs(script('bot.mjs'), ['start'], async (bot) => {
      await bot.says('started');
      const an = zalo.user('an');
      await an.sends('hello');
      assert.equal((await an.receives()).text, 'attempt 1');
      await an.sends('stop');
      await bot.says('bye');
      assert.equal(await bot.ends(), 0);
    }));

  test('ends at once by process.exit, and when it is unreferenced', async () => {
    for (const way of ['exit', 'unref']) {
      await runs(script('bot.mjs'), [way], async (bot) => {
        await bot.says('started');
        assert.equal(await bot.ends(), 0);
      });
    }
  });

  test('runs in threads, which may be terminated', () =>
    runs(script('threads.mjs'), [], async (threads) => {
      await threads.says('terminated');
      const an = zalo.user('an');
      await an.sends('hello');
      assert.equal((await an.receives()).text, 'again');
      await an.sends('stop');
      await threads.says('whole');
      assert.equal(await threads.ends(), 0);
    }));

  test('the first worker owns the account, the others hand over and take over', async () => {
    const ports = [await freePort(), await freePort()];
    // All of Zalo's webhooks come to the second worker.
    const pushing = new Zalo({ deliverTo: `http://127.0.0.1:${ports[1]}` });
    const more = { API: pushing.url };
    try {
      await runs(script('web.mjs'), [ports[0]], async (owner) => {
        await owner.says('listening');
        await runs(script('web.mjs'), [ports[1]], async (guest) => {
          await guest.says('listening');
          await pushing.waitForCall('setWebhook');
          const an = pushing.user('an');
          assert.equal(await an.sends('who answers?'), 'delivered');
          assert.equal((await an.receives()).text, String(owner.process.pid));
          owner.kill();
          await owner.closed;
          // Nobody can take this one, and Zalo is told so; the next owner is the other worker.
          assert.equal(await an.sends('and now?'), 'lost');
          assert.equal(await an.sends('and now?'), 'delivered');
          // What the owner had sent may come twice: nobody knows whether it arrived.
          while ((await an.receives()).text !== String(guest.process.pid));
        }, more);
      }, more);
    } finally {
      await pushing.stop();
    }
  });

  describe('in the examples', () => {
    const named = () => ({ ZALO_API_URL: zalo.url, ZALO_BOT_TOKEN: TOKEN, ZALOXIDE_STATE_DIR: folder() });

    test('the bare core answers with fetch alone, in 40 lines', async () => {
      const lines = readFileSync(example('bare.mjs'), 'utf8').split('\n');
      assert(lines.filter((line) => line !== '').length <= 40);
      await runs(example('bare.mjs'), [], async () => {
        const an = zalo.user('an');
        await an.sends('Xin chào');
        assert.equal((await an.receives()).text, 'Xin chào');
      }, named());
    });

    test('a gateway has a bot as one of its channels', async () => {
      await runs(example('gateway.mjs'), [], async (gateway) => {
        await gateway.says('the gateway runs');
        const an = zalo.user('an');
        await an.sends('Xin chào');
        assert.equal((await an.receives()).text, 'zalo/an: Xin chào');
        assert.equal(await gateway.ends('SIGINT'), 0);
      }, named());
    });

    test('two bots run in two threads', async () => {
      const tokens = ['1000000000000000001:one', '1000000000000000002:two'];
      const two = new Zalo({ tokens });
      const more = { ...named(), ZALO_API_URL: two.url, ZALO_BOT_TOKENS: tokens.join(' ') };
      await runs(example('worker.mjs'), [], async (workers) => {
        for (const token of tokens) {
          const [digits] = token.split(':');
          const an = two.user('an', { bot: digits });
          await an.sends('hello');
          assert.equal((await an.receives()).text, `${digits}: hello`);
        }
        assert.equal(await workers.ends('SIGINT'), 0);
      }, more);
      await two.stop();
    });

    test('a cluster answers', async () => {
      const port = await freePort();
      const pushing = new Zalo({ deliverTo: `http://127.0.0.1:${port}` });
      const more = { ...named(), ZALO_API_URL: pushing.url, ZALO_WEBHOOK_SECRET: SECRET, PORT: port };
      await runs(example('cluster.mjs'), [], async () => {
        await pushing.waitForCall('setWebhook');
        const an = pushing.user('an');
        for (let n = 0; n < 5; n++) {
          while ((await an.sends(`hello ${n}`)) !== 'delivered');
          assert.match((await an.receives()).text, /^\d+: hello/);
        }
      }, more);
      await pushing.stop();
    });
  });
});
