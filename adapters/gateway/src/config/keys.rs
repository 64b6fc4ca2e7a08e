//! The keys a configuration may have, what each may hold, and what it is for.
//!
//! This table is the only one: the check, `config show` and the JSON Schema are made from it.
//! Defaults are not here: they are those of the code that uses the values.

use std::ops::RangeInclusive;

use Kind::{Choice, Count, Flag, Ids, OpenClaw, Secret, Section, Starting, Text, Texts};

/// A key, what it holds, and what it is for.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// One line, for people.
    pub(crate) about: &'static str,
}

/// What a key holds.
pub(crate) enum Kind {
    /// `true` or `false`.
    Flag,
    /// Any text.
    Text,
    /// A text that starts like this, or a blank one: `https://`, `/`.
    Starting(&'static str),
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

const fn key(name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { name, kind, about }
}

/// Keys that `channels.zalo` and each of its accounts may have.
pub(crate) const ACCOUNT: &[Key] = &[
    key("enabled", Flag, "Whether the bot runs; an account needs it here and at the top"),
    key("name", Text, "What people call the bot; shown in lists"),
    key("botToken", Secret, "The token that Zalo's Bot Creator shows, <digits>:<secret>"),
    key("tokenFile", Text, "A file that holds the token and nothing else, instead of botToken"),
    key("apiUrl", Text, "Where the Bot API is; https, unless it is on this machine"),
    key("proxy", Secret, "The way out for API calls: an http, https or socks5 URL"),
    key(
        "dmPolicy",
        Choice(&["pairing", "allowlist", "open", "disabled"]),
        "Who may write to the bot in private; `open` needs \"*\" in allowFrom",
    ),
    key("allowFrom", Ids, "Ids of people who may write without pairing; \"*\" is everybody"),
    key(
        "groupPolicy",
        Choice(&["allowlist", "open", "disabled"]),
        "Who may write to the bot in groups",
    ),
    key("groupAllowFrom", Ids, "Ids of people and groups let in; without it, the ids of allowFrom"),
    key(
        "mediaMaxMb",
        Count(1..=100),
        "The largest medium that is taken or sent, in MB of 1,048,576 bytes",
    ),
    key("textChunkLimit", Count(1..=2_000), "Where a long text is cut, in UTF-16 units"),
    key(
        "chunkMode",
        Choice(&["length", "newline"]),
        "Cut a text only when it is too long, or at every blank line too",
    ),
    key("format", Choice(&["text", "markdown", "html"]), "How Zalo reads a text"),
    key("streaming", Kind::Streaming, "Off: a reply is sent when it is complete"),
    key("typing", Flag, "Show that the bot is typing while the agent works"),
    key(
        "delivery",
        Choice(&["at-least-once", "at-most-once"]),
        "When nobody knows whether a message arrived: send it again, or not",
    ),
    key(
        "unsupportedReply",
        Text,
        "Said, at most once an hour, to who sends what bots can't see; empty: nothing",
    ),
    key("inbound", Section(INBOUND), "What becomes of stickers and recordings"),
    key("pairing", Section(PAIRING), "How strangers ask to be let in"),
    key("session", Section(SESSION), "Which conversation a message belongs to"),
    key("polling", Section(POLLING), "How messages are asked for"),
    key("rate", Section(RATE), "The pace of sending"),
    key("retry", Section(RETRY), "How long a reply is tried"),
    key("turn", Section(TURN), "How long and how often the agent is asked"),
    key("quota", Section(QUOTA), "The plan's monthly quota"),
    key(
        "webhookUrl",
        Starting("https://"),
        "Zalo pushes messages to this public URL; without it, they are polled",
    ),
    key(
        "webhookSecret",
        Secret,
        "What Zalo shows with each push: 8 to 256 printable ASCII characters, no space",
    ),
    key(
        "webhookPath",
        Starting("/"),
        "The path at which pushes arrive here, if it is not the path of webhookUrl",
    ),
    key("mediaProxy", Secret, "The way out for downloads: an http, https or socks5 URL"),
    key("media", Section(MEDIA), "What may be sent from this machine, and how it is hosted"),
    key("configWrites", OpenClaw("chats never change this file"), "OpenClaw's; does nothing here"),
    key("markdown", OpenClaw("`format` says how a text is sent"), "OpenClaw's; does nothing here"),
    key(
        "historyLimit",
        OpenClaw("the agent keeps the conversation"),
        "OpenClaw's; does nothing here",
    ),
    key(
        "responsePrefix",
        OpenClaw("the agent writes the whole reply"),
        "OpenClaw's; does nothing here",
    ),
];

/// Keys of `channels.zalo` alone: they are about the whole process.
pub(crate) const PROCESS: &[Key] = &[
    key("accounts", Kind::Accounts, "Several bots: a name for each, and the keys that differ"),
    key("defaultAccount", Text, "The account that commands mean when they name none"),
    key("calls", Section(CALLS), "Calls to Zalo, all accounts together"),
    key("webhook", Section(WEBHOOK), "Where pushes arrive"),
    key("ops", Section(OPS), "Health and metrics, for the operator"),
];

const CALLS: &[Key] =
    &[key("parallel", Count(1..=1_024), "Calls that may be under way at one time")];

const WEBHOOK: &[Key] = &[
    key("listen", Text, "The address and port that are listened on"),
    key("tls", Section(TLS), "To speak HTTPS without a proxy in front"),
    key("deleteOnStop", Flag, "Have Zalo forget the webhook when the gateway ends"),
    key("trustedProxies", Texts, "Addresses and networks whose X-Forwarded-For is believed"),
];

const TLS: &[Key] = &[
    key("cert", Text, "The file with the certificates, PEM"),
    key("key", Text, "The file with the private key, PEM"),
];

const OPS: &[Key] =
    &[key("listen", Text, "The address and port of /healthz and /metrics; without it, off")];

const INBOUND: &[Key] = &[
    key("sticker", Choice(&["deliver", "log"]), "Hand stickers to the agent, or only log them"),
    key("voice", Choice(&["deliver", "log"]), "Hand recordings to the agent, or only log them"),
];

const PAIRING: &[Key] = &[
    key("maxPending", Count(1..=1_000), "Strangers with a code at one time"),
    key("language", Choice(&["both", "vi", "en"]), "The language of the message with the code"),
    key("notify", Ids, "Ids of chats that are told when a stranger asks"),
];

const SESSION: &[Key] = &[key(
    "dmScope",
    Choice(&["main", "per-chat"]),
    "Private chats: one conversation for all, or one each",
)];

const MEDIA: &[Key] = &[
    key("roots", Texts, "Folders from which the agent may send pictures"),
    key(
        "hostedTtlSec",
        Count(60..=31_536_000),
        "How long a hosted picture can be fetched, in seconds",
    ),
    key(
        "hostedMaxMb",
        Count(1..=1_000_000),
        "How much is hosted at one time, in MB of 1,048,576 bytes",
    ),
];

const POLLING: &[Key] = &[
    key("timeoutSec", Count(1..=300), "How long Zalo holds a poll open, in seconds"),
    key("takeOver", Flag, "Remove a webhook that somebody else has set, and poll"),
];

const RATE: &[Key] = &[
    key("chatPerSec", Count(0..=10_000), "Messages a second to one chat; 0: no limit"),
    key("accountPerSec", Count(0..=10_000), "Messages a second in all; 0: no limit"),
    key("burst", Count(1..=10_000), "Messages that may go out at once after a rest"),
];

const RETRY: &[Key] =
    &[key("maxAgeSec", Count(1..=2_592_000), "A reply older than this, in seconds, is given up")];

const TURN: &[Key] = &[
    key("timeoutSec", Count(1..=86_400), "How long the agent has for one attempt, in seconds"),
    key("tries", Count(1..=100), "Attempts that may fail before a message is given up"),
    key(
        "maxAgeSec",
        Count(1..=2_592_000),
        "A message that has waited longer, in seconds, is given up",
    ),
    key("parallel", Count(1..=100), "Chats that the agent works on at one time"),
    key(
        "debounceMs",
        Count(0..=60_000),
        "Lines that follow within this many ms go to the agent as one message; 0: each alone",
    ),
];

const QUOTA: &[Key] = &[key(
    "monthly",
    Count(0..=1_000_000_000),
    "Messages a month; at 80 % of them comes a warning",
)];

/// Keys of `zaloxide`; `agent` and `log` may also stand at the top.
pub(crate) const ZALOXIDE: &[Key] =
    &[key("agent", Section(AGENT), "Who answers"), key("log", Section(LOG), "The log")];

/// Keys of an agent.
pub(crate) const AGENT: &[Key] = &[
    key("type", Choice(&["echo", "exec", "stdio", "http", "openai"]), "What kind of agent it is"),
    key("command", Texts, "exec, stdio: the program and its arguments; never given to a shell"),
    key("cwd", Text, "exec, stdio: the directory the program runs in"),
    key("env", Kind::Secrets, "exec, stdio: all variables the program gets"),
    // Many a service's whole key is its URL.
    key("url", Secret, "http: where envelopes are posted; openai: as the provider names it"),
    key("headers", Kind::Secrets, "http: what goes with each request"),
    key("model", Text, "openai: the model's name"),
    key("apiKey", Secret, "openai: the key, if the endpoint wants one"),
    key("system", Text, "openai: what the model is told before each message"),
];

/// Keys of the log.
pub(crate) const LOG: &[Key] = &[
    key("file", Text, "The file the log goes to"),
    key("level", Choice(&["error", "warn", "info", "debug", "trace"]), "How much is logged"),
    key("maxMb", Count(1..=10_000), "At this size, in MB of 1,048,576 bytes, a new file is begun"),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_says_in_one_line_what_it_is_for() {
        fn look(keys: &[Key], path: &str) {
            for key in keys {
                let name = format!("{path}.{}", key.name);
                let length = key.about.chars().count();
                assert!((3..=90).contains(&length), "{name}: {length} characters");
                assert!(!key.about.ends_with('.') && !key.about.contains('\n'), "{name}");
                if let Section(keys) = &key.kind {
                    look(keys, &name);
                }
            }
        }
        for keys in [ACCOUNT, PROCESS, ZALOXIDE] {
            look(keys, "");
        }
    }
}
