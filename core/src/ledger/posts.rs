//! Parcels: replies and sends that are durable and not wholly acknowledged, in order per chat.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::sync::Arc;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::turns::{Number, Turn};
use super::{Contradiction, shifted};
use crate::id::{Cause, ChatId, MessageId, SendId, SenderId, TurnId};
use crate::record::Part;
use crate::rest::rest;
use crate::time::Time;

/// A reply, a send, or a line of the bot's own on its way, chunk by chunk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Parcel {
    /// What it belongs to.
    pub cause: Cause,
    /// To which chat.
    pub chat: ChatId,
    /// Who is answered.
    pub sender: Option<SenderId>,
    /// What is sent.
    pub parts: Arc<[Part]>,
    /// When it was taken, or revived.
    pub taken_at: Time,
    /// The first chunk that is not acknowledged, from 0.
    pub next: u32,
    /// When that may be sent.
    pub not_before: Time,
    /// When that was decided.
    pub decided_at: Time,
    /// How often it failed.
    pub failures: u32,
    /// How often nobody knew whether it arrived.
    pub doubts: u32,
    /// It is about to be sent, or was.
    pub intended: bool,
    /// It is sent as plain text because Zalo refused its format.
    pub plain: bool,
    /// Message ids of the chunks that were acknowledged.
    pub sent: Vec<MessageId>,
    /// The record with which it was taken or revived: order over all chats.
    seq: u64,
    /// The record with which it was taken.
    #[serde(skip)]
    pub(crate) taken: Number,
    /// The last record about it.
    #[serde(skip)]
    pub(crate) number: Number,
}

impl Parcel {
    pub(crate) fn new(cause: Cause, chat: ChatId, parts: Arc<[Part]>, at: Time) -> Self {
        Self {
            cause,
            chat,
            sender: None,
            parts,
            taken_at: at,
            next: 0,
            not_before: at,
            decided_at: at,
            failures: 0,
            doubts: 0,
            intended: false,
            plain: false,
            sent: Vec::new(),
            seq: 0,
            taken: Number(0),
            number: Number(0),
        }
    }

    pub(super) fn reply(id: TurnId, turn: &Turn, parts: Arc<[Part]>, at: Time) -> Self {
        let chat = turn.chat().clone();
        let sender = Some(turn.incoming.sender.id.clone());
        Self { sender, ..Self::new(Cause::Turn { id }, chat, parts, at) }
    }

    pub(super) fn send(id: SendId, chat: &ChatId, parts: Arc<[Part]>, at: Time) -> Self {
        Self::new(Cause::Send { id }, chat.clone(), parts, at)
    }

    /// How many chunks there are.
    pub fn of(&self) -> u32 {
        u32::try_from(self.parts.len()).unwrap_or(u32::MAX)
    }

    /// How many chunks are not acknowledged.
    pub fn left(&self) -> usize {
        self.parts.len().saturating_sub(self.next as usize)
    }

    /// The chunk that comes next.
    pub(crate) fn part(&self) -> Option<&Part> {
        self.parts.get(self.next as usize)
    }

    /// Some chunk was acknowledged, and not the last.
    pub(crate) fn under_way(&self) -> bool {
        self.next > 0
    }

    fn is_next(&self, index: u32) -> Result<(), Contradiction> {
        if self.next == index { Ok(()) } else { Err("a chunk out of order") }
    }

    pub(crate) fn intend(&mut self, number: u64, index: u32) -> Result<(), Contradiction> {
        self.is_next(index)?;
        self.intended = true;
        self.number = Number(number);
        Ok(())
    }

    /// Counts the chunk as arrived; tells whether it was the last.
    pub(crate) fn acknowledge(
        &mut self,
        number: u64,
        index: u32,
        message_id: Option<MessageId>,
    ) -> Result<bool, Contradiction> {
        self.is_next(index)?;
        self.next += 1;
        self.failures = 0;
        self.doubts = 0;
        self.intended = false;
        self.plain = false;
        self.sent.extend(message_id);
        self.number = Number(number);
        Ok(self.left() == 0)
    }

    pub(crate) fn postpone(
        &mut self,
        number: u64,
        index: u32,
        delay: Delay,
    ) -> Result<(), Contradiction> {
        self.is_next(index)?;
        let Delay { until, at, doubtful, plain } = delay;
        self.failures = self.failures.saturating_add(1);
        self.doubts = self.doubts.saturating_add(u32::from(doubtful));
        self.not_before = until;
        self.decided_at = at;
        self.intended = false;
        self.plain |= plain;
        self.number = Number(number);
        Ok(())
    }

    pub(super) fn revive(&mut self, at: Time) {
        self.taken_at = at;
        self.not_before = at;
        self.decided_at = at;
        self.failures = 0;
        self.doubts = 0;
        self.intended = false;
    }

    /// Tried again at once, as if nothing had failed. A chunk that may be under way stays one.
    pub(crate) fn hurry(&mut self, number: u64, at: Time) {
        let intended = self.intended;
        self.revive(at);
        self.intended = intended;
        self.number = Number(number);
    }
}

/// A chunk failed: when it is tried again, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delay {
    pub(crate) until: Time,
    pub(crate) at: Time,
    pub(crate) doubtful: bool,
    pub(crate) plain: bool,
}

/// All parcels of replies and sends.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<Parcel>", into = "Vec<Parcel>")]
pub(crate) struct Posts {
    /// In boxes: a map has room for eleven in each of its nodes.
    parcels: BTreeMap<Cause, Box<Parcel>>,
    queues: BTreeMap<ChatId, VecDeque<Cause>>,
    chunks_left: usize,
}

impl From<Vec<Parcel>> for Posts {
    fn from(list: Vec<Parcel>) -> Self {
        let mut posts = Self::default();
        for parcel in list {
            posts.insert(parcel);
        }
        posts
    }
}

impl From<Posts> for Vec<Parcel> {
    fn from(posts: Posts) -> Self {
        let mut list: Self = posts.parcels.into_values().map(|parcel| *parcel).collect();
        list.sort_by_key(|parcel| parcel.seq);
        list
    }
}

impl Posts {
    /// Chunks that wait, over all chats.
    pub(crate) fn chunks_left(&self) -> usize {
        self.chunks_left
    }

    pub(crate) fn get(&self, cause: &Cause) -> Option<&Parcel> {
        self.parcels.get(cause).map(|parcel| &**parcel)
    }

    pub(super) fn get_mut(&mut self, cause: &Cause) -> Result<&mut Parcel, Contradiction> {
        self.parcels.get_mut(cause).map(|parcel| &mut **parcel).ok_or("a parcel that is not open")
    }

    /// All parcels.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Parcel> {
        self.parcels.values().map(|parcel| &**parcel)
    }

    /// Chats that have parcels.
    pub(crate) fn chats(&self) -> impl Iterator<Item = &ChatId> {
        self.queues.keys()
    }

    /// The oldest parcel of a chat.
    pub(crate) fn head(&self, chat: &ChatId) -> Option<&Parcel> {
        self.get(self.queues.get(chat)?.front()?)
    }

    pub(super) fn take(&mut self, number: u64, mut parcel: Parcel) -> Result<(), Contradiction> {
        if self.parcels.contains_key(&parcel.cause) {
            return Err("a parcel that is open already");
        }
        parcel.seq = number;
        parcel.taken = Number(number);
        parcel.number = Number(number);
        self.insert(parcel);
        Ok(())
    }

    fn insert(&mut self, parcel: Parcel) {
        self.chunks_left += parcel.left();
        self.queues.entry(parcel.chat.clone()).or_default().push_back(parcel.cause.clone());
        self.parcels.insert(parcel.cause.clone(), Box::new(parcel));
    }

    pub(super) fn acknowledge(
        &mut self,
        number: u64,
        cause: &Cause,
        index: u32,
        message_id: Option<MessageId>,
    ) -> Result<bool, Contradiction> {
        let done = self.get_mut(cause)?.acknowledge(number, index, message_id)?;
        self.chunks_left = self.chunks_left.saturating_sub(1);
        Ok(done)
    }

    pub(super) fn close(&mut self, cause: &Cause) -> Result<Parcel, Contradiction> {
        let parcel = *self.parcels.remove(cause).ok_or("a parcel that is not open")?;
        self.chunks_left = self.chunks_left.saturating_sub(parcel.left());
        if let Some(queue) = self.queues.get_mut(&parcel.chat) {
            queue.retain(|other| other != cause);
            if queue.is_empty() {
                self.queues.remove(&parcel.chat);
            }
        }
        rest(&mut self.parcels);
        rest(&mut self.queues);
        Ok(parcel)
    }

    pub(super) fn pull_back(&mut self, now: Time) {
        for parcel in self.parcels.values_mut() {
            if parcel.decided_at > now {
                parcel.not_before = shifted(parcel.not_before, parcel.decided_at, now);
                parcel.decided_at = now;
            }
            parcel.taken_at = parcel.taken_at.min(now);
        }
    }
}
