//! Logs are a function of actions: [`line()`] says what an action is worth to the reader of a log,
//! [`Log`] writes those lines with `tracing`.
//!
//! What people wrote is never in a log line, only how long it was; names and what servers said are
//! escaped; no secret is in an action at all.

use std::fmt::{self, Write};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use zaloxide_core::{
    Action, Cause, ChatId, Level as NoteLevel, MessageId, Method, SenderId, Settled, Time,
    UpdateRef,
};

use crate::escape::shown;
use crate::observer::Observer;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Something stays wrong until someone acts.
    Error,
    /// Something went wrong and mends itself.
    Warn,
    /// Part of the day's work.
    Info,
    /// For who looks for a fault.
    Debug,
    /// Every step.
    Trace,
}

impl Level {
    /// All there are, from what matters most.
    pub const ALL: [Self; 5] = [Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace];
}

/// In lower case, as a configuration has it.
impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        })
    }
}

impl FromStr for Level {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|level| level.to_string() == text);
        known.ok_or_else(|| "expected error, warn, info, debug or trace".into())
    }
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Line {
    /// How much it matters.
    pub level: Level,
    /// The chat it is about, where it is about one.
    pub chat: Option<ChatId>,
    /// What happened, on one line, fit to be shown.
    pub text: String,
}

/// Writes a line for each action, under the target `zaloxide`: its text, and the fields `account`
/// and `chat`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Log;

impl Observer for Log {
    fn action(&self, account: &str, _: Time, action: &Action) {
        let Line { level, chat, text } = line(action);
        let chat = chat.as_ref().map(ChatId::as_str);
        match level {
            Level::Error => tracing::error!(target: "zaloxide", account, chat, "{text}"),
            Level::Warn => tracing::warn!(target: "zaloxide", account, chat, "{text}"),
            Level::Info => tracing::info!(target: "zaloxide", account, chat, "{text}"),
            Level::Debug => tracing::debug!(target: "zaloxide", account, chat, "{text}"),
            Level::Trace => tracing::trace!(target: "zaloxide", account, chat, "{text}"),
        }
    }
}

/// What an action is worth to the reader of a log.
pub fn line(action: &Action) -> Line {
    let (level, text) = match action {
        Action::Commit { upto, records } => {
            (Level::Trace, format!("commit {} records up to {upto}", records.len()))
        }
        Action::Settle { ticket, result } => (Level::Debug, settled(ticket.0, result)),
        Action::StartCall { call, method, .. } => {
            (call_level(*method), format!("call {call}: {}", method.name()))
        }
        Action::SendChunk { call, chat, cause, index, of, method, body, .. } => {
            let chat = shown(chat.as_str());
            let (cause, length) = (of_cause(cause), body.len());
            let part = format!("{} of {of}", u64::from(*index) + 1);
            let name = method.name();
            (
                Level::Info,
                format!("send {part} of {cause} to {chat}: {name}, {length} bytes, call {call}"),
            )
        }
        Action::CancelCall { call } => (Level::Debug, format!("cancel call {call}")),
        Action::FetchMedia { turn, index, url, .. } => {
            (Level::Debug, format!("fetch medium {index} of turn {turn}: {}", address(url)))
        }
        Action::PrepareMedia { cause, index, source, .. } => {
            let cause = of_cause(cause);
            (Level::Debug, format!("prepare medium {index} of {cause}: {}", address(source)))
        }
        Action::Deliver { turn, attempt, envelope, .. } => {
            let chat = shown(envelope.chat.id.as_str());
            let (count, length) = (envelope.media.len(), envelope.text.len());
            (
                Level::Info,
                format!(
                    "turn {turn}, attempt {attempt}: {length} bytes of text and {count} media \
                     from chat {chat} to the agent"
                ),
            )
        }
        Action::Abandon { turn, attempt } => {
            (Level::Warn, format!("turn {turn}: attempt {attempt} is abandoned"))
        }
        Action::IssueCode { sender, name, code, .. } => {
            let name = name.as_deref().map(|name| format!(" ({})", shown(name)));
            let sender = shown(sender.as_str());
            (
                Level::Info,
                format!("{sender}{} asks to be let in: code {code}", name.unwrap_or_default()),
            )
        }
        Action::Drop { reason, update } => (Level::Info, dropped(&word(reason), update)),
        Action::Note(note) => {
            let level = match note.level {
                NoteLevel::Error => Level::Error,
                NoteLevel::Warn => Level::Warn,
                _ => Level::Info,
            };
            (level, shown(&note.text))
        }
        Action::Stopped => (Level::Info, "stopped".into()),
        // Not shown: nobody knows what is in it.
        _ => (Level::Debug, "an action of an unknown kind".into()),
    };
    Line { level, chat: chat_of(action), text }
}

/// The chat that an action is about. What strangers write comes from a chat that has their id.
fn chat_of(action: &Action) -> Option<ChatId> {
    match action {
        Action::SendChunk { chat, .. } => Some(chat.clone()),
        Action::Deliver { envelope, .. } => Some(envelope.chat.id.clone()),
        Action::IssueCode { sender, .. } => Some(ChatId::from(sender.as_str())),
        Action::Drop { update, .. } => update.chat.clone(),
        Action::Note(note) => note.chat.clone(),
        _ => None,
    }
}

/// Polls and "is typing" come all the time.
fn call_level(method: Method) -> Level {
    match method {
        Method::GetUpdates | Method::SendChatAction => Level::Trace,
        _ => Level::Debug,
    }
}

/// A URL or path without its query, which can hold a key to it.
pub(crate) fn address(text: &str) -> String {
    match text.split_once('?') {
        Some((front, _)) => format!("{}?•", shown(front)),
        None => shown(text),
    }
}

fn of_cause(cause: &Cause) -> String {
    match cause {
        Cause::Turn { id } => format!("turn {id}"),
        Cause::Send { id } => format!("message {id}"),
        Cause::Code { sender } => format!("the code for {}", shown(sender.as_str())),
        Cause::Notice { id } => format!("notice {id}"),
        other => word(other),
    }
}

fn settled(ticket: u64, result: &Settled) -> String {
    match result {
        Settled::Status(status) => format!("ticket {ticket}: status {status}"),
        Settled::Ok(_) => format!("ticket {ticket}: done"),
        Settled::Error(fault) => format!("ticket {ticket}: {}", shown(&fault.message)),
        _ => format!("ticket {ticket}: settled"),
    }
}

fn dropped(reason: &str, update: &UpdateRef) -> String {
    let mut text = format!("drop {reason}");
    let parts = [
        ("chat", update.chat.as_ref().map(ChatId::as_str)),
        ("sender", update.sender.as_ref().map(SenderId::as_str)),
        ("message", update.message_id.as_ref().map(MessageId::as_str)),
        ("event", update.event.as_deref()),
    ];
    for (name, value) in parts {
        if let Some(value) = value {
            // Writing to a String does not fail.
            let _ = write!(text, ", {name} {}", shown(value));
        }
    }
    text
}

/// The JSON form, without the quotes of a plain word.
fn word(value: &impl Serialize) -> String {
    let json = serde_json::to_string(value).unwrap_or_default();
    json.trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use zaloxide_core::{DropReason, TurnId};

    use super::*;

    #[test]
    fn text_from_outside_is_escaped() {
        let drop = Action::Drop {
            reason: DropReason::NotAllowed,
            update: UpdateRef {
                chat: Some(ChatId::from("c\x1b[2J")),
                sender: Some(SenderId::from("s\u{202e}")),
                ..UpdateRef::default()
            },
        };
        let text = "drop not_allowed, chat c\\u{1b}[2J, sender s\\u{202e}".to_owned();
        let chat = Some(ChatId::from("c\x1b[2J"));
        assert_eq!(line(&drop), Line { level: Level::Info, chat, text });
        let code = Action::IssueCode {
            sender: SenderId::from("s"),
            name: Some("An\nh".into()),
            code: "AB23CD45".into(),
            expires_at: Time::from_ms(0),
        };
        let fetch = Action::FetchMedia {
            turn: TurnId(1),
            index: 0,
            url: "https://a/b.jpg?key=CANARY".into(),
            bytes_max: 1,
        };
        assert!(line(&fetch).text.ends_with(": https://a/b.jpg?•"), "{fetch:?}");
        assert_eq!(line(&code).text, "s (An\\nh) asks to be let in: code AB23CD45");
    }
}
