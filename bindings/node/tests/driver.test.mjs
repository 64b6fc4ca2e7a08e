// What the event loop pulls of an engine: all there is, however it comes.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

// No part of what the package exports.
const require = createRequire(import.meta.url);
const { Driver } = require(join(dirname(require.resolve('zaloxide')), 'driver.js'));

/** A driver of an engine that tells these things, a list a pull. */
function driver(pulls, handle = () => {}) {
  const answers = [];
  const engine = {
    isGuest: false,
    pull: () => pulls.shift() ?? null,
    knock: () => 1,
    answer: (ends) => answers.push(...JSON.parse(ends)),
    close() {},
  };
  const failed = async () => {};
  return { driver: new Driver(engine, { handle, failed, ended() {}, logger: null }), answers };
}

const pulled = (things, isAll, raws = []) => ({
  things: JSON.stringify(things),
  raws,
  bodies: [],
  isAll,
});
const told = (numbers) => ({ type: 'answer', numbers, status: 200, headers: [], body: 'ok' });

test('what is left behind a full pull is pulled too, although it was told as one thing', async () => {
  const numbers = Array.from({ length: 70 }, (_, n) => n + 1);
  const pulls = [pulled([told(numbers.slice(0, 64))], false), pulled([told(numbers.slice(64))], true)];
  const { driver: one } = driver(pulls);
  const heard = numbers.map(
    () =>
      new Promise((answered, failed) => {
        one.knock('', undefined, { answered, failed, wanted() {} });
      }),
  );
  // The engine calls once, and then not before it has said that this is all.
  setImmediate(one.pull);
  const answers = await Promise.all(heard);
  assert.deepEqual([...new Set(answers.map((answer) => answer.body))], ['ok']);
  assert.deepEqual(answers[69].measured, ['content-length', '2']);
  assert.equal(pulls.length, 0);
  one.close();
});

test("an attempt's end is the end of that attempt alone", async () => {
  const turn = (attempt) => ({ type: 'turn', envelope: { turn: 'aa', attempt, media: [] }, deadline: 0 });
  const turns = [];
  let release = () => {};
  const held = new Promise((resolve) => {
    release = resolve;
  });
  const pulls = [
    pulled([turn(1), { type: 'abandoned', turn: 'aa', attempt: 1 }, turn(2)], false, ['{"n":1}', '{"n":2}']),
    pulled([{ type: 'abandoned', turn: 'aa', attempt: 1 }], true),
  ];
  const { driver: one, answers } = driver(pulls, (each) => {
    turns.push(each);
    return held;
  });
  one.pull();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(turns.map((each) => each.signal.aborted), [true, false], 'in the order told');
  assert.deepEqual(turns.map((each) => each.envelope.raw), [{ n: 1 }, { n: 2 }]);
  await turns[1].reply('x');
  release();
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  assert.deepEqual(answers, [{ turn: 'aa', attempt: 2, reply: [{ text: 'x' }] }]);
  one.close();
});
