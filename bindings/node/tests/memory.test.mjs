// Memory stays where it is.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import './surroundings.mjs';

const PROGRAM = fileURLToPath(new URL('./programs/memory.mjs', import.meta.url));
/** Three quarters of a leak of 32 bytes a call would be more. */
const GROWTH_MAX_MB = 24;

test('a million calls, and 40,000 webhooks, leave nothing behind', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', PROGRAM]);
  for (const [what, [quarter, end]] of Object.entries(JSON.parse(stdout))) {
    assert(end - quarter < GROWTH_MAX_MB, `${what}: ${quarter} MB at a quarter, ${end} MB at the end`);
  }
});
