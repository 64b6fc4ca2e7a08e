// The wire codec: what the Bot API is asked and what it says. Nothing here decides, and nothing is
// sent. Fields have the names that they have in the boundary's JSON.

import { binding } from './binding';
import { native } from './errors';

/** A call as it goes out: POST `body` to `<api>/bot<token>/<method>`. */
export interface Request {
  method: string;
  body: string;
}

/** What Zalo answers. */
export type Response =
  /** It was done; `result` is what came of it. */
  | { type: 'ok'; result: unknown }
  /** A long poll ended without an update. */
  | { type: 'idle' }
  /** It was not done, and Zalo says why. `code` is 0 when it named none. */
  | { type: 'failed'; code: number; description: string; retry_after_ms: number | null }
  /** No JSON object came. With a status of 200 it may well have been done. */
  | { type: 'not_json'; status: number; excerpt: string };

/** What a user sent. A field is `null` too when its value was of a wrong type. */
export interface Update {
  kind: 'text' | 'image' | 'sticker' | 'voice' | 'unsupported' | 'test' | 'unknown';
  event: string | null;
  message_id: string | null;
  date_ms: number | null;
  sender_id: string | null;
  sender_name: string | null;
  is_bot: boolean;
  chat_id: string | null;
  chat_kind: 'private' | 'group' | null;
  text: string | null;
  caption: string | null;
  photo_url: string | null;
  sticker: string | null;
  voice_url: string | null;
}

/** The body of a call: `request('sendMessage', { chat_id, text })`. Throws `BadValue` for an unknown
 * method or a missing field. */
export function request(method: string, fields: { [name: string]: unknown } = {}): Request {
  const [name, body] = native(() => binding.wireRequest(method, JSON.stringify(fields)));
  return { method: name as string, body: body as string };
}

/** Reads the answer to a call of `method`; the JSON counts, whatever the HTTP `status`. */
export function response(method: string, status: number, body: string | Uint8Array): Response {
  const said = JSON.parse(native(() => binding.wireResponse(method, status, bytes(body))));
  return said.type === 'ok' ? { type: 'ok', result: JSON.parse(said.result) } : said;
}

/** Reads what a webhook delivered. Throws `BadValue` when it is no update. */
export function update(body: string | Uint8Array): Update {
  return JSON.parse(native(() => binding.wireUpdate(bytes(body))));
}

function bytes(body: string | Uint8Array): Uint8Array {
  return typeof body === 'string' ? Buffer.from(body) : body;
}
