// What is known of a message, in the stable form of the boundary.

/** Who wrote. */
export interface Sender {
  id: string;
  /** As they call themselves; at most 64 characters, not escaped. */
  name: string | null;
}

/** Where. */
export interface Chat {
  id: string;
  kind: 'private' | 'group';
}

/** Something that was attached. */
export interface Medium {
  kind: 'image' | 'voice' | 'sticker';
  /** The file it was downloaded to; `null` when it was not. */
  path: string | null;
  content_type: string | null;
  bytes: number | null;
  url: string | null;
  sticker?: string | null;
}

/** A message, as an agent is told of it. */
export interface Envelope {
  /** The same over attempts and restarts. */
  turn: string;
  /** From 1. */
  attempt: number;
  channel: 'zalo';
  account: string;
  /** The key of the conversation. */
  session: string;
  /** `zalo:<sender>`. */
  from: string;
  /** `zalo:<chat>`. */
  to: string;
  sender: Sender;
  chat: Chat;
  message_id: string | null;
  message_ids: string[];
  timestamp_ms: number;
  /** What the user wrote, a caption too, without the leading mention. */
  text: string;
  /** Placeholders for media, one a line, then `text`. */
  body: string;
  media: Medium[];
  /** Zalo's own `message` object; `null` when it was over 64 KiB. */
  raw: unknown;
}
