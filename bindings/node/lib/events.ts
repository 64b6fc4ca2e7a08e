// Events: all that can happen to a `Channel`, in their stable JSON form. Ids are strings, times Unix
// milliseconds.

import type { Cause } from './actions';
import type { ChannelConfig } from './channel';

/** A body: text, bytes, or bytes in JSON. */
export type Body = string | Uint8Array | { base64: string };

/** One message of a reply. */
export interface Message {
  text?: string;
  /** Addresses, or paths under `media.roots`. */
  media?: readonly string[];
  sticker?: string;
  voice?: string;
}

/** What an agent answers. */
export type Reply = Message | readonly Message[];

/** How a call ended. */
export type Outcome =
  /** A whole HTTP answer came. */
  | { type: 'answered'; status: number; body: Body; retry_after_ms?: number | null }
  /** Surely no byte of the request went out. */
  | { type: 'not_sent'; reason: string }
  /** It may have arrived; no whole answer came. */
  | { type: 'unknown'; reason: string };

/** What a person decided about a stranger. */
export type Verdict =
  | { type: 'approve'; notify: boolean }
  | { type: 'reject'; block: boolean }
  | { type: 'revoke' };

/** What an operator asks for. */
export type Op =
  | { type: 'retry'; turn: string }
  | { type: 'drop'; turn: string }
  | { type: 'resume_sends' }
  | { type: 'forget'; sender: string }
  | { type: 'pause'; chat: string }
  | { type: 'resume'; chat: string }
  | {
      type: 'import';
      approved?: readonly string[];
      pending?: readonly { sender: string; name?: string; code: string; issued_at: number }[];
      dry_run?: boolean;
    }
  | { type: 'ask'; method: string; url?: string };

/** All that can happen to a channel. */
export type Event =
  /** A webhook delivered `body`, at most 1 MiB. Settled with the status to answer. */
  | { type: 'update_received'; ticket: string; body: Body }
  /** `pollTimeout` is due. Harmless at any other time. */
  | { type: 'timer_fired' }
  /** A person decided about a stranger, by their `code` or as `sender`. */
  | { type: 'approval'; code: string; verdict: Verdict; source: string; ticket: string }
  | { type: 'approval'; sender: string; verdict: Verdict; source: string; ticket: string }
  | { type: 'operate'; op: Op; ticket: string }
  /** Exactly one for each `start_call` and `send_chunk`, also when cancelled. */
  | { type: 'call_finished'; call: string; outcome: Outcome }
  | { type: 'committed'; upto: number }
  | { type: 'commit_failed'; upto: number; reason: string }
  | { type: 'replied'; turn: string; attempt: number; reply: Reply }
  | { type: 'turn_failed'; turn: string; attempt: number; reason: string }
  | { type: 'typing'; turn: string; attempt: number }
  | {
      type: 'media_fetched';
      turn: string;
      index: number;
      result:
        | { type: 'kept'; path: string; content_type: string; bytes: number }
        | { type: 'failed'; reason: string };
    }
  | {
      type: 'media_prepared';
      cause: Cause;
      index: number;
      result: { type: 'url'; url: string } | { type: 'refused'; reason: string };
    }
  /** Settled when the send has ended. */
  | { type: 'send'; chat: string; content: Reply; ticket: string }
  | { type: 'reconfigured'; config: ChannelConfig }
  /** No new work; `stopped` follows. */
  | { type: 'stop' };
