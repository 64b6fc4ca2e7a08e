// The bot that the programs of tests run: of the local Zalo and the state that the environment names.

import { Bot } from 'zaloxide';

/** It lets everybody in, and keeps no log. */
export function localBot(options = {}) {
  return new Bot({
    token: '1000000000000000001:emulator-only-no-secret',
    apiUrl: process.env.API,
    stateDir: process.env.STATE,
    dmPolicy: 'open',
    allowFrom: ['*'],
    logger: null,
    ...options,
  });
}
