//! `AccountConfig`: the part of an account's configuration on which the core decides.
//!
//! Keys are those of the configuration file. Secrets are not among them: the core knows the bot's
//! public number and a fingerprint of the token, no more.

mod allow_list;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::id::ChatId;
use crate::limits::{DEBOUNCE_MS_MAX, TURNS_PARALLEL_MAX, URL_BYTES_MAX};
pub use allow_list::AllowList;
pub(crate) use allow_list::normalise;

/// One account. [`AccountConfig::new`] has the defaults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct AccountConfig {
    /// The account's name, as in `accounts.<name>`.
    pub account: String,
    /// The numeric half of the token; `getMe` answers it as `id`.
    pub bot_id: String,
    /// A fingerprint of the token under a key of this run: another one means another token.
    #[serde(default)]
    pub token_tag: String,
    /// What the channel is there for; no key of a file.
    #[serde(default)]
    pub duty: Duty,
    /// Who may write to the bot in private.
    #[serde(default)]
    pub dm_policy: DmPolicy,
    /// Who is let in by the operator: ids, or `*`. Normalised when read.
    #[serde(default)]
    pub allow_from: AllowList,
    /// Who may write to the bot in groups.
    #[serde(default)]
    pub group_policy: GroupPolicy,
    /// Senders and groups let in by the operator. Absent: the ids of `allow_from`.
    #[serde(default)]
    pub group_allow_from: Option<AllowList>,
    /// Bound of a download and of a medium sent, in MB of 1,048,576 bytes.
    #[serde(default = "defaults::media_max_mb")]
    pub media_max_mb: u64,
    /// Updates are pushed to this URL; absent: they are polled.
    #[serde(default)]
    pub webhook_url: Option<String>,
    /// The webhook is removed at the end; without it, it stays and Zalo finds nobody there.
    #[serde(default)]
    pub webhook_delete_on_stop: bool,
    /// UTF-16 units of one message, 1 to 2,000.
    #[serde(default = "defaults::text_chunk_limit")]
    pub text_chunk_limit: u32,
    /// Where a text is cut.
    #[serde(default)]
    pub chunk_mode: ChunkMode,
    /// How Zalo is to read a text.
    #[serde(default)]
    pub format: Format,
    /// Show "is typing" while the agent works.
    #[serde(default = "defaults::yes")]
    pub typing: bool,
    /// What is preferred when nobody knows whether a chunk arrived.
    #[serde(default)]
    pub delivery: Delivery,
    /// Said, at most once an hour, to who sends what bots can't see. Empty: nothing.
    #[serde(default)]
    pub unsupported_reply: String,
    /// What becomes of stickers and recordings.
    #[serde(default)]
    pub inbound: Inbound,
    /// Pairing.
    #[serde(default)]
    pub pairing: PairingConfig,
    /// Conversation keys.
    #[serde(default)]
    pub session: SessionConfig,
    /// Long polling.
    #[serde(default)]
    pub polling: PollingConfig,
    /// Pace of sending.
    #[serde(default)]
    pub rate: RateConfig,
    /// Trying again to send.
    #[serde(default)]
    pub retry: RetryConfig,
    /// Turns.
    #[serde(default)]
    pub turn: TurnConfig,
    /// The plan's monthly quota.
    #[serde(default)]
    pub quota: QuotaConfig,
}

impl AccountConfig {
    /// An account with every default.
    pub fn new(account: impl Into<String>, bot_id: impl Into<String>) -> Self {
        Self {
            account: account.into(),
            bot_id: bot_id.into(),
            token_tag: String::new(),
            duty: Duty::default(),
            dm_policy: DmPolicy::default(),
            allow_from: AllowList::default(),
            group_policy: GroupPolicy::default(),
            group_allow_from: None,
            media_max_mb: defaults::media_max_mb(),
            webhook_url: None,
            webhook_delete_on_stop: false,
            text_chunk_limit: defaults::text_chunk_limit(),
            chunk_mode: ChunkMode::default(),
            format: Format::default(),
            typing: true,
            delivery: Delivery::default(),
            unsupported_reply: String::new(),
            inbound: Inbound::default(),
            pairing: PairingConfig::default(),
            session: SessionConfig::default(),
            polling: PollingConfig::default(),
            rate: RateConfig::default(),
            retry: RetryConfig::default(),
            turn: TurnConfig::default(),
            quota: QuotaConfig::default(),
        }
    }

    /// What is wrong with it, if anything is.
    pub fn check(&self) -> Result<(), BadValue> {
        self.flaws().next().map_or(Ok(()), Err)
    }

    /// Everything that is wrong with it; a loader knows where each key stands.
    pub fn flaws(&self) -> impl Iterator<Item = BadValue> + use<> {
        let open_to_all = self.dm_policy != DmPolicy::Open || self.allow_from.any;
        let webhook = self.webhook_url.as_deref().map_or(Ok(()), check_web);
        let parallel = 1..=TURNS_PARALLEL_MAX;
        let rules = [
            (!self.account.is_empty(), "account", "needs a name"),
            (!self.bot_id.is_empty(), "botToken", "has no number before its colon"),
            ((1..=2_000).contains(&self.text_chunk_limit), "textChunkLimit", "is 1 to 2000"),
            ((1..=100).contains(&self.media_max_mb), "mediaMaxMb", "is 1 to 100"),
            (webhook.is_ok(), "webhookUrl", webhook.err().unwrap_or_default()),
            (open_to_all, "dmPolicy", "\"open\" needs \"*\" in allowFrom"),
            ((1..=300).contains(&self.polling.timeout_sec), "polling.timeoutSec", "is 1 to 300"),
            ((1..=86_400).contains(&self.turn.timeout_sec), "turn.timeoutSec", "is 1 to 86400"),
            ((1..=100).contains(&self.turn.tries), "turn.tries", "is 1 to 100"),
            (parallel.contains(&self.turn.parallel), "turn.parallel", "is 1 to 100"),
            (self.turn.debounce_ms <= DEBOUNCE_MS_MAX, "turn.debounceMs", "is 0 to 60000"),
            (self.rate.burst >= 1, "rate.burst", "is at least 1"),
            ((1..=1_000).contains(&self.pairing.max_pending), "pairing.maxPending", "is 1 to 1000"),
        ];
        rules.into_iter().filter(|(holds, ..)| !holds).map(|(_, key, rule)| BadValue { key, rule })
    }

    /// The bound of a medium in bytes.
    pub fn media_bytes_max(&self) -> u64 {
        self.media_max_mb.saturating_mul(1 << 20)
    }
}

/// What Zalo takes for a webhook, as far as it can be seen from here: `https://`, then a host.
fn check_web(url: &str) -> Result<(), &'static str> {
    let rest = url.strip_prefix("https://").ok_or("must start with https://")?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let rules = [
        (host.is_empty(), "names no host after https://"),
        (url.len() > URL_BYTES_MAX, "is longer than 4096 bytes"),
        (!url.bytes().all(|b| b.is_ascii_graphic()), "has a space or a letter outside ASCII"),
    ];
    rules.into_iter().find(|(broken, _)| *broken).map_or(Ok(()), |(_, rule)| Err(rule))
}

/// A value that a configuration can't have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadValue {
    /// The key, with dots between its parts.
    pub key: &'static str,
    /// What it has to be.
    pub rule: &'static str,
}

impl fmt::Display for BadValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.key, self.rule)
    }
}

impl core::error::Error for BadValue {}

mod defaults {
    pub(super) const fn media_max_mb() -> u64 {
        5
    }
    pub(super) const fn text_chunk_limit() -> u32 {
        2_000
    }
    pub(super) const fn yes() -> bool {
        true
    }
}

macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        #[non_exhaustive]
        pub enum $name { $($(#[$vdoc])* $variant),+ }
    };
}

choice! {
    /// What a channel is there for.
    Duty {
        /// To receive, to have messages answered, to send.
        #[default]
        Serve,
        /// To do what an operator asks while no channel serves the account: nothing is received, no
        /// turn starts, and of what waits nothing is sent but in chats that are asked about.
        Errands,
    }
}

choice! {
    /// Who may write to the bot in private.
    DmPolicy {
        /// Strangers get a code; an operator lets them in.
        #[default]
        Pairing,
        /// Only who is in `allowFrom`.
        Allowlist,
        /// Everybody; needs `"*"` in `allowFrom`.
        Open,
        /// Nobody.
        Disabled,
    }
}

choice! {
    /// Who may write to the bot in groups.
    GroupPolicy {
        /// Senders and groups that are listed.
        #[default]
        Allowlist,
        /// Everybody.
        Open,
        /// Nobody.
        Disabled,
    }
}

choice! {
    /// Where a text is cut.
    ChunkMode {
        /// Only when it is too long.
        #[default]
        Length,
        /// At every blank line too.
        Newline,
    }
}

choice! {
    /// How Zalo is to read a text.
    Format {
        /// As it is.
        #[default]
        Text,
        /// `parse_mode: markdown`.
        Markdown,
        /// `parse_mode: html`.
        Html,
    }
}

choice! {
    /// What is preferred when nobody knows whether a chunk arrived.
    Delivery {
        /// Rather twice than not at all.
        #[default]
        AtLeastOnce,
        /// Rather not at all than twice.
        AtMostOnce,
    }
}

choice! {
    /// What becomes of a kind of message.
    Handling {
        /// It becomes a turn.
        #[default]
        Deliver,
        /// It is logged.
        Log,
    }
}

choice! {
    /// The language of what a stranger is told.
    Language {
        /// Vietnamese, then English.
        #[default]
        Both,
        /// Vietnamese.
        Vi,
        /// English.
        En,
    }
}

choice! {
    /// Whose conversation a private message belongs to.
    DmScope {
        /// All private chats share the session `main`.
        #[default]
        Main,
        /// Each chat has its own.
        PerChat,
    }
}

/// What becomes of stickers and recordings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Inbound {
    /// Stickers; logged unless asked for.
    pub sticker: Handling,
    /// Recordings; delivered unless asked not to.
    pub voice: Handling,
}

impl Default for Inbound {
    fn default() -> Self {
        Self { sticker: Handling::Log, voice: Handling::Deliver }
    }
}

macro_rules! section {
    ($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $type:ty = $default:expr),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(default, rename_all = "camelCase", deny_unknown_fields)]
        #[non_exhaustive]
        pub struct $name { $($(#[$fdoc])* pub $field: $type),+ }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default),+ }
            }
        }
    };
}

section! {
    /// Pairing.
    PairingConfig {
        /// Strangers with a code at one time.
        max_pending: u32 = 20,
        /// The language of the message with the code.
        language: Language = Language::Both,
        /// Chats that are told when a stranger asks.
        notify: Vec<ChatId> = Vec::new(),
    }
}

section! {
    /// Conversation keys.
    SessionConfig {
        /// Private chats: one session or one each.
        dm_scope: DmScope = DmScope::Main,
    }
}

section! {
    /// Long polling.
    PollingConfig {
        /// How long Zalo holds a poll open, in seconds.
        timeout_sec: u64 = 30,
        /// Remove a webhook that was not set from here.
        take_over: bool = false,
    }
}

section! {
    /// Pace of sending. A rate of 0 is no limit.
    RateConfig {
        /// Messages a second to one chat.
        chat_per_sec: u32 = 5,
        /// Messages a second in all.
        account_per_sec: u32 = 20,
        /// Messages that may go out at once after a rest.
        burst: u32 = 20,
    }
}

section! {
    /// Trying again to send.
    RetryConfig {
        /// A reply older than this, in seconds, is given up.
        max_age_sec: u64 = 21_600,
    }
}

section! {
    /// Turns.
    TurnConfig {
        /// How long the agent has for one attempt, in seconds.
        timeout_sec: u64 = 120,
        /// Attempts that may fail before the turn is given up.
        tries: u32 = 3,
        /// A turn that has waited longer than this, in seconds, is given up.
        max_age_sec: u64 = 86_400,
        /// Chats whose turns the agent works on at one time, at most 100: each may answer as many
        /// chunks, for which there has to be room.
        parallel: u32 = 64,
        /// Messages that one sender writes within this of each other, in ms, are one turn; 0: each
        /// is its own.
        debounce_ms: u64 = 0,
    }
}

section! {
    /// The plan's monthly quota.
    QuotaConfig {
        /// Messages a month; only for the warning at 80 %.
        monthly: u64 = 3_000,
    }
}
