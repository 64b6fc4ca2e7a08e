// All errors of the package. Each is a `ZaloxideError`; no message holds a secret.

/** Whatever this package throws. */
export class ZaloxideError extends Error {
  override name = this.constructor.name;
}

/** A value of a kind or form that can't be used. The message says what was expected. */
export class BadValue extends ZaloxideError {}

/** A configuration that can't be used. The message has every problem of it, and what to do. */
export class ConfigError extends ZaloxideError {}

/** A request that was not taken: there is no room for it, or it makes no sense now. */
export class Refused extends ZaloxideError {
  constructor(
    message: string,
    /** Which, for programs: `busy`, `stopped`, `unknown_code`, ... */
    readonly kind: string = '',
  ) {
    super(message);
  }
}

/** A journal that can't be restored. */
export class Damaged extends ZaloxideError {
  constructor(
    message: string,
    /** `gap`, `contradiction` or `other_bot`. */
    readonly kind: string = '',
  ) {
    super(message);
  }
}

/** A bot that can't be started: its state, its port or its account can't be had. */
export class StartError extends ZaloxideError {}

/** Another process runs this bot on the same state directory. */
export class AlreadyRunning extends StartError {}

/** Something was asked of a bot that does not run, or of a turn that is over. */
export class NotRunning extends ZaloxideError {}

/** A message that Zalo did not take, or not all of it. */
export class SendFailed extends ZaloxideError {
  constructor(
    message: string,
    /** The chunk it ended at, from 0. */
    readonly index: number = 0,
    /** Zalo's error code or the HTTP status; 0 without an answer. */
    readonly code: number = 0,
    /** The ids of the messages that did arrive. */
    readonly sent: readonly string[] = [],
  ) {
    super(message);
  }
}

/** A running bot that could not go on: its state was taken over, or the disk failed. */
export class EngineFailed extends ZaloxideError {}

/** There is no native half for this system. The message says how to get one. */
export class NoBinary extends ZaloxideError {}

const CLASSES: Record<string, new (message: string, kind?: string) => ZaloxideError> = {
  AlreadyRunning,
  BadValue,
  ConfigError,
  Damaged,
  NotRunning,
  Refused,
  StartError,
  ZaloxideError,
};

/** What the native half threw, in its class here. Anything else stays what it is. */
export function translated(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const [, name, kind, message] = /^(\w+)\n(\w*)\n([^]*)$/.exec(error.message) ?? [];
  const Class = name === undefined ? undefined : CLASSES[name];
  return Class === undefined ? error : new Class(message ?? '', kind);
}

/** Calls the native half. */
export function native<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw translated(error);
  }
}

/** Waits for the native half. */
export async function awaited<T>(promise: () => Promise<T>): Promise<T> {
  try {
    return await promise();
  } catch (error) {
    throw translated(error);
  }
}
