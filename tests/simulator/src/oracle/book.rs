//! `Book`: what the records say that were offered, with their numbers, and how far they are known to
//! be durable.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use zaloxide_core::{Cause, ChatId, Part, Record, SenderId, TurnId};

/// A reply or send as it was taken.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The record's number.
    pub number: u64,
    /// To whom; a reply goes to its turn's chat.
    pub chat: ChatId,
    /// What.
    pub parts: Arc<[Part]>,
}

/// A turn as it was taken.
#[derive(Clone, Debug)]
pub struct TurnTaken {
    /// The record's number.
    pub number: u64,
    /// Its chat.
    pub chat: ChatId,
    /// It was closed without a delivery being owed.
    pub excused: bool,
}

/// The records' index.
#[derive(Debug, Default)]
pub struct Book {
    /// The program was told that records up to here are durable.
    pub told: u64,
    /// The number of the last record that was noted.
    pub last: u64,
    /// Turns.
    pub turns: BTreeMap<TurnId, TurnTaken>,
    /// Which record took an update in: by chat, sender and message.
    pub updates: BTreeMap<(ChatId, SenderId, String), u64>,
    /// Replies and sends.
    pub parcels: BTreeMap<Cause, Taken>,
    /// Chunks that were acknowledged.
    pub acked: BTreeMap<(Cause, u32), u64>,
    /// Chunks that were about to be sent, each time.
    pub intended: BTreeMap<(Cause, u32), Vec<u64>>,
    /// Replies and sends that ended, with the record of the first end: whoever waits is told that
    /// one, also when somebody has it tried again before it is durable.
    pub ended: BTreeMap<Cause, u64>,
    /// Codes: whose, since when.
    pub codes: BTreeMap<String, (u64, SenderId)>,
    /// Decisions about each sender that are not answered.
    pub decided: BTreeMap<SenderId, VecDeque<u64>>,
    /// Dead letters so far.
    pub dead: u64,
}

impl Book {
    /// Takes a record down. False when it is known.
    pub fn note(&mut self, number: u64, record: &Record) -> bool {
        if number <= self.last {
            return false;
        }
        self.last = number;
        self.dead += u64::from(matches!(record, Record::TurnDead { .. } | Record::PostDead { .. }));
        match record {
            Record::TurnTaken { turn, incoming, .. } => {
                let chat = incoming.chat.id.clone();
                self.turns.insert(*turn, TurnTaken { number, chat, excused: false });
                self.update(number, incoming);
            }
            Record::TurnJoined { incoming, .. } | Record::Listed { incoming, .. } => {
                self.update(number, incoming);
            }
            Record::TurnDropped { turn, .. }
            | Record::TurnDead { turn, why: zaloxide_core::DeadWhy::Stale, .. } => {
                self.excuse(*turn);
            }
            Record::ReplyTaken { turn, parts, .. } => {
                let chat = self.turns.get(turn).map(|turn| turn.chat.clone());
                let chat = chat.unwrap_or_else(|| ChatId::from(""));
                let taken = Taken { number, chat, parts: parts.clone() };
                self.parcels.insert(Cause::Turn { id: *turn }, taken);
            }
            Record::SendTaken { send, chat, parts, .. } => {
                let taken = Taken { number, chat: chat.clone(), parts: parts.clone() };
                self.parcels.insert(Cause::Send { id: *send }, taken);
            }
            Record::ChunkAcked { cause, index, .. } => {
                self.acked.insert((cause.clone(), *index), number);
                let of = self.parcels.get(cause).map_or(0, |taken| taken.parts.len());
                if *index as usize + 1 == of {
                    self.ended.entry(cause.clone()).or_insert(number);
                }
            }
            Record::ChunkIntended { cause, index } => {
                self.intended.entry((cause.clone(), *index)).or_default().push(number);
            }
            Record::PostDead { cause, .. } | Record::PostDropped { cause, .. } => {
                self.ended.entry(cause.clone()).or_insert(number);
            }
            Record::CodeIssued { sender, code, .. } => {
                self.codes.insert(code.clone(), (number, sender.clone()));
            }
            Record::Approved { sender, .. }
            | Record::Rejected { sender, .. }
            | Record::Revoked { sender, .. } => {
                self.decided.entry(sender.clone()).or_default().push_back(number);
            }
            _ => {}
        }
        true
    }

    fn update(&mut self, number: u64, incoming: &zaloxide_core::Incoming) {
        if let Some(id) = &incoming.message_id {
            let sender = incoming.sender.id.clone();
            let key = (incoming.chat.id.clone(), sender, String::from(id.as_str()));
            self.updates.insert(key, number);
        }
    }

    fn excuse(&mut self, turn: TurnId) {
        if let Some(turn) = self.turns.get_mut(&turn) {
            turn.excused = true;
        }
    }

    /// A decision about somebody is answered, well or badly.
    pub fn answered(&mut self, sender: &SenderId) {
        if let Some(numbers) = self.decided.get_mut(sender) {
            numbers.pop_front();
        }
    }

    /// Whether a record is there and known to be durable.
    pub fn is_durable(&self, number: Option<u64>) -> bool {
        number.is_some_and(|number| number <= self.told)
    }

    /// What lies behind this number is lost.
    pub fn crash(&mut self, stored: u64) {
        (self.told, self.last) = (stored, stored);
        self.turns.retain(|_, turn| turn.number <= stored);
        self.updates.retain(|_, number| *number <= stored);
        self.parcels.retain(|_, taken| taken.number <= stored);
        self.acked.retain(|_, number| *number <= stored);
        for numbers in self.intended.values_mut() {
            numbers.retain(|number| *number <= stored);
        }
        self.ended.retain(|_, number| *number <= stored);
        self.codes.retain(|_, (number, _)| *number <= stored);
        self.decided.clear();
    }
}
