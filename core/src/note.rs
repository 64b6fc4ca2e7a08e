//! `Note`: what an operator may want to know. Logs are a function of actions; this is their text.

use alloc::string::String;

use serde::Serialize;

use crate::id::{ChatId, SenderId, TurnId};

/// A remark. No secret is ever in it; text from outside in it is not yet escaped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Note {
    /// How much it matters.
    pub level: Level,
    /// For programs.
    pub code: NoteCode,
    /// The chat it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chat: Option<ChatId>,
    /// The sender it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender: Option<SenderId>,
    /// The turn it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turn: Option<TurnId>,
    /// For people: what happened and what to do.
    pub text: String,
}

/// How much a note matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Level {
    /// Something went wrong and stays so until someone acts.
    Error,
    /// Something went wrong and mends itself, or is about to go wrong.
    Warn,
    /// Part of the day's work.
    Info,
}

/// What a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NoteCode {
    /// `getMe` answered: the bot's id and name.
    Connected,
    /// The token is refused.
    AuthFailed,
    /// The token works again.
    AuthRestored,
    /// The token is another bot's than `bot_id` says.
    WrongBot,
    /// A webhook that was not set from here takes the updates.
    ForeignWebhook,
    /// A webhook was removed so that polling works.
    WebhookRemoved,
    /// The webhook is set; says what Zalo found when it tried it.
    WebhookSet,
    /// The webhook is set and Zalo could not reach it.
    WebhookUnreachable,
    /// A poll failed; it is tried again.
    PollFailed,
    /// A poll works again.
    PollRestored,
    /// A chunk failed; it is tried again.
    SendRetry,
    /// A chunk may or may not have arrived.
    SendUnknown,
    /// What can't be done was put aside as a dead letter.
    DeadLetter,
    /// The monthly quota is used up: sends pause.
    QuotaExhausted,
    /// 80 % of the monthly quota is used.
    QuotaWarning,
    /// Sends go on.
    SendsResumed,
    /// An attempt of the agent failed or took too long; it is tried again.
    TurnRetry,
    /// A medium could not be had or sent.
    Media,
    /// A message was longer than its bound.
    TextCut,
    /// A code, approval, rejection or revocation.
    Pairing,
    /// Too many strangers: no code was issued.
    PairingLimited,
    /// Records could not be made durable: intake is closed.
    NotDurable,
    /// Records are durable again: intake is open.
    DurableAgain,
    /// An answer for a call, turn or attempt that is not open.
    Stray,
    /// A duplicate key was forgotten early because the bound was reached.
    KeysEvicted,
    /// The new configuration is in force.
    Reconfigured,
}
