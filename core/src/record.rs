//! Records: the durable facts of which a journal is made. All that survives a restart is a
//! function of them.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::config::Format;
use crate::envelope::{Chat, Medium, Raw, Sender};
use crate::event::Fetched;
use crate::id::{Cause, ChatId, MessageId, SendId, SenderId, TurnId, UpdateKey};
use crate::ledger::Ledger;
use crate::time::Time;

/// One durable fact. It carries whatever was drawn or read from a clock, so that replaying it
/// needs neither.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Record {
    /// All earlier records in one. Only ever the first of a journal.
    Snapshot {
        /// What they came to.
        ledger: Box<Ledger>,
    },
    /// A `Channel` began. The first names the bot; later ones raise the attempt of every turn that
    /// may have been with the agent.
    Started {
        /// The bot.
        bot_id: String,
        /// When.
        at: Time,
    },
    /// A message was taken in.
    TurnTaken {
        /// Its turn.
        turn: TurnId,
        /// The message.
        incoming: Arc<Incoming>,
        /// Until when it waits for more messages; absent: it does not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Time>,
        /// When.
        at: Time,
    },
    /// A message joined a turn that waits for more.
    TurnJoined {
        /// That turn.
        turn: TurnId,
        /// The message.
        incoming: Arc<Incoming>,
        /// Until when the turn waits for more.
        until: Time,
        /// When.
        at: Time,
    },
    /// A download ended.
    MediaFetched {
        /// The turn.
        turn: TurnId,
        /// Which of its media.
        index: u32,
        /// What came of it.
        result: Fetched,
    },
    /// An attempt failed; there will be another.
    TurnRetried {
        /// The turn.
        turn: TurnId,
        /// Not before.
        until: Time,
        /// When.
        at: Time,
    },
    /// A turn was closed without an answer: access was withdrawn, or an operator dropped it.
    TurnDropped {
        /// The turn.
        turn: TurnId,
        /// When.
        at: Time,
    },
    /// A turn was given up.
    TurnDead {
        /// The turn.
        turn: TurnId,
        /// Why.
        why: DeadWhy,
        /// For people.
        message: String,
        /// When.
        at: Time,
    },
    /// The agent's answer was taken; it is never asked again. No parts: the turn is done.
    ReplyTaken {
        /// The turn.
        turn: TurnId,
        /// What is to be sent, cut and in order.
        parts: Arc<[Part]>,
        /// When.
        at: Time,
    },
    /// A message to be sent was taken.
    SendTaken {
        /// Its id.
        send: SendId,
        /// To whom.
        chat: ChatId,
        /// What is to be sent, cut and in order.
        parts: Arc<[Part]>,
        /// When.
        at: Time,
    },
    /// A chunk is about to be sent. Only under `at-most-once`.
    ChunkIntended {
        /// The turn or send.
        cause: Cause,
        /// Which chunk.
        index: u32,
    },
    /// Zalo acknowledged a chunk; after the last one all is done.
    ChunkAcked {
        /// The turn or send.
        cause: Cause,
        /// Which chunk.
        index: u32,
        /// Zalo's id for it.
        message_id: Option<MessageId>,
        /// When.
        at: Time,
    },
    /// A chunk failed and is tried again.
    ChunkPostponed {
        /// The turn or send.
        cause: Cause,
        /// Which chunk.
        index: u32,
        /// Not before.
        until: Time,
        /// When.
        at: Time,
        /// It may have arrived all the same.
        doubtful: bool,
        /// From now on as plain text.
        plain: bool,
    },
    /// What is left of a reply or send was given up.
    PostDead {
        /// The turn or send.
        cause: Cause,
        /// The chunk at which it ended.
        index: u32,
        /// Why.
        why: DeadWhy,
        /// Zalo's error code or the HTTP status, 0 without an answer.
        code: u32,
        /// For people.
        message: String,
        /// When.
        at: Time,
    },
    /// What is left of a reply or send was dropped.
    PostDropped {
        /// The turn or send.
        cause: Cause,
        /// When.
        at: Time,
    },
    /// A dead letter is tried again.
    Revived {
        /// The turn or send.
        cause: Cause,
        /// When.
        at: Time,
    },
    /// What waits is tried again at once.
    Hurried {
        /// The turn or send.
        cause: Cause,
        /// When.
        at: Time,
    },
    /// A dead letter was removed.
    DeadDropped {
        /// The turn or send.
        cause: Cause,
    },
    /// A stranger got a code.
    CodeIssued {
        /// The stranger.
        sender: SenderId,
        /// Their name.
        name: Option<String>,
        /// Where they are told.
        chat: ChatId,
        /// The code.
        code: String,
        /// When; it dies an hour later.
        at: Time,
    },
    /// Zalo acknowledged the message with the code.
    CodeTold {
        /// The stranger.
        sender: SenderId,
        /// When.
        at: Time,
    },
    /// Zalo acknowledged another line of the bot's own.
    NoticeSent {
        /// When.
        at: Time,
    },
    /// Somebody was let in.
    Approved {
        /// Who.
        sender: SenderId,
        /// By whom.
        source: String,
        /// When.
        at: Time,
    },
    /// Somebody was turned away.
    Rejected {
        /// Who.
        sender: SenderId,
        /// For good.
        block: bool,
        /// By whom.
        source: String,
        /// When.
        at: Time,
    },
    /// Somebody is no longer let in.
    Revoked {
        /// Who.
        sender: SenderId,
        /// By whom.
        source: String,
        /// When.
        at: Time,
    },
    /// All that was known of somebody is erased.
    Forgotten {
        /// Who.
        sender: SenderId,
    },
    /// The monthly quota is used up.
    QuotaPaused {
        /// The end of the month.
        until: Time,
        /// When.
        at: Time,
    },
    /// Sends go on.
    QuotaResumed {
        /// When.
        at: Time,
    },
    /// A webhook is about to be set from here.
    WebhookSet {
        /// Its URL.
        url: String,
    },
    /// The webhook that was set from here is gone.
    WebhookCleared,
    /// A person has taken over a chat.
    ChatPaused {
        /// The chat.
        chat: ChatId,
        /// When.
        at: Time,
    },
    /// The agent has the chat again.
    ChatResumed {
        /// The chat.
        chat: ChatId,
    },
    /// A message came while a person has the chat.
    Listed {
        /// The message.
        incoming: Arc<Incoming>,
        /// When.
        at: Time,
    },
}

/// Everything durable, at one record number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// It covers exactly the records up to this number, and takes the place of all of them.
    pub upto: u64,
    /// A [`Record::Snapshot`].
    pub record: Record,
}

impl Snapshot {
    pub(crate) fn new(upto: u64, ledger: Ledger) -> Self {
        Self { upto, record: Record::Snapshot { ledger: Box::new(ledger) } }
    }
}

/// A message as it was taken in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Incoming {
    /// By which its duplicates are known.
    pub key: UpdateKey,
    /// Where.
    pub chat: Chat,
    /// Who.
    pub sender: Sender,
    /// Zalo's id.
    pub message_id: Option<MessageId>,
    /// Zalo's date in Unix ms, else when it was received.
    pub timestamp_ms: u64,
    /// What was written, without the leading mention.
    pub text: String,
    /// What was attached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Medium>,
    /// The message object as it came.
    #[serde(serialize_with = "Raw::serialize_text", deserialize_with = "Raw::deserialize_text")]
    pub raw: Raw,
}

/// One message to be sent: a chunk of text, or a medium.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Part {
    /// `sendMessage`.
    Text {
        /// At most 2,000 UTF-16 units.
        text: String,
        /// How Zalo is to read it.
        format: Format,
    },
    /// `sendPhoto`.
    Photo {
        /// Where Zalo fetches it.
        url: String,
        /// At most 2,000 UTF-16 units.
        caption: Option<String>,
    },
    /// `sendSticker`.
    Sticker {
        /// Its id.
        sticker: String,
    },
    /// `sendVoice`.
    Voice {
        /// Where Zalo fetches it.
        url: String,
    },
}

/// Why something became a dead letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DeadWhy {
    /// The agent failed at it too often.
    AgentFailed,
    /// It waited longer than `turn.maxAgeSec`.
    Stale,
    /// It could not be sent before `retry.maxAgeSec` was over.
    Expired,
    /// Zalo refuses it.
    Refused,
    /// Nobody knows whether the chunk arrived, and it is not tried again.
    Doubtful,
}
