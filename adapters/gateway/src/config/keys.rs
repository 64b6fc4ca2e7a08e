//! The keys a configuration may have, and what each may hold.

use std::ops::RangeInclusive;

use Kind::{Choice, Count, Flag, Ids, OpenClaw, Secret, Section, Text, Texts};

/// A key and what it holds.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
}

/// What a key holds.
pub(crate) enum Kind {
    /// `true` or `false`.
    Flag,
    /// Any text.
    Text,
    /// A text, or a reference to an environment variable. Never shown.
    Secret,
    /// A whole number.
    Count(RangeInclusive<u64>),
    /// One of these texts.
    Choice(&'static [&'static str]),
    /// Ids: texts, or numbers that are exact.
    Ids,
    /// Texts.
    Texts,
    /// Names and their secrets.
    Secrets,
    /// An object with these keys.
    Section(&'static [Key]),
    /// `"off"`; `OpenClaw`'s object is accepted and does nothing.
    Streaming,
    /// `OpenClaw`'s, accepted; what it means here.
    OpenClaw(&'static str),
    /// The accounts, each with the keys of [`ACCOUNT`].
    Accounts,
}

const fn key(name: &'static str, kind: Kind) -> Key {
    Key { name, kind }
}

/// Keys that `channels.zalo` and each of its accounts may have.
pub(crate) const ACCOUNT: &[Key] = &[
    key("enabled", Flag),
    key("name", Text),
    key("botToken", Secret),
    key("tokenFile", Text),
    key("apiUrl", Text),
    key("proxy", Secret),
    key("dmPolicy", Choice(&["pairing", "allowlist", "open", "disabled"])),
    key("allowFrom", Ids),
    key("groupPolicy", Choice(&["allowlist", "open", "disabled"])),
    key("groupAllowFrom", Ids),
    key("mediaMaxMb", Count(1..=100)),
    key("textChunkLimit", Count(1..=2_000)),
    key("chunkMode", Choice(&["length", "newline"])),
    key("format", Choice(&["text", "markdown", "html"])),
    key("streaming", Kind::Streaming),
    key("typing", Flag),
    key("delivery", Choice(&["at-least-once", "at-most-once"])),
    key("unsupportedReply", Text),
    key("inbound", Section(INBOUND)),
    key("pairing", Section(PAIRING)),
    key("session", Section(&[key("dmScope", Choice(&["main", "per-chat"]))])),
    key("polling", Section(POLLING)),
    key("rate", Section(RATE)),
    key("retry", Section(&[key("maxAgeSec", Count(1..=2_592_000))])),
    key("turn", Section(TURN)),
    key("quota", Section(&[key("monthly", Count(0..=1_000_000_000))])),
    key("webhookUrl", Text),
    key("webhookSecret", Secret),
    key("webhookPath", Text),
    key("mediaProxy", Secret),
    key("media", Section(MEDIA)),
    key("configWrites", OpenClaw("chats never change this file")),
    key("markdown", OpenClaw("`format` says how a text is sent")),
    key("historyLimit", OpenClaw("the agent keeps the conversation")),
    key("responsePrefix", OpenClaw("the agent writes the whole reply")),
];

/// Keys of `channels.zalo` alone: they are about the whole process.
pub(crate) const PROCESS: &[Key] = &[
    key("accounts", Kind::Accounts),
    key("defaultAccount", Text),
    key("calls", Section(&[key("parallel", Count(1..=1_024))])),
    key("webhook", Section(WEBHOOK)),
    key("ops", Section(&[key("listen", Text)])),
];

const WEBHOOK: &[Key] = &[
    key("listen", Text),
    key("tls", Section(&[key("cert", Text), key("key", Text)])),
    key("deleteOnStop", Flag),
    key("trustedProxies", Texts),
];

const INBOUND: &[Key] =
    &[key("sticker", Choice(&["deliver", "log"])), key("voice", Choice(&["deliver", "log"]))];

const PAIRING: &[Key] = &[
    key("maxPending", Count(1..=1_000)),
    key("language", Choice(&["both", "vi", "en"])),
    key("notify", Ids),
];

const MEDIA: &[Key] = &[
    key("roots", Texts),
    key("hostedTtlSec", Count(60..=31_536_000)),
    key("hostedMaxMb", Count(1..=1_000_000)),
];

const POLLING: &[Key] = &[key("timeoutSec", Count(1..=300)), key("takeOver", Flag)];

const RATE: &[Key] = &[
    key("chatPerSec", Count(0..=10_000)),
    key("accountPerSec", Count(0..=10_000)),
    key("burst", Count(1..=10_000)),
];

const TURN: &[Key] = &[
    key("timeoutSec", Count(1..=86_400)),
    key("tries", Count(1..=100)),
    key("maxAgeSec", Count(1..=2_592_000)),
    key("parallel", Count(1..=10_000)),
    key("debounceMs", Count(0..=60_000)),
];

/// Keys of `zaloxide`; `agent` and `log` may also stand at the top.
pub(crate) const ZALOXIDE: &[Key] = &[key("agent", Section(AGENT)), key("log", Section(LOG))];

/// Keys of an agent.
pub(crate) const AGENT: &[Key] = &[
    key("type", Choice(&["echo", "exec", "stdio", "http", "openai"])),
    key("command", Texts),
    key("cwd", Text),
    key("env", Kind::Secrets),
    // Many a service's whole key is its URL.
    key("url", Secret),
    key("headers", Kind::Secrets),
    key("model", Text),
    key("apiKey", Secret),
    key("system", Text),
];

/// Keys of the log.
pub(crate) const LOG: &[Key] = &[
    key("file", Text),
    key("level", Choice(&["error", "warn", "info", "debug", "trace"])),
    key("maxMb", Count(1..=10_000)),
];

/// Every name there is, for showing a line that does not parse.
pub(crate) fn names() -> Vec<&'static str> {
    fn gather(keys: &'static [Key], names: &mut Vec<&'static str>) {
        for key in keys {
            names.push(key.name);
            match &key.kind {
                Section(keys) => gather(keys, names),
                Choice(choices) => names.extend(*choices),
                _ => {}
            }
        }
    }
    let mut names = vec!["channels", "zalo", "zaloxide", "default", "true", "false", "null"];
    for keys in [ACCOUNT, PROCESS, ZALOXIDE] {
        gather(keys, &mut names);
    }
    names
}
