// What a bot is made of.

import type { Keys, Secret } from './generated/config';

/** Where log lines go: `console`, pino, winston. */
export interface Logger {
  debug(text: string): void;
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
}

/** What is about this process, and in no configuration. */
export interface Surroundings {
  /** `sqlite`, or `null` for memory: then the end of the process forgets all. */
  store?: 'sqlite' | null;
  /** Where state lies; else `bots/<bot id>` in zaloxide's state directory. */
  stateDir?: string;
  /** Where the log goes: else `console`; `null`: nowhere. Pairing codes are in it. */
  logger?: Logger | null;
}

/** The keys of a configuration file, and what is about this process. */
export interface BotOptions extends Omit<Keys, 'botToken'>, Surroundings {
  /** `<digits>:<secret>`, as Zalo's Bot Creator shows it; else `ZALO_BOT_TOKEN` of the environment. */
  token?: Secret;
}
