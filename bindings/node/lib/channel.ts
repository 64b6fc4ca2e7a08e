// `Channel`: the bare core. Whoever calls it drives it.

import type { Action, Record } from './actions';
import { binding } from './binding';
import { BadValue, native } from './errors';
import type { Body, Event, Outcome } from './events';
import type { AccountKeys } from './generated/config';

/** What a channel is made of: the keys of an account, but for what its driver does; its name, and
 * the digits of its token. */
export type ChannelConfig = { account: string; botId: string; duty?: 'serve' | 'errands' } & Omit<
  AccountKeys,
  'botToken' | 'tokenFile' | 'apiUrl' | 'webhookSecret'
>;

/** When `timer_fired` is due, Unix ms, and why. */
export interface Timeout {
  at: number;
  reason: string;
}

/** One record in place of all up to its number. */
export interface Snapshot {
  upto: number;
  record: Record;
}

/** A record and its number. */
export type Numbered = readonly [number: number, record: Record | string];

/** One bot account, as a state machine without I/O, clock, thread or randomness of its own.
 *
 * Take actions until there are none, do each in order, hand in what comes of it with its time, and
 * `timer_fired` when `pollTimeout` is due. Nothing here waits. */
export class Channel {
  #native: Parameters<typeof binding.channelActions>[0];
  /** Actions that were taken out together; those before `#next` have been handed out. */
  #actions: Action[] = [];
  #next = 0;

  /** An account without a journal. `seed`: 32 random bytes, never used twice; `nowMs`: Unix
   * milliseconds. Throws `ConfigError` and `BadValue`. */
  constructor(config: ChannelConfig, seed: Uint8Array, nowMs: number);
  constructor(config: ChannelConfig, seed: Uint8Array, nowMs: number, records?: Numbered[]) {
    const keys = JSON.stringify(config);
    if (records === undefined) {
      this.#native = native(() => binding.channelNew(keys, seed, nowMs));
      return;
    }
    const numbers = records.map(([number]) => number);
    const texts = records.map(([, record]) =>
      typeof record === 'string' ? record : JSON.stringify(record),
    );
    this.#native = native(() => binding.channelRestore(keys, seed, nowMs, numbers, texts));
  }

  /** A channel from its journal: numbers and records in order; the first is 1 or a snapshot.
   * Throws `Damaged`. */
  static restore(
    config: ChannelConfig,
    seed: Uint8Array,
    nowMs: number,
    records: Iterable<Numbered>,
  ): Channel {
    const Restored = Channel as new (...all: [ChannelConfig, Uint8Array, number, Numbered[]]) => Channel;
    return new Restored(config, seed, nowMs, [...records]);
  }

  /** Takes an event. Throws `Refused`, which is the caller's mistake or no room, and `BadValue`; then
   * nothing has changed. */
  handle(nowMs: number, event: Event): void {
    if (typeof event !== 'object' || event === null) {
      throw new BadValue('no event: expected an object with a `type`');
    }
    native(() => {
      // What comes often goes as it is; the rest as JSON, which the native half reads too.
      if (event.type === 'update_received' && isPlain(event.body)) {
        binding.channelUpdateReceived(this.#native, nowMs, event.ticket, event.body);
      } else if (event.type === 'call_finished' && isPlainAnswer(event.outcome)) {
        const { status, retry_after_ms: retryAfterMs, body } = event.outcome;
        binding.channelAnswered(this.#native, nowMs, event.call, status, retryAfterMs, body);
      } else if (event.type === 'committed' && Number.isSafeInteger(event.upto)) {
        binding.channelCommitted(this.#native, nowMs, event.upto);
      } else if (event.type === 'replied' && isPlainText(event)) {
        binding.channelReplied(this.#native, nowMs, event.turn, event.attempt, event.reply.text);
      } else {
        binding.channelHandle(this.#native, nowMs, JSON.stringify(event));
      }
    });
  }

  /** The next thing to do, or `null`. */
  pollAction(): Action | null {
    if (this.#next === this.#actions.length) {
      const actions = binding.channelActions(this.#native);
      if (actions === null) return null;
      this.#actions = JSON.parse(actions);
      this.#next = 0;
    }
    return this.#actions[this.#next++] ?? null;
  }

  /** When `timer_fired` is due, and why; `null` for never. */
  pollTimeout(): Timeout | null {
    const due = binding.channelTimeout(this.#native);
    if (due === null) return null;
    const [at, reason] = JSON.parse(due);
    return { at, reason };
  }

  /** One record in place of all up to its number. */
  snapshot(): Snapshot {
    return JSON.parse(binding.channelSnapshot(this.#native));
  }

  /** The account at a glance. */
  status(): { [name: string]: unknown } {
    return JSON.parse(binding.channelStatus(this.#native));
  }
}

function isPlain(body: Body): body is string | Uint8Array {
  return typeof body === 'string' || body instanceof Uint8Array;
}

function isPlainAnswer(
  outcome: Outcome | undefined,
): outcome is Extract<Outcome, { type: 'answered' }> & { body: string | Uint8Array } {
  return outcome?.type === 'answered' && Number.isInteger(outcome.status) && isPlain(outcome.body);
}

/** Whatever of it is of the wrong type, the other way says; what is more than a text, it takes. */
function isPlainText(event: Extract<Event, { type: 'replied' }>): event is typeof event & {
  reply: { text: string };
} {
  const { turn, attempt, reply } = event;
  if (typeof turn !== 'string' || attempt !== attempt >>> 0) return false;
  if (typeof reply !== 'object' || reply === null || !('text' in reply)) return false;
  return typeof reply.text === 'string' && Object.keys(reply).length === 1;
}
