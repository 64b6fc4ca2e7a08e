// What tests stand on: folders of their own, and a log that can be asked.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// No test sees the state, the configuration or the tokens of whoever runs it.
const STATE = mkdtempSync(join(tmpdir(), 'zaloxide-tests-'));
for (const name of ['ZALO_BOT_TOKEN', 'ZALO_API_URL', 'ZALOXIDE_CONFIG']) delete process.env[name];
process.env.ZALOXIDE_STATE_DIR = join(STATE, 'state');
process.on('exit', () => rmSync(STATE, { recursive: true, force: true }));

/** A new folder, which goes with the process. */
export const folder = () => mkdtempSync(join(STATE, 'f'));

/** A logger, and whether it was told such a line at such a level. */
export function lines() {
  const told = [];
  const at = (level) => (text) => told.push([level, text]);
  const logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  const has = (level, pattern) => told.some(([own, text]) => own === level && pattern.test(text));
  return { logger, has, told };
}
