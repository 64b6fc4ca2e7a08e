// Zalo bots that lose no message. `Bot` is a whole bot; `Channel` is the bare core, for who brings
// their own I/O; `zaloxide/testing` has a local Zalo for tests.

import { binding } from './binding';

export type * from './actions';
export { Bot, type ErrorHandler, type StartOptions } from './bot';
export { Channel, type ChannelConfig, type Numbered, type Snapshot, type Timeout } from './channel';
export { Composer, type Handler, type MediaTurn, type Next } from './composer';
export type * from './envelope';
export {
  AlreadyRunning,
  BadValue,
  ConfigError,
  Damaged,
  EngineFailed,
  NoBinary,
  NotRunning,
  Refused,
  SendFailed,
  StartError,
  ZaloxideError,
} from './errors';
export type * from './events';
export { command, type Filter, filter, group, privateChat, regex, sender } from './filters';
export type { AccountKeys, Keys, Secret } from './generated/config';
export type { BotOptions, Logger, Surroundings } from './options';
export type { Approved, OfAccount, Pairing, Pending } from './pairing';
export type { Sending } from './sending';
export type { Content, Kind, Media, Turn } from './turn';
export {
  type FastifyApp,
  type FastifyPlugin,
  type FetchHandler,
  type HonoContext,
  type HonoHandler,
  type KoaContext,
  type KoaHandler,
  type NodeHandler,
  webhookHandler,
} from './webhook';
export * as wire from './wire';

/** The version of the package. */
export const VERSION: string = binding.VERSION;
