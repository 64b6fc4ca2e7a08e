//! Turns: each is delivered at least once, an attempt never twice, in order of arrival in each chat,
//! one at a time, with its own words, and only for somebody who is let in at that moment. A turn may
//! be several messages; each belongs to one turn, and none joins a turn that the agent has seen.

use std::collections::{BTreeMap, VecDeque};

use zaloxide_core::{
    Action, Cause, ChatId, ChatKind, Incoming, MessageId, Record, SECOND_MS, SenderId, TurnId,
};

use super::{Book, Check, Scene, broken};
use crate::model::Fate;
use crate::update::Update;

/// A message that a step brought, in a turn of its own or in one that waited for more.
#[derive(Clone, Debug)]
pub(super) struct Grown {
    chat: String,
    sender: String,
    message_id: Option<String>,
    text: String,
}

impl Grown {
    fn new(incoming: &Incoming) -> Self {
        Self {
            chat: String::from(incoming.chat.id.as_str()),
            sender: String::from(incoming.sender.id.as_str()),
            message_id: incoming.message_id.as_ref().map(|id| String::from(id.as_str())),
            text: incoming.text.clone(),
        }
    }

    /// Whether it is this message, with its words; a mention may be missing.
    pub(super) fn is(&self, written: &Update) -> bool {
        self.chat == written.chat.as_str()
            && self.sender == written.sender.as_str()
            && self.message_id == written.message_id
            && written.text.ends_with(&self.text)
    }
}

/// What is known of turns.
#[derive(Debug, Default)]
pub struct Turns {
    /// Open turns, and their chats.
    open: BTreeMap<TurnId, ChatId>,
    /// Open turns of each chat, in order of arrival.
    lanes: BTreeMap<ChatId, VecDeque<TurnId>>,
    /// The number of the last record when they were looked at.
    seen: u64,
    /// How many messages each turn is.
    messages: BTreeMap<TurnId, usize>,
    /// Messages that an agent was told of, each in the turn it belongs to.
    told: BTreeMap<(ChatId, SenderId, MessageId), TurnId>,
    /// The last attempt that was delivered, and how many were.
    delivered: BTreeMap<TurnId, (u32, u32)>,
    /// Reasons for another attempt: failures, time-outs, crashes, people.
    excuses: BTreeMap<TurnId, u32>,
    /// What the agent works on.
    running: BTreeMap<TurnId, u32>,
}

impl Turns {
    /// Looks which turns came, in the order in which their updates did, and which are gone.
    pub(super) fn observe(&mut self, scene: Scene<'_>, expected: &[(&Update, Fate)]) -> Vec<Grown> {
        let (last, _) = scene.channel.view().records();
        if std::mem::replace(&mut self.seen, last) == last {
            // All that changes leaves a record.
            return Vec::new();
        }
        for (new, _) in expected.iter().filter(|(_, fate)| fate.is_ok()) {
            self.comes_anew(new);
        }
        let mut grown = Vec::new();
        let mut here = 0;
        for turn in scene.channel.view().turns() {
            here += 1;
            let known = self.messages.get(&turn.id).copied().unwrap_or_default();
            let of = 1 + turn.joined.len();
            let new = (!self.open.contains_key(&turn.id)).then(|| turn.chat().clone());
            if new.is_some() && known > 0 {
                // A dead letter that is a turn again.
                grown.push((Grown::new(&turn.incoming), turn.id, new.clone()));
            }
            if known != of {
                let messages = turn.messages().skip(known);
                grown.extend(messages.map(|it| (Grown::new(it), turn.id, new.clone())));
                self.messages.insert(turn.id, of);
            }
        }
        grown.sort_by_key(|(came, ..)| expected.iter().position(|(new, _)| came.is(new)));
        let enter = |(came, turn, new): (Grown, TurnId, Option<ChatId>)| {
            if let Some(chat) = new.filter(|_| !self.open.contains_key(&turn)) {
                self.enter(turn, &chat);
            }
            came
        };
        let grown = grown.into_iter().map(enter).collect();
        if self.open.len() != here {
            self.forget_closed(scene);
        }
        grown
    }

    /// A message that is no duplicate: if it was told before, that is so long ago that its key is
    /// forgotten.
    fn comes_anew(&mut self, new: &Update) {
        if let Some(id) = &new.message_id {
            let id = MessageId::from(id.as_str());
            self.told.remove(&(new.chat.clone(), new.sender.clone(), id));
        }
    }

    /// Turns that are no longer there.
    fn forget_closed(&mut self, scene: Scene<'_>) {
        let view = scene.channel.view();
        let mut still = view.turns().map(|turn| turn.id).peekable();
        let gone = self.open.keys().copied().filter(|id| {
            while still.next_if(|other| other < id).is_some() {}
            still.peek() != Some(id)
        });
        for turn in gone.collect::<Vec<_>>() {
            self.close(turn);
        }
    }

    fn close(&mut self, turn: TurnId) {
        self.running.remove(&turn);
        let Some(chat) = self.open.remove(&turn) else { return };
        if let Some(lane) = self.lanes.get_mut(&chat) {
            lane.retain(|other| *other != turn);
        }
    }

    /// Messages in the open turns of a chat.
    pub fn lane_len(&self, chat: &ChatId) -> usize {
        let turns = self.lanes.get(chat).into_iter().flatten();
        turns.filter_map(|turn| self.messages.get(turn)).sum()
    }

    /// A record was made. No message joins a turn that the agent has seen.
    pub(super) fn recorded(&self, record: &Record) -> Check {
        match record {
            Record::TurnJoined { turn, .. } if self.delivered.contains_key(turn) => {
                broken("turns", format!("turn {turn} grew after it was delivered"))
            }
            _ => Ok(()),
        }
    }

    /// The chat of an open turn.
    pub fn chat(&self, turn: TurnId) -> Option<&ChatId> {
        self.open.get(&turn)
    }

    /// The attempt that the agent works on.
    pub fn running(&self, turn: TurnId) -> Option<u32> {
        self.running.get(&turn).copied()
    }

    /// An attempt ended well, or was excused.
    pub fn attempt_ended(&mut self, turn: TurnId, well: bool) {
        self.running.remove(&turn);
        if !well {
            self.excuse(turn);
        }
    }

    /// There is a reason to deliver it once more.
    pub fn excuse(&mut self, turn: TurnId) {
        *self.excuses.entry(turn).or_default() += 1;
    }

    pub(super) fn abandoned(&mut self, turn: TurnId, attempt: u32) -> Check {
        // A turn that is gone by now was closed by the same step.
        if self.open.contains_key(&turn) && self.running.get(&turn) != Some(&attempt) {
            return broken("turns", format!("turn {turn}: attempt {attempt} does not run"));
        }
        self.attempt_ended(turn, false);
        Ok(())
    }

    pub(super) fn delivered(&mut self, scene: Scene<'_>, action: &Action) -> Check {
        let Action::Deliver { turn, attempt, envelope, deadline } = action else { return Ok(()) };
        let wrong = |text: String| broken("turns", format!("turn {turn} {attempt}: {text}"));
        let Some(chat) = self.open.get(turn) else {
            return wrong(String::from("delivered and not open"));
        };
        let lane = self.lanes.get(chat);
        if lane.and_then(VecDeque::front) != Some(turn) {
            return wrong(format!("delivered before its turn, the lane is {lane:?}"));
        }
        if self.running.contains_key(turn) {
            return wrong(String::from("delivered while the agent works on it"));
        }
        let (last, times) = self.delivered.get(turn).copied().unwrap_or_default();
        if *attempt <= last {
            return wrong(format!("delivered after attempt {last}"));
        }
        let excuses = self.excuses.get(turn).copied().unwrap_or_default();
        if times > excuses {
            return wrong(format!("delivered {times} times before, with {excuses} reasons"));
        }
        let (sender, group) = (&envelope.sender.id, envelope.chat.kind == ChatKind::Group);
        if let Err(reason) = scene.model.admits(scene.config, group, chat, sender) {
            return wrong(format!("delivered for {sender}, who is not let in: {reason:?}"));
        }
        if scene.model.paused.contains(chat) {
            return wrong(String::from("delivered although a person has the chat"));
        }
        let open = scene.channel.view().turns().find(|open| open.id == *turn);
        let Some(open) = open else { return wrong(String::from("delivered and not open")) };
        let incoming = &open.incoming;
        if envelope.chat.id != *chat
            || envelope.turn != *turn
            || envelope.attempt != *attempt
            || envelope.sender != incoming.sender
            || envelope.text != open.text()
            || envelope.media.len() != open.media().count()
            || !envelope.message_ids.iter().eq(ids(open.messages()))
        {
            return wrong(format!("another's envelope: {envelope:?}"));
        }
        if open.fetched.iter().any(Option::is_none) {
            return wrong(String::from("delivered before its media are there"));
        }
        if *deadline != scene.now.plus(scene.config.turn.timeout_sec * SECOND_MS) {
            return wrong(format!("its deadline is {deadline:?}, it is {:?}", scene.now));
        }
        // What a turn holds is told with its first attempt.
        for id in envelope.message_ids.iter().filter(|_| times == 0) {
            let message = (chat.clone(), sender.clone(), id.clone());
            let first = *self.told.entry(message).or_insert(*turn);
            if first != *turn {
                return wrong(format!("message {id} was delivered in turn {first}"));
            }
        }
        self.delivered.insert(*turn, (*attempt, times + 1));
        self.running.insert(*turn, *attempt);
        if self.running.len() > scene.config.turn.parallel as usize {
            return wrong(format!("{} turns run at once", self.running.len()));
        }
        Ok(())
    }

    /// Only what is durable is left, in the order of its records; whatever ran may run once more.
    pub(super) fn crash(&mut self, records: &[Record]) {
        self.running.clear();
        self.open.clear();
        self.lanes.clear();
        self.seen = records.len() as u64;
        self.messages.clear();
        let mut chats = BTreeMap::new();
        let mut lengths = BTreeMap::new();
        for record in records {
            match record {
                Record::TurnTaken { turn, incoming, .. } => {
                    chats.insert(*turn, incoming.chat.id.clone());
                    self.messages.insert(*turn, 1);
                    self.enter(*turn, &incoming.chat.id);
                }
                Record::TurnJoined { turn, .. } => *self.messages.entry(*turn).or_default() += 1,
                Record::Revived { cause: Cause::Turn { id }, .. } => {
                    if let Some(chat) = chats.get(id) {
                        self.enter(*id, chat);
                    }
                }
                Record::ReplyTaken { turn, parts, .. } if parts.is_empty() => self.close(*turn),
                Record::ReplyTaken { turn, parts, .. } => {
                    lengths.insert(*turn, parts.len());
                }
                Record::ChunkAcked { cause: Cause::Turn { id }, index, .. }
                    if lengths.get(id) == Some(&(*index as usize + 1)) =>
                {
                    self.close(*id);
                }
                Record::TurnDropped { turn, .. } | Record::TurnDead { turn, .. } => {
                    self.close(*turn);
                }
                Record::PostDead { cause: Cause::Turn { id }, .. }
                | Record::PostDropped { cause: Cause::Turn { id }, .. } => self.close(*id),
                _ => {}
            }
        }
        // Whatever was with the agent, or was answered and not for good, is asked once more.
        for turn in self.open.keys() {
            *self.excuses.entry(*turn).or_default() += 1;
        }
    }

    fn enter(&mut self, turn: TurnId, chat: &ChatId) {
        self.open.insert(turn, chat.clone());
        self.lanes.entry(chat.clone()).or_default().push_back(turn);
    }

    /// At the end: every turn that was taken in for good was delivered, or somebody withdrew it.
    pub fn owed(&self, book: &Book) -> Check {
        if let Some((turn, chat)) = self.open.first_key_value() {
            return broken("turns", format!("turn {turn} of {chat} is still open"));
        }
        for (turn, taken) in &book.turns {
            if !taken.excused && !self.delivered.contains_key(turn) {
                return broken("turns", format!("turn {turn} was taken in and never delivered"));
            }
        }
        Ok(())
    }

    /// Deliveries so far.
    pub fn deliveries(&self) -> u64 {
        self.delivered.values().map(|(_, times)| u64::from(*times)).sum()
    }
}

/// Zalo's ids of these messages, where there are any.
fn ids<'a>(messages: impl Iterator<Item = &'a Incoming>) -> impl Iterator<Item = &'a MessageId> {
    messages.filter_map(|message| message.message_id.as_ref())
}
