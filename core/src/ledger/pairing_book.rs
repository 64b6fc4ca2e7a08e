//! The pairing book: who asked, who was let in, who was turned away, and by whom.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::id::{ChatId, SenderId};
use crate::limits::{APPROVED_MAX, HISTORY_MAX, SILENCED_MAX};
use crate::time::{DAY_MS, HOUR_MS, Time};

/// How long a code lives, in ms. Writing again does not extend it.
pub(crate) const CODE_LIFE_MS: u64 = HOUR_MS;
/// How long a rejected sender gets no code, in ms.
pub(crate) const SILENCE_MS: u64 = DAY_MS;
/// The window in which codes are counted, in ms.
const ISSUED_WINDOW_MS: u64 = DAY_MS;

/// A stranger who has a code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Request {
    /// Their name, as they wrote it.
    pub name: Option<String>,
    /// Where they were told.
    pub chat: ChatId,
    /// The code.
    pub code: String,
    /// When it was drawn.
    pub issued_at: Time,
    /// Zalo acknowledged the message with the code.
    pub told: bool,
}

impl Request {
    /// When the code dies.
    pub fn expires_at(&self) -> Time {
        self.issued_at.plus(CODE_LIFE_MS)
    }
}

/// Somebody who was let in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Admitted {
    /// Their name when they asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Box<str>>,
    /// When.
    pub at: Time,
}

/// What was decided about somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Decision {
    /// Let in.
    Approved,
    /// Turned away for a day.
    Rejected,
    /// Turned away for good.
    Blocked,
    /// No longer let in.
    Revoked,
}

/// A line of the pairing history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HistoryEntry {
    /// When.
    pub at: Time,
    /// Who.
    pub sender: SenderId,
    /// What.
    pub decision: Decision,
    /// By whom.
    pub source: String,
}

/// Who asked, who was let in, who was turned away.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct PairingBook {
    pending: BTreeMap<SenderId, Request>,
    approved: BTreeMap<SenderId, Admitted>,
    /// Until when; `None` is for good.
    silenced: BTreeMap<SenderId, Option<Time>>,
    /// Codes of the last day.
    issued: VecDeque<(Time, SenderId)>,
    history: VecDeque<HistoryEntry>,
}

impl PairingBook {
    pub(crate) fn is_approved(&self, sender: &SenderId) -> bool {
        self.approved.contains_key(sender)
    }

    /// No more can be let in.
    pub(crate) fn is_full(&self) -> bool {
        self.room() == 0
    }

    /// How many more can be let in.
    pub(crate) fn room(&self) -> usize {
        APPROVED_MAX.saturating_sub(self.approved.len())
    }

    pub(crate) fn is_silenced(&self, sender: &SenderId, now: Time) -> bool {
        match self.silenced.get(sender) {
            None => false,
            Some(None) => true,
            Some(Some(until)) => now < *until,
        }
    }

    /// The stranger's request, if its code is alive.
    pub(crate) fn request(&self, sender: &SenderId, now: Time) -> Option<&Request> {
        self.pending.get(sender).filter(|request| now < request.expires_at())
    }

    /// Whose code this is, if it is alive. `code` in upper case.
    pub(crate) fn holder(&self, code: &str, now: Time) -> Option<&SenderId> {
        self.pending(now).find(|(_, request)| request.code == code).map(|(sender, _)| sender)
    }

    /// Requests whose codes are alive.
    pub(crate) fn pending(&self, now: Time) -> impl Iterator<Item = (&SenderId, &Request)> {
        self.pending.iter().filter(move |(_, request)| now < request.expires_at())
    }

    pub(crate) fn approved(&self) -> impl ExactSizeIterator<Item = (&SenderId, &Admitted)> {
        self.approved.iter()
    }

    pub(crate) fn history(&self) -> impl Iterator<Item = &HistoryEntry> {
        self.history.iter()
    }

    /// Codes of the last 24 hours: (to this sender, in all).
    pub(crate) fn issued(&self, sender: &SenderId, now: Time) -> (usize, usize) {
        let recent = self.issued.iter().filter(|(at, _)| now.since(*at) < ISSUED_WINDOW_MS);
        recent.fold((0, 0), |(own, all), (_, who)| (own + usize::from(who == sender), all + 1))
    }

    pub(super) fn issue(
        &mut self,
        sender: &SenderId,
        name: Option<&str>,
        chat: &ChatId,
        code: &str,
        at: Time,
    ) {
        self.pending.retain(|_, request| at < request.expires_at());
        while self.issued.front().is_some_and(|(then, _)| at.since(*then) >= ISSUED_WINDOW_MS) {
            self.issued.pop_front();
        }
        self.issued.push_back((at, sender.clone()));
        let request = Request {
            name: name.map(String::from),
            chat: chat.clone(),
            code: String::from(code),
            issued_at: at,
            told: false,
        };
        self.pending.insert(sender.clone(), request);
    }

    pub(super) fn told(&mut self, sender: &SenderId) {
        if let Some(request) = self.pending.get_mut(sender) {
            request.told = true;
        }
    }

    pub(super) fn approve(&mut self, sender: &SenderId, source: &str, at: Time) {
        let name = self.pending.remove(sender).and_then(|request| request.name);
        self.silenced.remove(sender);
        let admitted = Admitted { name: name.map(String::into_boxed_str), at };
        self.approved.insert(sender.clone(), admitted);
        self.remember(sender, Decision::Approved, source, at);
    }

    pub(super) fn reject(&mut self, sender: &SenderId, block: bool, source: &str, at: Time) {
        self.pending.remove(sender);
        self.approved.remove(sender);
        let until = if block { None } else { Some(at.plus(SILENCE_MS)) };
        self.silence(sender, until, at);
        let decision = if block { Decision::Blocked } else { Decision::Rejected };
        self.remember(sender, decision, source, at);
    }

    pub(super) fn revoke(&mut self, sender: &SenderId, source: &str, at: Time) {
        self.approved.remove(sender);
        self.remember(sender, Decision::Revoked, source, at);
    }

    pub(super) fn forget(&mut self, sender: &SenderId) {
        self.pending.remove(sender);
        self.approved.remove(sender);
        self.silenced.remove(sender);
        self.issued.retain(|(_, who)| who != sender);
        self.history.retain(|entry| entry.sender != *sender);
    }

    fn silence(&mut self, sender: &SenderId, until: Option<Time>, at: Time) {
        self.silenced.retain(|_, until| until.is_none_or(|until| at < until));
        if self.silenced.len() >= SILENCED_MAX && !self.silenced.contains_key(sender) {
            // The one whose silence ends first makes room; who is blocked for good stays.
            let first =
                self.silenced.iter().min_by_key(|(_, until)| until.map_or(u64::MAX, Time::as_ms));
            if let Some(first) = first.map(|(sender, _)| sender.clone()) {
                self.silenced.remove(&first);
            }
        }
        self.silenced.insert(sender.clone(), until);
    }

    fn remember(&mut self, sender: &SenderId, decision: Decision, source: &str, at: Time) {
        if self.history.len() >= HISTORY_MAX {
            self.history.pop_front();
        }
        let (sender, source) = (sender.clone(), String::from(source));
        self.history.push_back(HistoryEntry { at, sender, decision, source });
    }

    pub(super) fn pull_back(&mut self, now: Time) {
        for request in self.pending.values_mut() {
            request.issued_at = request.issued_at.min(now);
        }
        for admitted in self.approved.values_mut() {
            admitted.at = admitted.at.min(now);
        }
        for until in self.silenced.values_mut().flatten() {
            *until = (*until).min(now.plus(SILENCE_MS));
        }
        for (at, _) in &mut self.issued {
            *at = (*at).min(now);
        }
        for entry in &mut self.history {
            entry.at = entry.at.min(now);
        }
    }
}
