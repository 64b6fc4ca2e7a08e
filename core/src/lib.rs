//! A Zalo bot channel as a state machine that does no I/O.
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod action;
mod body;
mod channel;
pub mod chunks;
mod config;
mod envelope;
mod event;
mod id;
pub mod limits;
mod method;
mod note;
mod record;
mod refused;
mod reply;
mod settle;
mod time;
pub mod wire;

pub use action::{Action, DropReason, UpdateRef};
pub use body::Body;
pub use channel::{Channel, Reason, Snapshot};
pub use config::{
    AccountConfig, AllowList, ChunkMode, Delivery, DmPolicy, DmScope, Format, GroupPolicy,
    Handling, Inbound, Language, PairingConfig, PollingConfig, QuotaConfig, RateConfig,
    RetryConfig, SessionConfig, TurnConfig,
};
pub use envelope::{Chat, ChatKind, Envelope, MediaKind, Medium, Raw, Sender};
pub use event::{Event, Fetched, Op, Outcome, Prepared, Question, Subject, Verdict};
pub use id::{
    BadCallId, BadId, CallId, Cause, ChatId, MessageId, NoticeId, SendId, SenderId, Ticket, TurnId,
};
pub use method::Method;
pub use note::{Level, Note, NoteCode};
pub use record::Record;
pub use refused::{Damaged, Refused};
pub use reply::{Message, NoReply, Reply};
pub use settle::{Answer, Fault, FaultKind, SendError, Settled};
pub use time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Time};
