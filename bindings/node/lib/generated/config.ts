// The keys of a configuration, as types. Written by scripts/config.mjs from the schema.

/** The token or another secret: the text itself, or the environment variable that holds it. */
export type Secret = string | { source: 'env'; id: string };

/** The keys of one bot. */
export interface AccountKeys {
  /** Ids of people who may write without pairing; '*' is everybody. Else []. */
  allowFrom?: readonly (string | number)[];
  /** Where the Bot API is; https, unless it is on this machine. Else 'https://bot-api.zaloplatforms.com'. */
  apiUrl?: string;
  /** The token that Zalo's Bot Creator shows, <digits>:<secret>. */
  botToken?: Secret;
  /** Cut a text only when it is too long, or at every blank line too. Else 'length'. */
  chunkMode?: 'length' | 'newline';
  /** @deprecated OpenClaw's; does nothing here. */
  configWrites?: unknown;
  /** When nobody knows whether a message arrived: send it again, or not. Else 'at-least-once'. */
  delivery?: 'at-least-once' | 'at-most-once';
  /** Who may write to the bot in private; `open` needs '*' in allowFrom. Else 'pairing'. */
  dmPolicy?: 'pairing' | 'allowlist' | 'open' | 'disabled';
  /** Whether the bot runs; an account needs it here and at the top. Else true. */
  enabled?: boolean;
  /** How Zalo reads a text. Else 'text'. */
  format?: 'text' | 'markdown' | 'html';
  /** Ids of people and groups let in; without it, the ids of allowFrom. */
  groupAllowFrom?: readonly (string | number)[];
  /** Who may write to the bot in groups. Else 'allowlist'. */
  groupPolicy?: 'allowlist' | 'open' | 'disabled';
  /** @deprecated OpenClaw's; does nothing here. */
  historyLimit?: unknown;
  /** What becomes of stickers and recordings. */
  inbound?: {
    /** Hand stickers to the agent, or only log them. Else 'log'. */
    sticker?: 'deliver' | 'log';
    /** Hand recordings to the agent, or only log them. Else 'deliver'. */
    voice?: 'deliver' | 'log';
  };
  /** @deprecated OpenClaw's; does nothing here. */
  markdown?: unknown;
  /** What may be sent from this machine, and how it is hosted. */
  media?: {
    /** How much is hosted at one time, in MB of 1,048,576 bytes. Else 200. */
    hostedMaxMb?: number;
    /** How long a hosted picture can be fetched, in seconds. Else 86400. */
    hostedTtlSec?: number;
    /** Folders from which the agent may send pictures. Else []. */
    roots?: readonly string[];
  };
  /** The largest medium that is taken or sent, in MB of 1,048,576 bytes. Else 5. */
  mediaMaxMb?: number;
  /** The way out for downloads: an http, https or socks5 URL. */
  mediaProxy?: Secret;
  /** What people call the bot; shown in lists. */
  name?: string;
  /** How strangers ask to be let in. */
  pairing?: {
    /** The language of the message with the code. Else 'both'. */
    language?: 'both' | 'vi' | 'en';
    /** Strangers with a code at one time. Else 20. */
    maxPending?: number;
    /** Ids of chats that are told when a stranger asks. Else []. */
    notify?: readonly (string | number)[];
  };
  /** How messages are asked for. */
  polling?: {
    /** Remove a webhook that somebody else has set, and poll. Else false. */
    takeOver?: boolean;
    /** How long Zalo holds a poll open, in seconds. Else 30. */
    timeoutSec?: number;
  };
  /** The way out for API calls: an http, https or socks5 URL. */
  proxy?: Secret;
  /** The plan's monthly quota. */
  quota?: {
    /** Messages a month; at 80 % of them comes a warning. Else 3000. */
    monthly?: number;
  };
  /** The pace of sending. */
  rate?: {
    /** Messages a second in all; 0: no limit. Else 20. */
    accountPerSec?: number;
    /** Messages that may go out at once after a rest. Else 20. */
    burst?: number;
    /** Messages a second to one chat; 0: no limit. Else 5. */
    chatPerSec?: number;
  };
  /** @deprecated OpenClaw's; does nothing here. */
  responsePrefix?: unknown;
  /** How long a reply is tried. */
  retry?: {
    /** A reply older than this, in seconds, is given up. Else 21600. */
    maxAgeSec?: number;
  };
  /** Which conversation a message belongs to. */
  session?: {
    /** Private chats: one conversation for all, or one each. Else 'main'. */
    dmScope?: 'main' | 'per-chat';
  };
  /** Off: a reply is sent when it is complete. Else 'off'. */
  streaming?: 'off' | object;
  /** Where a long text is cut, in UTF-16 units. Else 2000. */
  textChunkLimit?: number;
  /** A file that holds the token and nothing else, instead of botToken. */
  tokenFile?: string;
  /** How long and how often the agent is asked. */
  turn?: {
    /** Lines that follow within this many ms go to the agent as one message; 0: each alone. Else 0. */
    debounceMs?: number;
    /** A message that has waited longer, in seconds, is given up. Else 86400. */
    maxAgeSec?: number;
    /** Chats that the agent works on at one time. Else 64. */
    parallel?: number;
    /** How long the agent has for one attempt, in seconds. Else 120. */
    timeoutSec?: number;
    /** Attempts that may fail before a message is given up. Else 3. */
    tries?: number;
  };
  /** Show that the bot is typing while the agent works. Else true. */
  typing?: boolean;
  /** Said, at most once an hour, to who sends what bots can't see; empty: nothing. Else ''. */
  unsupportedReply?: string;
  /** The path at which pushes arrive here, if it is not the path of webhookUrl. */
  webhookPath?: string;
  /** What Zalo shows with each push: 8 to 256 printable ASCII characters, no space. */
  webhookSecret?: Secret;
  /** Zalo pushes messages to this public URL; without it, they are polled. */
  webhookUrl?: string;
}

/** The keys of `channels.zalo`: those of a bot, and of all of them together. */
export interface Keys extends AccountKeys {
  /** Several bots: a name for each, and the keys that differ. */
  accounts?: { [name: string]: AccountKeys };
  /** Calls to Zalo, all accounts together. */
  calls?: {
    /** Calls that may be under way at one time. Else 32. */
    parallel?: number;
  };
  /** The account that commands mean when they name none. */
  defaultAccount?: string;
  /** Health and metrics, for the operator. */
  ops?: {
    /** The address and port of /healthz and /metrics; without it, off. */
    listen?: string;
  };
  /** Where pushes arrive. */
  webhook?: {
    /** Have Zalo forget the webhook when the gateway ends. Else false. */
    deleteOnStop?: boolean;
    /** The address and port that are listened on. Else '127.0.0.1:8787'. */
    listen?: string;
    /** To speak HTTPS without a proxy in front. */
    tls?: {
      /** The file with the certificates, PEM. */
      cert?: string;
      /** The file with the private key, PEM. */
      key?: string;
    };
    /** Addresses and networks whose X-Forwarded-For is believed. Else []. */
    trustedProxies?: readonly string[];
  };
}
