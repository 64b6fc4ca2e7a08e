//! Logs are a function of actions: [`line()`] says what an action is worth to the reader of a log,
//! [`Log`] writes those lines with `tracing`.
//!
//! What people wrote is never in a log line, only how long it was; names and what servers said are
//! escaped; no secret is in an action at all.

use std::fmt;
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

/// A line of the log: shown, it is what happened, on one line, fit for a terminal. Nothing is
/// written before that, for most lines are never shown.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a>(&'a Action);

/// Writes a line for each action, under the target `zaloxide`: its text, and the fields `account`
/// and `chat`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Log;

impl Observer for Log {
    fn action(&self, account: &str, _: Time, action: &Action) {
        let line = line(action);
        let chat = line.chat();
        match line.level() {
            Level::Error => tracing::error!(target: "zaloxide", account, chat, "{line}"),
            Level::Warn => tracing::warn!(target: "zaloxide", account, chat, "{line}"),
            Level::Info => tracing::info!(target: "zaloxide", account, chat, "{line}"),
            Level::Debug => tracing::debug!(target: "zaloxide", account, chat, "{line}"),
            Level::Trace => tracing::trace!(target: "zaloxide", account, chat, "{line}"),
        }
    }
}

/// What an action is worth to the reader of a log.
pub fn line(action: &Action) -> Line<'_> {
    Line(action)
}

impl Line<'_> {
    /// How much it matters.
    pub fn level(&self) -> Level {
        match self.0 {
            Action::Commit { .. } => Level::Trace,
            // Polls and "is typing" come all the time.
            Action::StartCall { method: Method::GetUpdates | Method::SendChatAction, .. } => {
                Level::Trace
            }
            Action::SendChunk { .. }
            | Action::Deliver { .. }
            | Action::IssueCode { .. }
            | Action::Drop { .. }
            | Action::Stopped => Level::Info,
            Action::Abandon { .. } => Level::Warn,
            Action::Note(note) => match note.level {
                NoteLevel::Error => Level::Error,
                NoteLevel::Warn => Level::Warn,
                _ => Level::Info,
            },
            _ => Level::Debug,
        }
    }

    /// The chat it is about, where it is about one. What strangers write comes from a chat that has
    /// their id.
    pub fn chat(&self) -> Option<&str> {
        match self.0 {
            Action::SendChunk { chat, .. } => Some(chat.as_str()),
            Action::Deliver { envelope, .. } => Some(envelope.chat.id.as_str()),
            Action::IssueCode { sender, .. } => Some(sender.as_str()),
            Action::Drop { update, .. } => update.chat.as_ref().map(ChatId::as_str),
            Action::Note(note) => note.chat.as_ref().map(ChatId::as_str),
            _ => None,
        }
    }
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Action::Commit { upto, records } => {
                write!(f, "commit {} records up to {upto}", records.len())
            }
            Action::Settle { ticket, result } => settled(f, ticket.0, result),
            Action::StartCall { call, method, .. } => write!(f, "call {call}: {}", method.name()),
            Action::SendChunk { call, chat, cause, index, of, method, body, .. } => {
                let (part, cause, chat) =
                    (u64::from(*index) + 1, of_cause(cause), shown(chat.as_str()));
                let (name, length) = (method.name(), body.len());
                write!(
                    f,
                    "send {part} of {of} of {cause} to {chat}: {name}, {length} bytes, call {call}"
                )
            }
            Action::CancelCall { call } => write!(f, "cancel call {call}"),
            Action::FetchMedia { turn, index, url, .. } => {
                write!(f, "fetch medium {index} of turn {turn}: {}", address(url))
            }
            Action::PrepareMedia { cause, index, source, .. } => {
                write!(f, "prepare medium {index} of {}: {}", of_cause(cause), address(source))
            }
            Action::Deliver { turn, attempt, envelope, .. } => {
                let chat = shown(envelope.chat.id.as_str());
                let (count, length) = (envelope.media.len(), envelope.text.len());
                write!(
                    f,
                    "turn {turn}, attempt {attempt}: {length} bytes of text and {count} media \
                     from chat {chat} to the agent"
                )
            }
            Action::Abandon { turn, attempt } => {
                write!(f, "turn {turn}: attempt {attempt} is abandoned")
            }
            Action::IssueCode { sender, name, code, .. } => {
                let name = name.as_deref().map(|name| format!(" ({})", shown(name)));
                let (sender, name) = (shown(sender.as_str()), name.unwrap_or_default());
                write!(f, "{sender}{name} asks to be let in: code {code}")
            }
            Action::Drop { reason, update } => dropped(f, &word(reason), update),
            Action::Note(note) => f.write_str(&shown(&note.text)),
            Action::Stopped => f.write_str("stopped"),
            // Not shown: nobody knows what is in it.
            _ => f.write_str("an action of an unknown kind"),
        }
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

fn settled(f: &mut fmt::Formatter<'_>, ticket: u64, result: &Settled) -> fmt::Result {
    match result {
        Settled::Status(status) => write!(f, "ticket {ticket}: status {status}"),
        Settled::Ok(_) => write!(f, "ticket {ticket}: done"),
        Settled::Error(fault) => write!(f, "ticket {ticket}: {}", shown(&fault.message)),
        _ => write!(f, "ticket {ticket}: settled"),
    }
}

fn dropped(f: &mut fmt::Formatter<'_>, reason: &str, update: &UpdateRef) -> fmt::Result {
    write!(f, "drop {reason}")?;
    let parts = [
        ("chat", update.chat.as_ref().map(ChatId::as_str)),
        ("sender", update.sender.as_ref().map(SenderId::as_str)),
        ("message", update.message_id.as_ref().map(MessageId::as_str)),
        ("event", update.event.as_deref()),
    ];
    for (name, value) in parts {
        if let Some(value) = value {
            write!(f, ", {name} {}", shown(value))?;
        }
    }
    Ok(())
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
        let text = "drop not_allowed, chat c\\u{1b}[2J, sender s\\u{202e}";
        assert_eq!(line(&drop).to_string(), text);
        assert_eq!((line(&drop).level(), line(&drop).chat()), (Level::Info, Some("c\x1b[2J")));
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
        assert!(line(&fetch).to_string().ends_with(": https://a/b.jpg?•"), "{fetch:?}");
        assert_eq!(line(&code).to_string(), "s (An\\nh) asks to be let in: code AB23CD45");
    }
}
