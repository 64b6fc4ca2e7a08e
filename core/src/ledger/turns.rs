//! Open turns, and the lane of each chat: its turns in the order of their arrival.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{Contradiction, shifted};
use crate::envelope::Medium;
use crate::event::Fetched;
use crate::id::{ChatId, TurnId};
use crate::record::Incoming;
use crate::rest::rest;
use crate::time::Time;

/// A message that is not answered yet, or several that are one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Turn {
    /// Its id.
    pub id: TurnId,
    /// The message; the first of several.
    pub incoming: Arc<Incoming>,
    /// Those that joined it, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joined: Vec<Arc<Incoming>>,
    /// When it was taken in, or revived.
    pub taken_at: Time,
    /// The attempt that is under way or comes next, from 1.
    pub attempt: u32,
    /// Attempts that failed.
    pub tries: u32,
    /// When the next attempt may begin. Before the first one, messages may join until then.
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

    /// Its messages, in order.
    pub fn messages(&self) -> impl Iterator<Item = &Incoming> {
        [&self.incoming].into_iter().chain(&self.joined).map(|incoming| &**incoming)
    }

    /// Whether this message is its sender's, in its chat.
    pub(crate) fn is_of(&self, message: &Incoming) -> bool {
        self.incoming.chat == message.chat && self.incoming.sender.id == message.sender.id
    }

    /// What was attached to its messages.
    pub fn media(&self) -> impl Iterator<Item = &Medium> {
        self.messages().flat_map(|message| &message.media)
    }

    /// What was written: the texts of its messages, joined by line breaks.
    pub fn text(&self) -> String {
        if self.joined.is_empty() {
            return self.incoming.text.clone();
        }
        let texts = self.messages().map(|message| message.text.as_str());
        texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
    }

    /// How many messages it is.
    pub(crate) fn len(&self) -> usize {
        1 + self.joined.len()
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

    fn join(&mut self, number: u64, incoming: Arc<Incoming>, until: Time, at: Time) {
        self.fetched.resize(self.fetched.len() + incoming.media.len(), None);
        self.joined.push(incoming);
        self.not_before = until;
        self.decided_at = at;
        self.number = Number(number);
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
    /// In boxes: a map has room for eleven in each of its nodes.
    open: BTreeMap<TurnId, Box<Turn>>,
    lanes: BTreeMap<ChatId, Lane>,
    /// Messages in all of them.
    messages: usize,
}

/// The open turns of a chat.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Lane {
    /// In the order of their arrival.
    turns: VecDeque<TurnId>,
    /// Messages in all of them.
    messages: usize,
}

impl Lane {
    /// How many turns it has.
    pub(crate) fn len(&self) -> usize {
        self.turns.len()
    }
}

impl From<Vec<Turn>> for Turns {
    fn from(list: Vec<Turn>) -> Self {
        let mut turns = Self::default();
        for turn in list {
            turns.enter(turn);
        }
        turns
    }
}

impl From<Turns> for Vec<Turn> {
    fn from(turns: Turns) -> Self {
        let mut list: Self = turns.open.into_values().map(|turn| *turn).collect();
        list.sort_by_key(|turn| turn.seq);
        list
    }
}

impl Turns {
    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// Messages in all open turns.
    pub(crate) fn messages(&self) -> usize {
        self.messages
    }

    pub(crate) fn get(&self, id: TurnId) -> Option<&Turn> {
        self.open.get(&id).map(|turn| &**turn)
    }

    pub(super) fn get_mut(&mut self, id: TurnId) -> Result<&mut Turn, Contradiction> {
        self.open.get_mut(&id).map(|turn| &mut **turn).ok_or("a turn that is not open")
    }

    /// A turn of which no answer was taken.
    pub(super) fn unanswered(&mut self, id: TurnId) -> Result<&mut Turn, Contradiction> {
        let turn = self.get_mut(id)?;
        if turn.replying { Err("a turn whose answer was taken") } else { Ok(turn) }
    }

    /// All open turns, by id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Turn> {
        self.open.values().map(|turn| &**turn)
    }

    /// Chats that have open turns, with their lanes.
    pub(crate) fn lanes(&self) -> impl Iterator<Item = (&ChatId, &Lane)> {
        self.lanes.iter()
    }

    /// Chats that have open turns.
    pub(crate) fn chats(&self) -> VecDeque<ChatId> {
        self.lanes.keys().cloned().collect()
    }

    /// Messages in the open turns of a chat.
    pub(crate) fn lane_messages(&self, chat: &ChatId) -> usize {
        self.lanes.get(chat).map_or(0, |lane| lane.messages)
    }

    /// The oldest open turn of a chat.
    pub(crate) fn head(&self, chat: &ChatId) -> Option<&Turn> {
        self.get(*self.lanes.get(chat)?.turns.front()?)
    }

    /// The newest open turn of a chat.
    pub(crate) fn newest(&self, chat: &ChatId) -> Option<&Turn> {
        self.get(*self.lanes.get(chat)?.turns.back()?)
    }

    pub(super) fn take(
        &mut self,
        number: u64,
        id: TurnId,
        incoming: Arc<Incoming>,
        until: Option<Time>,
        at: Time,
    ) -> Result<(), Contradiction> {
        let fetched = vec![None; incoming.media.len()];
        let turn = Turn {
            id,
            incoming,
            joined: Vec::new(),
            taken_at: at,
            attempt: 1,
            tries: 0,
            not_before: until.unwrap_or(at),
            decided_at: at,
            fetched,
            replying: false,
            seq: 0,
            number: Number(number),
        };
        self.put_back(number, turn)
    }

    /// A message joins an open turn.
    pub(super) fn join(
        &mut self,
        number: u64,
        id: TurnId,
        incoming: &Arc<Incoming>,
        until: Time,
        at: Time,
    ) -> Result<(), Contradiction> {
        let turn = self.get_mut(id)?;
        if !turn.is_of(incoming) {
            return Err("a message that joins another's turn");
        }
        turn.join(number, incoming.clone(), until, at);
        self.messages += 1;
        self.lanes.entry(incoming.chat.id.clone()).or_default().messages += 1;
        Ok(())
    }

    /// Puts a turn at the end of its lane.
    pub(super) fn put_back(&mut self, number: u64, mut turn: Turn) -> Result<(), Contradiction> {
        if self.open.contains_key(&turn.id) {
            return Err("a turn that is open already");
        }
        turn.seq = number;
        turn.number = Number(number);
        self.enter(turn);
        Ok(())
    }

    fn enter(&mut self, turn: Turn) {
        let lane = self.lanes.entry(turn.chat().clone()).or_default();
        lane.turns.push_back(turn.id);
        lane.messages += turn.len();
        self.messages += turn.len();
        self.open.insert(turn.id, Box::new(turn));
    }

    pub(super) fn close(&mut self, id: TurnId) -> Result<Turn, Contradiction> {
        let turn = *self.open.remove(&id).ok_or("a turn that is not open")?;
        self.messages = self.messages.saturating_sub(turn.len());
        if let Some(lane) = self.lanes.get_mut(turn.chat()) {
            lane.turns.retain(|other| *other != id);
            lane.messages = lane.messages.saturating_sub(turn.len());
            if lane.turns.is_empty() {
                self.lanes.remove(turn.chat());
            }
        }
        rest(&mut self.open);
        rest(&mut self.lanes);
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
