// The examples of the documentation run.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { TOKEN, Zalo } from 'zaloxide/testing';
import { ROOT } from './root.mjs';
import { Program } from './servers.mjs';
import { folder } from './surroundings.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
// Beside the tests, where the package is found.
const WRITTEN = join(HERE, `written-${process.pid}`);

const blocks = (path) =>
  [...readFileSync(path, 'utf8').matchAll(/^```js\n([^]*?)^```/gm)].map(([, block]) => block);

const run = promisify(execFile);

const MORE = `
test('and more', async () => {
  assert.deepEqual([pushed.isRunning, quiet.isRunning], [false, false]);
  const zalo = new Zalo();
  await zalo.runs(shop, async () => {
    const binh = zalo.user('binh', { name: 'Bình' });
    await binh.sends('/START');
    assert.equal((await binh.receives()).photo, 'https://example.com/hello.jpg');
    await binh.sends('đơn hàng 42 ở đâu?');
    assert.equal((await binh.receives()).text, 'Đơn hàng 42 đang trên đường.');
  });
  await zalo.stop();
});
`;

function written(name, text) {
  const path = join(WRITTEN, name);
  writeFileSync(path, text);
  return path;
}

describe('the examples of', () => {
  let zalo;
  before(() => {
    zalo = new Zalo();
    mkdirSync(WRITTEN);
    process.env.ZALO_BOT_TOKEN = TOKEN;
  });
  after(async () => {
    await zalo.stop();
    rmSync(WRITTEN, { recursive: true, force: true });
    delete process.env.ZALO_BOT_TOKEN;
  });
  beforeEach(() => zalo.reset());

  /** As it stands there, in a process of its own; a stranger is let in by the log's code. */
  async function converses(example) {
    const path = written('example.mjs', example);
    const bot = new Program(path, [], { ZALO_API_URL: zalo.url, ZALOXIDE_STATE_DIR: folder() });
    try {
      const an = zalo.user('an');
      await an.sends('Xin chào');
      const [, code] = /code ([A-Z0-9]{8})/.exec(await bot.says('asks to be let in'));
      assert((await an.receives()).text.includes(code));
      const more = written('more.mjs', example.replace('await bot.start();', 'export { bot };'));
      // The same bot in this process, for its state.
      assert((await import(pathToFileURL(more))).bot.stateDir.endsWith('1000000000000000001'));
    } finally {
      bot.kill();
      await bot.closed;
    }
  }

  test("the repository's README", async () => {
    const [example, ...more] = blocks(join(ROOT, 'README.md'));
    assert.equal(more.length, 0);
    await converses(example);
  });

  test("the package's README", async () => {
    const [first, ...more] = blocks(join(ROOT, 'bindings/node/README.md'));
    await converses(first);
    assert.equal(more.length, 4);
    // The example of a test is one; behind it another, of the same bot.
    const path = written('package.mjs', [first.replace('await bot.start();', ''), ...more, MORE].join('\n'));
    const { NODE_TEST_CONTEXT, ...environment } = process.env;
    const { stdout } = await run(process.execPath, [path], { env: environment });
    assert.match(stdout, /^# pass 2$/m, stdout);
  });
});
