//! Events: all that can happen to a `Channel`.

use alloc::boxed::Box;
use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::body::Body;
use crate::config::AccountConfig;
use crate::id::{CallId, Cause, ChatId, SenderId, Ticket, TurnId};
use crate::import::Import;
use crate::reply::Reply;

/// Something that happened. Handed to [`Channel::handle`](crate::Channel::handle) with its time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event<'a> {
    /// A webhook delivered a body. Polled updates come inside [`Event::CallFinished`].
    UpdateReceived {
        /// Settled with the status the webhook is to answer.
        ticket: Ticket,
        /// The HTTP body, at most 1 MiB.
        body: Body<'a>,
    },
    /// The time that `poll_timeout` named has come. Harmless at any other time.
    TimerFired,
    /// A person decided about a stranger. The only door, whatever the adapter.
    Approval {
        /// The code or the sender it is about.
        #[serde(flatten)]
        subject: Subject,
        /// What was decided.
        verdict: Verdict,
        /// Who decided, for the history: `cli`, `api`, `dev`, ... at most 64 characters are kept.
        source: String,
        /// Settled with the answer.
        ticket: Ticket,
    },
    /// An operator asks for something.
    Operate {
        /// What.
        op: Op,
        /// Settled with the answer.
        ticket: Ticket,
    },
    /// A call ended. Exactly one for each `StartCall` and `SendChunk`, also a cancelled one.
    CallFinished {
        /// The call.
        call: CallId,
        /// How it ended.
        outcome: Outcome<'a>,
    },
    /// All records up to this number are durable.
    Committed {
        /// The `upto` of the `Commit`.
        upto: u64,
    },
    /// A `Commit` could not be made durable.
    CommitFailed {
        /// The `upto` of the `Commit`.
        upto: u64,
        /// Why, for people.
        reason: String,
    },
    /// The agent answered a turn.
    Replied {
        /// The turn.
        turn: TurnId,
        /// The attempt that answered; an answer of an abandoned attempt is dropped.
        attempt: u32,
        /// The answer; empty sends nothing.
        reply: Reply,
    },
    /// The agent failed at a turn.
    TurnFailed {
        /// The turn.
        turn: TurnId,
        /// The attempt that failed.
        attempt: u32,
        /// Why, for people.
        reason: String,
    },
    /// The agent wants to be seen at work on a turn, now; the account's `typing` goes on from here.
    Typing {
        /// The turn.
        turn: TurnId,
        /// The attempt; nothing is shown for one that nobody waits for.
        attempt: u32,
    },
    /// A `FetchMedia` ended.
    MediaFetched {
        /// The turn.
        turn: TurnId,
        /// Which of its media, from 0.
        index: u32,
        /// What came of it.
        result: Fetched,
    },
    /// A `PrepareMedia` ended.
    MediaPrepared {
        /// The turn or send.
        cause: Cause,
        /// Which of its media, from 0.
        index: u32,
        /// What came of it.
        result: Prepared,
    },
    /// Somebody wants a message sent.
    Send {
        /// To whom.
        chat: ChatId,
        /// What.
        content: Reply,
        /// Settled when the send has ended.
        ticket: Ticket,
    },
    /// The account's configuration changed.
    Reconfigured {
        /// The whole new configuration, same `account` and `bot_id`.
        config: Box<AccountConfig>,
    },
    /// Come to an end: no new work, what is under way is finished or abandoned, then `Stopped`.
    Stop,
}

/// Whom an approval is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Subject {
    /// A pending pairing code: trimmed, any case.
    Code(String),
    /// A sender's id.
    Sender(SenderId),
}

/// What was decided about a stranger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// May talk to the bot from the next message on.
    Approve {
        /// Tell the person so.
        notify: bool,
    },
    /// Is not let in, and gets no code for 24 hours.
    Reject {
        /// Not for 24 hours but for good.
        block: bool,
    },
    /// Was let in, and is no more.
    Revoke,
}

/// What an operator can ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Op {
    /// Try a waiting or dead turn again: what is left of its reply, else the agent.
    Retry {
        /// The turn, or a dead send's id.
        turn: TurnId,
    },
    /// Give a turn up; a dead letter is removed.
    Drop {
        /// The turn, or a dead send's id.
        turn: TurnId,
    },
    /// End a quota pause before the month does.
    ResumeSends,
    /// Erase what is known of a sender.
    Forget {
        /// The sender.
        sender: SenderId,
    },
    /// A person takes over: messages of the chat are listed and become no turns.
    Pause {
        /// The chat.
        chat: ChatId,
    },
    /// The agent answers this chat again.
    Resume {
        /// The chat.
        chat: ChatId,
    },
    /// Take in what another program's channel knew of people.
    Import(Import),
    /// Make one call and answer with its result.
    Ask {
        /// Which.
        #[serde(flatten)]
        question: Question,
    },
}

/// The calls an operator can have made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "method")]
#[non_exhaustive]
pub enum Question {
    /// Who the bot is.
    #[serde(rename = "getMe")]
    GetMe,
    /// Which webhook is set.
    #[serde(rename = "getWebhookInfo")]
    GetWebhookInfo,
    /// Set a webhook; the adapter adds the secret.
    #[serde(rename = "setWebhook")]
    SetWebhook {
        /// The public https URL.
        url: String,
    },
    /// Remove the webhook.
    #[serde(rename = "deleteWebhook")]
    DeleteWebhook,
    /// Have Zalo call the webhook once.
    #[serde(rename = "testWebhook")]
    TestWebhook,
}

/// How a call ended, told truthfully.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome<'a> {
    /// A whole HTTP answer came.
    Answered {
        /// HTTP status.
        status: u16,
        /// From a `Retry-After` header.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_ms: Option<u64>,
        /// The body.
        body: Body<'a>,
    },
    /// Surely nothing was sent.
    NotSent {
        /// Why, for people, without secrets.
        reason: String,
    },
    /// It may have been sent; no whole answer came.
    Unknown {
        /// Why, for people, without secrets.
        reason: String,
    },
}

/// What became of a download.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fetched {
    /// It lies on disk until the turn settles.
    Kept {
        /// Absolute path.
        path: String,
        /// Type by content, such as `image/jpeg`.
        content_type: String,
        /// Size in bytes.
        bytes: u64,
    },
    /// It could not be had; the turn runs all the same.
    Failed {
        /// Why, for people.
        reason: String,
    },
}

/// What became of a medium to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Prepared {
    /// Zalo can fetch it here.
    Url {
        /// A public URL.
        url: String,
    },
    /// It is not sent; the text is.
    Refused {
        /// Why, for people.
        reason: String,
    },
}
