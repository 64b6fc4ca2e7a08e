//! Open turns, and the lane of each chat: its turns in the order of their arrival.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{Contradiction, shifted};
use crate::event::Fetched;
use crate::id::{ChatId, TurnId};
use crate::record::Incoming;
use crate::time::Time;

/// A message that is not answered yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Turn {
    /// Its id.
    pub id: TurnId,
    /// The message.
    pub incoming: Arc<Incoming>,
    /// When it was taken in, or revived.
    pub taken_at: Time,
    /// The attempt that is under way or comes next, from 1.
    pub attempt: u32,
    /// Attempts that failed.
    pub tries: u32,
    /// When the next attempt may begin.
    pub not_before: Time,
    /// When that was decided.
    pub decided_at: Time,
    /// For each medium, what came of its download.
    pub fetched: Vec<Option<Fetched>>,
    /// The answer is durable and being sent.
    pub replying: bool,
    /// The record with which it entered its lane: arrival order over all lanes.
    seq: u64,
    /// The last record about it.
    #[serde(skip)]
    pub(crate) number: Number,
}

/// A record's number. Two ledgers are equal if they differ only in these.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Number(pub(crate) u64);

impl PartialEq for Number {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Turn {
    /// The chat it belongs to.
    pub fn chat(&self) -> &ChatId {
        &self.incoming.chat.id
    }

    /// Every download has ended.
    pub(crate) fn media_complete(&self) -> bool {
        self.fetched.iter().all(Option::is_some)
    }

    /// Tried again at once, as if nothing had failed.
    pub(super) fn hurry(&mut self, number: u64, at: Time) {
        self.taken_at = at;
        self.not_before = at;
        self.decided_at = at;
        self.tries = 0;
        self.number = Number(number);
    }

    pub(super) fn fetched(
        &mut self,
        number: u64,
        index: u32,
        result: Fetched,
    ) -> Result<(), Contradiction> {
        let slot = self.fetched.get_mut(index as usize).ok_or("a medium the turn does not have")?;
        *slot = Some(result);
        self.number = Number(number);
        Ok(())
    }

    pub(super) fn retry(&mut self, number: u64, until: Time, at: Time) {
        self.tries = self.tries.saturating_add(1);
        self.attempt = self.attempt.saturating_add(1);
        self.not_before = until;
        self.decided_at = at;
        self.number = Number(number);
    }
}

/// All open turns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<Turn>", into = "Vec<Turn>")]
pub(crate) struct Turns {
    open: BTreeMap<TurnId, Turn>,
    lanes: BTreeMap<ChatId, VecDeque<TurnId>>,
}

impl From<Vec<Turn>> for Turns {
    fn from(list: Vec<Turn>) -> Self {
        let mut turns = Self::default();
        for turn in list {
            turns.lanes.entry(turn.chat().clone()).or_default().push_back(turn.id);
            turns.open.insert(turn.id, turn);
        }
        turns
    }
}

impl From<Turns> for Vec<Turn> {
    fn from(turns: Turns) -> Self {
        let mut list: Self = turns.open.into_values().collect();
        list.sort_by_key(|turn| turn.seq);
        list
    }
}

impl Turns {
    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    pub(crate) fn get(&self, id: TurnId) -> Option<&Turn> {
        self.open.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: TurnId) -> Result<&mut Turn, Contradiction> {
        self.open.get_mut(&id).ok_or("a turn that is not open")
    }

    /// All open turns, by id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Turn> {
        self.open.values()
    }

    /// Chats that have open turns, with their lanes.
    pub(crate) fn lanes(&self) -> impl Iterator<Item = (&ChatId, &VecDeque<TurnId>)> {
        self.lanes.iter()
    }

    /// Chats that have open turns.
    pub(crate) fn chats(&self) -> VecDeque<ChatId> {
        self.lanes.keys().cloned().collect()
    }

    pub(crate) fn lane_len(&self, chat: &ChatId) -> usize {
        self.lanes.get(chat).map_or(0, VecDeque::len)
    }

    /// The oldest open turn of a chat.
    pub(crate) fn head(&self, chat: &ChatId) -> Option<&Turn> {
        self.open.get(self.lanes.get(chat)?.front()?)
    }

    pub(super) fn take(
        &mut self,
        number: u64,
        id: TurnId,
        incoming: Arc<Incoming>,
        at: Time,
    ) -> Result<(), Contradiction> {
        let fetched = vec![None; incoming.media.len()];
        let turn = Turn {
            id,
            incoming,
            taken_at: at,
            attempt: 1,
            tries: 0,
            not_before: at,
            decided_at: at,
            fetched,
            replying: false,
            seq: 0,
            number: Number(number),
        };
        self.put_back(number, turn)
    }

    /// Puts a turn at the end of its lane.
    pub(super) fn put_back(&mut self, number: u64, mut turn: Turn) -> Result<(), Contradiction> {
        turn.seq = number;
        turn.number = Number(number);
        self.lanes.entry(turn.chat().clone()).or_default().push_back(turn.id);
        match self.open.insert(turn.id, turn) {
            None => Ok(()),
            Some(_) => Err("a turn that is open already"),
        }
    }

    pub(super) fn close(&mut self, id: TurnId) -> Result<Turn, Contradiction> {
        let turn = self.open.remove(&id).ok_or("a turn that is not open")?;
        if let Some(lane) = self.lanes.get_mut(turn.chat()) {
            lane.retain(|other| *other != id);
            if lane.is_empty() {
                self.lanes.remove(turn.chat());
            }
        }
        Ok(turn)
    }

    /// A new run begins: whatever may have been with the agent is cut off. That is not only the
    /// oldest of each lane: the end of one before may have been lost with the last run.
    pub(super) fn restart(&mut self, number: u64) {
        for turn in self.open.values_mut().filter(|turn| !turn.replying) {
            turn.attempt = turn.attempt.saturating_add(1);
            turn.number = Number(number);
        }
    }

    pub(super) fn pull_back(&mut self, now: Time) {
        for turn in self.open.values_mut() {
            if turn.decided_at > now {
                turn.not_before = shifted(turn.not_before, turn.decided_at, now);
                turn.decided_at = now;
            }
            turn.taken_at = turn.taken_at.min(now);
        }
    }
}
