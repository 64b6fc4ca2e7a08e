//! `Settled`: the one answer to a ticket.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;

use crate::id::{MessageId, SendId, SenderId, TurnId};
use crate::import::Imported;

/// The answer to whoever waits: `{"status": 200}` for a webhook, `{"ok": ..}` or
/// `{"error": {kind, message}}` for a person.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Settled {
    /// The HTTP status of a webhook: 200, 400 or 503.
    Status(u16),
    /// It was done.
    Ok(Answer),
    /// It was not.
    Error(Fault),
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Answer {
    /// The sender may talk to the bot.
    Approved {
        /// Who.
        sender: SenderId,
        /// Their name; escape it before showing.
        name: Option<String>,
    },
    /// The sender is turned away.
    Rejected {
        /// Who.
        sender: SenderId,
        /// For good.
        blocked: bool,
    },
    /// The sender is no longer let in.
    Revoked {
        /// Who.
        sender: SenderId,
    },
    /// A send has ended.
    Sent {
        /// Its id.
        id: SendId,
        /// Chunks in all.
        of: u32,
        /// The message ids of those that Zalo acknowledged.
        sent: Vec<MessageId>,
        /// Why the rest was not sent.
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<SendError>,
    },
    /// The turn, or what is left of its reply, is tried again.
    Retried {
        /// Which.
        turn: TurnId,
    },
    /// The turn is given up.
    Dropped {
        /// Which.
        turn: TurnId,
    },
    /// Sends go on.
    Resumed,
    /// What was known of the sender is erased.
    Forgotten {
        /// Who.
        sender: SenderId,
    },
    /// What another program's channel knew was taken in, or would be.
    Imported(Imported),
    /// A person has the chat.
    ChatPaused,
    /// The agent has the chat.
    ChatResumed,
    /// What Zalo said.
    Asked {
        /// The `result` of the answer as JSON text; `null` when it had none.
        result: String,
    },
}

/// Why the rest of a send was not sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct SendError {
    /// The chunk at which it ended, from 0.
    pub index: u32,
    /// Zalo's error code or the HTTP status, 0 when there was no answer.
    pub code: u32,
    /// What was said, for people.
    pub message: String,
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// For programs.
    pub kind: FaultKind,
    /// For people.
    pub message: String,
}

/// Kinds of [`Fault`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaultKind {
    /// No such code is pending: never issued, expired, or used.
    UnknownCode,
    /// No such sender is known.
    UnknownSender,
    /// No such turn or send is known.
    UnknownTurn,
    /// The store can't be written; nothing was done.
    NotDurableYet,
    /// There is nothing to send.
    EmptyContent,
    /// Zalo can't send that there.
    Unsendable,
    /// Zalo said no.
    Refused,
    /// No answer came.
    NoAnswer,
    /// The account is stopping; a durable send stays and goes on at the next start.
    Stopping,
    /// The state does not allow it, such as resuming what is not paused.
    NotPossible,
}
