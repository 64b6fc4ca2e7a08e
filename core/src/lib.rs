//! A Zalo bot channel as a state machine that does no I/O.
//!
//! [`Channel`] is one bot account. It decides who may talk to the bot, keeps what it has taken in
//! through any crash, cuts replies to Zalo's 2,000 characters, and always answers in the chat that
//! asked. It has no clock, no socket, no file and no randomness of its own: whoever drives it hands
//! in [`Event`]s with their [`Time`] and does what the [`Action`]s say.
//!
//! # The loop
//!
//! 1. Make a `Channel`: [`Channel::new`], or [`Channel::restore`] from its journal.
//! 2. Take actions with [`Channel::poll_action`] until there are none. Do each in order, or hand it
//!    to whoever does it; do not wait for it.
//! 3. Look at [`Channel::poll_timeout`]: when that time has come, hand in [`Event::TimerFired`].
//! 4. Wait until something happens: a call ends, the store has written, the agent answers, a
//!    webhook delivers, a person approves, the timer is due.
//! 5. Hand it in with [`Channel::handle`]. Go to 2.
//!
//! Each [`Action::StartCall`] and [`Action::SendChunk`] is answered by one
//! [`Event::CallFinished`], each [`Action::Commit`] by one [`Event::Committed`] or
//! [`Event::CommitFailed`], in order. That is all there is to driving it:
//!
//! ```
//! use zaloxide_core::{
//!     AccountConfig, Action, AllowList, Channel, Event, Method, Outcome, Reply, Time,
//! };
//!
//! // An account that lets one person in. The seed comes from the operating system in real life.
//! let mut config = AccountConfig::new("default", "1459232241454765289");
//! config.allow_from = AllowList::from_entries(["1f2e3d4c5b6a79880a1b"]);
//! let mut now = Time::from_ms(1_795_000_000_000);
//! let mut channel = Channel::new(config, [7; 32], now);
//!
//! // What Zalo would say: the bot's id, no webhook, one message, then nothing for a while.
//! let mut polls = [
//!     r#"{"ok":true,"result":{"event_name":"message.text.received","message":{
//!         "message_id":"9a8b7c6d5e4f30211203","date":1795000000000,"text":"bé ơi",
//!         "from":{"id":"1f2e3d4c5b6a79880a1b","display_name":"An","is_bot":false},
//!         "chat":{"id":"1f2e3d4c5b6a79880a1b","chat_type":"PRIVATE"}}}}"#,
//!     r#"{"ok":false,"description":"Request timeout","error_code":408}"#,
//! ]
//! .into_iter();
//! let mut sent = Vec::new();
//! loop {
//!     let Some(action) = channel.poll_action() else {
//!         // Nothing to do: sleep until the timer is due.
//!         let Some((due, _why)) = channel.poll_timeout() else { break };
//!         now = now.max(due);
//!         channel.handle(now, Event::TimerFired)?;
//!         continue;
//!     };
//!     let event = match action {
//!         // Write the records to disk; a loop without a disk says it is done.
//!         Action::Commit { upto, .. } => Event::Committed { upto },
//!         // POST the body to `https://…/bot<token>/<method>`.
//!         Action::StartCall { call, method, .. } => {
//!             let body = match method {
//!                 Method::GetMe => r#"{"ok":true,"result":{"id":"1459232241454765289"}}"#,
//!                 Method::GetUpdates => match polls.next() {
//!                     Some(body) => body,
//!                     None => continue, // it stays open: nobody writes any more
//!                 },
//!                 _ => r#"{"ok":false,"error_code":404}"#,
//!             };
//!             now = now.plus(1_000);
//!             let outcome = Outcome::Answered { status: 200, retry_after_ms: None, body: body.into() };
//!             Event::CallFinished { call, outcome }
//!         }
//!         Action::SendChunk { call, chat, body, .. } => {
//!             sent.push((chat, body));
//!             let body = r#"{"ok":true,"result":{"message_id":"82599fa32f56d00e8941"}}"#.into();
//!             let outcome = Outcome::Answered { status: 200, retry_after_ms: None, body };
//!             Event::CallFinished { call, outcome }
//!         }
//!         // The agent: here it repeats what was written.
//!         Action::Deliver { turn, attempt, envelope, .. } => {
//!             Event::Replied { turn, attempt, reply: Reply::text(envelope.body) }
//!         }
//!         _ => continue,
//!     };
//!     channel.handle(now, event)?;
//! }
//! assert_eq!(sent.len(), 1);
//! assert_eq!(sent[0].0.as_str(), "1f2e3d4c5b6a79880a1b");
//! assert_eq!(sent[0].1, r#"{"chat_id":"1f2e3d4c5b6a79880a1b","text":"bé ơi"}"#);
//! # Ok::<(), zaloxide_core::Refused>(())
//! ```
//!
//! Every field of the boundary stands in `docs/boundary.md`, the reasons in `docs/design.md`, what is
//! promised, with who watches it, in `docs/promises.md`, and what may change in which version in
//! `docs/semver.md`.

#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod access;
mod action;
mod body;
mod channel;
pub mod chunks;
mod config;
mod counters;
mod envelope;
mod event;
mod hashed;
mod id;
mod import;
mod ledger;
pub mod limits;
mod method;
mod note;
mod parts;
mod record;
mod refused;
mod reply;
mod rest;
mod settle;
mod time;
mod view;
pub mod wire;
mod words;

pub use action::{Action, DropReason, UpdateRef};
pub use body::Body;
pub use channel::{Channel, Reason};
pub use config::{
    AccountConfig, AllowList, BadValue, ChunkMode, Delivery, DmPolicy, DmScope, Duty, Format,
    GroupPolicy, Handling, Inbound, Language, PairingConfig, PollingConfig, QuotaConfig,
    RateConfig, RetryConfig, SessionConfig, TurnConfig,
};
pub use counters::Counters;
pub use envelope::{Chat, ChatKind, Envelope, MediaKind, Medium, Raw, Sender};
pub use event::{Event, Fetched, Op, Outcome, Prepared, Question, Subject, Verdict};
pub use id::{
    BadCallId, BadId, CallId, Cause, ChatId, MessageId, NoticeId, SendId, SenderId, Ticket, TurnId,
    UpdateKey,
};
pub use import::{Import, Imported, NotTaken, PendingCode, WhyNot};
pub use ledger::{
    Admitted, DeadLetter, Decision, HistoryEntry, Ledger, Parcel, PausedChat, Request, Turn,
};
pub use method::Method;
pub use note::{Level, Note, NoteCode};
pub use record::{DeadWhy, Incoming, Part, Record, Snapshot};
pub use refused::{Damaged, Refused};
pub use reply::{Message, NoReply, Reply};
pub use settle::{Answer, Fault, FaultKind, SendError, Settled};
pub use time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Time};
pub use view::{Admission, State, Status, View};
