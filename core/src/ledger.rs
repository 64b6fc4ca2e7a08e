//! The ledger: all that survives a restart. It changes in one way only, by `apply` of a record,
//! so that a restored ledger equals the live one by construction.

mod check;
mod dead_letters;
mod pairing_book;
mod paused;
mod posts;
mod quota;
mod seen;
mod turns;

use alloc::string::String;

use serde::{Deserialize, Serialize};

pub use dead_letters::DeadLetter;
pub(crate) use dead_letters::DeadLetters;
pub use pairing_book::{Admitted, Decision, HistoryEntry, Request};
pub(crate) use pairing_book::{CODE_LIFE_MS, PairingBook};
pub(crate) use paused::Paused;
pub use paused::PausedChat;
pub use posts::Parcel;
pub(crate) use posts::{Delay, Posts};
pub(crate) use quota::Quota;
pub(crate) use seen::{Seen, is_old};
pub use turns::Turn;
pub(crate) use turns::Turns;

use crate::id::Cause;
use crate::record::Record;
use crate::time::Time;

/// All that survives a restart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ledger {
    /// The bot it belongs to; empty before the first record.
    pub(crate) bot_id: String,
    /// The webhook that was set from here.
    pub(crate) webhook: Option<String>,
    pub(crate) pairing: PairingBook,
    pub(crate) seen: Seen,
    pub(crate) turns: Turns,
    pub(crate) posts: Posts,
    pub(crate) dead: DeadLetters,
    pub(crate) quota: Quota,
    pub(crate) paused: Paused,
}

/// A record that can't follow on those before it.
pub(crate) type Contradiction = &'static str;

impl Ledger {
    /// Takes a record into account. `number` is the record's: what it touches may act once that
    /// number is durable.
    pub(crate) fn apply(&mut self, number: u64, record: &Record) -> Result<(), Contradiction> {
        match record {
            Record::Snapshot { .. } => return Err("a snapshot that is not the first record"),
            Record::Started { bot_id, at } => {
                self.bot_id.clone_from(bot_id);
                // A record, so that the next restart finds what this one has pulled back.
                self.pull_back(*at);
                self.turns.restart(number);
            }
            Record::TurnTaken { turn, incoming, until, at } => {
                self.seen.insert(incoming.key, &incoming.chat.id, *at);
                self.turns.take(number, *turn, incoming.clone(), *until, *at)?;
            }
            Record::TurnJoined { turn, incoming, until, at } => {
                self.seen.insert(incoming.key, &incoming.chat.id, *at);
                self.turns.join(number, *turn, incoming, *until, *at)?;
            }
            Record::MediaFetched { turn, index, result } => {
                self.turns.get_mut(*turn)?.fetched(number, *index, result.clone())?;
            }
            Record::TurnRetried { turn, until, at } => {
                self.turns.unanswered(*turn)?.retry(number, *until, *at);
            }
            Record::TurnDropped { turn, .. } => {
                self.turns.unanswered(*turn)?;
                self.turns.close(*turn)?;
            }
            Record::TurnDead { turn, why, message, at } => {
                self.turns.unanswered(*turn)?;
                let turn = self.turns.close(*turn)?;
                self.dead.bury_turn(turn, *why, message, *at);
            }
            Record::ReplyTaken { turn, parts, at } => {
                let open = self.turns.unanswered(*turn)?;
                if parts.is_empty() {
                    self.turns.close(*turn)?;
                } else {
                    open.replying = true;
                    let parcel = Parcel::reply(*turn, open, parts.clone(), *at);
                    self.posts.take(number, parcel)?;
                }
            }
            Record::SendTaken { parts, .. } if parts.is_empty() => {
                return Err("nothing to be sent");
            }
            Record::SendTaken { send, chat, parts, at } => {
                self.posts.take(number, Parcel::send(*send, chat, parts.clone(), *at))?;
            }
            Record::ChunkIntended { cause, index } => {
                self.posts.get_mut(cause)?.intend(number, *index)?;
            }
            Record::ChunkAcked { cause, index, message_id, at } => {
                self.quota.count(*at);
                if self.posts.acknowledge(number, cause, *index, message_id.clone())? {
                    self.finish(cause)?;
                }
            }
            Record::ChunkPostponed { cause, index, until, at, doubtful, plain } => {
                let delay = Delay { until: *until, at: *at, doubtful: *doubtful, plain: *plain };
                self.posts.get_mut(cause)?.postpone(number, *index, delay)?;
            }
            Record::PostDead { cause, why, code, message, at, .. } => {
                let (parcel, turn) = self.finish(cause)?;
                self.dead.bury_post(parcel, turn, *why, *code, message, *at);
            }
            Record::PostDropped { cause, .. } => {
                self.finish(cause)?;
            }
            Record::Revived { cause, at } => {
                let letter = self.dead.take(cause)?;
                self.revive(number, letter, *at)?;
            }
            Record::Hurried { cause, at } => self.hurry(number, cause, *at)?,
            Record::DeadDropped { cause } => {
                self.dead.take(cause)?;
            }
            other => self.apply_rest(other)?,
        }
        Ok(())
    }

    /// The records that are about people, quota and connection.
    fn apply_rest(&mut self, record: &Record) -> Result<(), Contradiction> {
        match record {
            Record::CodeIssued { sender, name, chat, code, at } => {
                self.pairing.issue(sender, name.as_deref(), chat, code, *at);
            }
            Record::CodeTold { sender, at } => {
                self.quota.count(*at);
                self.pairing.told(sender);
            }
            Record::NoticeSent { at } => self.quota.count(*at),
            Record::Approved { sender, source, at } => self.pairing.approve(sender, source, *at),
            Record::Rejected { sender, block, source, at } => {
                self.pairing.reject(sender, *block, source, *at);
            }
            Record::Revoked { sender, source, at } => self.pairing.revoke(sender, source, *at),
            Record::Forgotten { sender } => {
                self.pairing.forget(sender);
                self.dead.forget(sender);
                self.paused.forget(sender);
            }
            Record::QuotaPaused { until, .. } => self.quota.pause(*until),
            Record::QuotaResumed { .. } => self.quota.resume(),
            Record::WebhookSet { url } => self.webhook = Some(url.clone()),
            Record::WebhookCleared => self.webhook = None,
            Record::ChatPaused { chat, at } => self.paused.pause(chat, *at),
            Record::ChatResumed { chat } => self.paused.resume(chat),
            Record::Listed { incoming, at } => {
                self.seen.insert(incoming.key, &incoming.chat.id, *at);
                self.paused.list(incoming.clone());
            }
            _ => return Err("a record of an unknown kind"),
        }
        Ok(())
    }

    /// Closes a parcel, and the turn it answers.
    fn finish(&mut self, cause: &Cause) -> Result<(Parcel, Option<Turn>), Contradiction> {
        let parcel = self.posts.close(cause)?;
        let turn = match cause {
            Cause::Turn { id } => Some(self.turns.close(*id)?),
            _ => None,
        };
        Ok((parcel, turn))
    }

    fn revive(&mut self, number: u64, letter: DeadLetter, at: Time) -> Result<(), Contradiction> {
        if let Some(mut turn) = letter.turn {
            turn.hurry(number, at);
            turn.attempt = turn.attempt.saturating_add(1);
            turn.replying = letter.parcel.is_some();
            self.turns.put_back(number, turn)?;
        }
        if let Some(mut parcel) = letter.parcel {
            parcel.revive(at);
            self.posts.take(number, parcel)?;
        }
        Ok(())
    }

    /// Has what waits tried again at once: the parcel if there is one, else the turn.
    fn hurry(&mut self, number: u64, cause: &Cause, at: Time) -> Result<(), Contradiction> {
        match (self.posts.get_mut(cause), cause) {
            (Ok(parcel), _) => parcel.hurry(number, at),
            (Err(_), Cause::Turn { id }) => self.turns.get_mut(*id)?.hurry(number, at),
            (Err(nothing), _) => return Err(nothing),
        }
        Ok(())
    }

    /// Pulls back to `now` what a clock that ran ahead has put into the future. Deadlines keep
    /// their distance from what they belong to.
    fn pull_back(&mut self, now: Time) {
        self.pairing.pull_back(now);
        self.seen.pull_back(now);
        self.turns.pull_back(now);
        self.posts.pull_back(now);
        self.dead.pull_back(now);
        self.quota.pull_back(now);
        self.paused.pull_back(now);
    }
}

/// A deadline that belonged to a happening at `was`, which was pulled back to `now`.
fn shifted(deadline: Time, was: Time, now: Time) -> Time {
    now.plus(deadline.since(was))
}
