// Actions: all that a `Channel` asks its driver to do, in their stable JSON form.

import type { Envelope } from './envelope';

/** What a chunk or a medium belongs to. */
export type Cause =
  | { type: 'turn'; id: string }
  | { type: 'send'; id: string }
  | { type: 'code'; sender: string }
  | { type: 'notice'; id: string };

/** A record of the journal: keep it as it is. */
export interface Record {
  type: string;
  [field: string]: unknown;
}

/** What was done. */
export type Answer =
  | { type: 'approved'; sender: string; name: string | null }
  | { type: 'rejected'; sender: string; blocked: boolean }
  | { type: 'revoked'; sender: string }
  | {
      type: 'sent';
      id: string;
      of: number;
      sent: string[];
      error?: { index: number; code: number; message: string };
    }
  | { type: 'retried'; turn: string }
  | { type: 'dropped'; turn: string }
  | { type: 'resumed' }
  | { type: 'forgotten'; sender: string }
  | { type: 'chat_paused' }
  | { type: 'chat_resumed' }
  | { type: 'asked'; result: string }
  | {
      type: 'imported';
      dry_run: boolean;
      approved: string[];
      pending: string[];
      already: number;
      refused: { entry: string; why: string; message: string }[];
    };

/** What whoever waits is answered with. */
export type Settled =
  /** The HTTP status of a webhook. */
  | { status: number }
  | { ok: Answer }
  | { error: { kind: string; message: string } };

/** All that a channel asks for; each is complete in itself. */
export type Action =
  /** Make the records durable: the last has the number `upto`. Report `committed` or `commit_failed`. */
  | { type: 'commit'; upto: number; records: Record[] }
  | { type: 'settle'; ticket: string; result: Settled }
  /** A call no user sees. */
  | { type: 'start_call'; call: string; method: string; body: string; timeout_ms: number }
  /** A call a user sees. */
  | {
      type: 'send_chunk';
      call: string;
      chat: string;
      cause: Cause;
      index: number;
      of: number;
      method: string;
      body: string;
      timeout_ms: number;
    }
  | { type: 'cancel_call'; call: string }
  /** Download what a user sent; the URL is a stranger's word. */
  | { type: 'fetch_media'; turn: string; index: number; url: string; bytes_max: number }
  /** Check, copy, host what is to be sent; the source is an agent's word. */
  | { type: 'prepare_media'; cause: Cause; index: number; source: string; bytes_max: number }
  /** Hand it to the agent. */
  | { type: 'deliver'; turn: string; attempt: number; envelope: Envelope; deadline: number }
  | { type: 'abandon'; turn: string; attempt: number }
  /** Show it to the operator. */
  | { type: 'issue_code'; sender: string; name: string | null; code: string; expires_at: number }
  | {
      type: 'drop';
      reason: string;
      update: { chat?: string; sender?: string; message_id?: string; event?: string };
    }
  | {
      type: 'note';
      level: string;
      code: string;
      text: string;
      chat?: string;
      sender?: string;
      turn?: string;
    }
  | { type: 'stopped' };
