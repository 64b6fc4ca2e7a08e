//! Actions: all that a `Channel` asks its driver to do.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;

use crate::envelope::Envelope;
use crate::id::{CallId, Cause, ChatId, MessageId, SenderId, Ticket, TurnId};
use crate::method::Method;
use crate::note::Note;
use crate::record::Record;
use crate::settle::Settled;
use crate::time::Time;

/// Something to do, in the order in which they come. Each is complete in itself: a driver needs no
/// memory of earlier ones and takes no decision.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// Make these records durable, then report `Committed{upto}` or `CommitFailed{upto}`. They are
    /// numbered one by one up to `upto`; a number that is there already is left as it is.
    Commit {
        /// Number of the last record.
        upto: u64,
        /// The records.
        records: Vec<Record>,
    },
    /// Answer whoever waits with this ticket.
    Settle {
        /// Who waits.
        ticket: Ticket,
        /// The answer.
        result: Settled,
    },
    /// Make a call that no user sees; report `CallFinished`.
    StartCall {
        /// Its id.
        call: CallId,
        /// The method.
        method: Method,
        /// The JSON body. The adapter adds `secret_token` to `setWebhook`.
        body: String,
        /// How long to wait for the whole answer.
        timeout_ms: u64,
    },
    /// Make a call that a user sees; report `CallFinished`.
    SendChunk {
        /// Its id.
        call: CallId,
        /// To which chat.
        chat: ChatId,
        /// What it belongs to.
        cause: Cause,
        /// Which chunk of that, from 0.
        index: u32,
        /// Of how many.
        of: u32,
        /// The method.
        method: Method,
        /// The JSON body.
        body: String,
        /// How long to wait for the whole answer.
        timeout_ms: u64,
    },
    /// Give a call up if that is still possible; `CallFinished` is reported all the same.
    CancelCall {
        /// The call.
        call: CallId,
    },
    /// Download what a user sent; report `MediaFetched`.
    FetchMedia {
        /// The turn.
        turn: TurnId,
        /// Which of its media, from 0.
        index: u32,
        /// From where; a stranger's word, to be checked before connecting.
        url: String,
        /// Refuse what is larger.
        bytes_max: u64,
    },
    /// Check, copy and host what is to be sent; report `MediaPrepared`.
    PrepareMedia {
        /// The turn or send.
        cause: Cause,
        /// Which of its media, from 0.
        index: u32,
        /// A URL or a path; an agent's word.
        source: String,
        /// Refuse what is larger.
        bytes_max: u64,
    },
    /// Hand a turn to the agent; report `Replied` or `TurnFailed`.
    Deliver {
        /// The turn.
        turn: TurnId,
        /// The attempt, from 1.
        attempt: u32,
        /// What the agent is told.
        envelope: Box<Envelope>,
        /// When the core will abandon the attempt.
        deadline: Time,
    },
    /// Nobody waits for this attempt any more.
    Abandon {
        /// The turn.
        turn: TurnId,
        /// The attempt.
        attempt: u32,
    },
    /// Show the operator a pairing code. The stranger's text is a `SendChunk` of its own.
    IssueCode {
        /// The stranger.
        sender: SenderId,
        /// Their name, as they wrote it: escape it before showing.
        name: Option<String>,
        /// The code.
        code: String,
        /// One hour after it was drawn.
        expires_at: Time,
    },
    /// An update came to nothing.
    Drop {
        /// Why.
        reason: DropReason,
        /// Which.
        update: UpdateRef,
    },
    /// Something an operator may want to know.
    Note(Note),
    /// All is done and durable: the driver may end.
    Stopped,
}

/// Why an update came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DropReason {
    /// Not JSON, or not an update.
    Malformed,
    /// A poll's empty answer object.
    Empty,
    /// The test ping of `setWebhook`.
    Test,
    /// No `from`.
    NoSender,
    /// No chat.
    NoChat,
    /// An id of more than 256 bytes.
    IdTooLong,
    /// Written by this bot.
    Own,
    /// Written by a bot.
    Bot,
    /// No text and no media.
    Blank,
    /// Seen before.
    Duplicate,
    /// `dmPolicy` or `groupPolicy` is `disabled`.
    Disabled,
    /// Not on the allowlist.
    NotAllowed,
    /// A stranger under `pairing`: a code was issued, or is still on its way.
    Pairing,
    /// A stranger who has a code, and was told it.
    PairingPending,
    /// A stranger who was rejected or blocked.
    PairingSilenced,
    /// A stranger for whom no code is left: see the bounds of pairing.
    PairingLimited,
    /// A sticker, and `inbound.sticker` is `log`.
    Sticker,
    /// A voice message, and `inbound.voice` is `log`.
    Voice,
    /// Zalo does not hand this kind to bots.
    Unsupported,
    /// An event of a kind unknown here.
    UnknownKind,
    /// A person has taken over this chat.
    ChatPaused,
    /// 100 turns wait in this chat.
    LaneFull,
    /// 10,000 turns wait in this account.
    AccountFull,
    /// Access was withdrawn while it waited.
    Revoked,
}

/// What is known of an update that was dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct UpdateRef {
    /// The chat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chat: Option<ChatId>,
    /// The sender.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender: Option<SenderId>,
    /// The message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    /// The event's name, when the update is of no kind that can be delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
}
