// The behaviours that every language has: events in, actions out.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { CASES, differ, load, run } from './conformance.mjs';

const FILES = readdirSync(join(CASES, 'cases'), { recursive: true })
  .filter((name) => name.endsWith('.json'))
  .sort();

describe('conformance', () => {
  for (const name of FILES) {
    test(name, () => assert.deepEqual(run(load(join(CASES, 'cases', name))), []));
  }

  test('there are cases, and a wrong expectation fails', () => {
    assert(FILES.length > 150);
    const wrong = load(join(CASES, 'cases/intake/envelope.json'));
    wrong.steps.at(-1).actions.at(-1).envelope.text = 'else';
    assert(run(wrong).some((line) => line.includes('else')));
  });

  test('patterns tell what differs', () => {
    const table = [
      [[1, '$any'], [1, {}], 0],
      [[1], [1, 2], 1],
      [['$a', '$a'], [1, 2], 1],
      [['$a', 'no. ${a}'], [1, 'no. 1'], 0],
      [{ a: 1 }, { a: 1, b: 2 }, 1],
      [{ a: 1 }, {}, 1],
      [{ a: 1 }, { a: true }, 1],
      [{ $has: { a: 1 } }, { a: 1, b: 2 }, 0],
      [{ $json: { a: 1 } }, '{ "a": 1 }', 0],
      [{ $between: [1, 3] }, 4, 1],
      [{ $contains: ['b', 'd'] }, 'abc', 1],
      [{ a: { $repeat: ['x', 2] } }, { a: 'xy' }, 1],
    ];
    for (const [pattern, actual, lines] of table) {
      assert.equal([...differ(pattern, actual, {})].length, lines, JSON.stringify(pattern));
    }
  });
});
