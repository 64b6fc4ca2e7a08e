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

    /// So many are blocked for good that nobody else can be.
    pub(crate) fn is_full_of_blocked(&self) -> bool {
        self.silenced.len() >= SILENCED_MAX && self.silenced.values().all(Option::is_none)
    }

    pub(crate) fn is_blocked(&self, sender: &SenderId) -> bool {
        self.silenced.get(sender) == Some(&None)
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
            let ends = self.silenced.iter().filter_map(|(who, until)| Some((until.as_ref()?, who)));
            let Some(first) = ends.min().map(|(_, who)| who.clone()) else { return };
            self.silenced.remove(&first);
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

#[cfg(test)]
mod tests {
    use std::format;

    use super::{Decision, PairingBook, SILENCE_MS};
    use crate::id::SenderId;
    use crate::limits::{HISTORY_MAX, SILENCED_MAX};
    use crate::time::{DAY_MS, HOUR_MS, Time};

    const NOW: Time = Time::from_ms(90 * DAY_MS);

    fn sender(n: usize) -> SenderId {
        SenderId::from(format!("s{n:05}").as_str())
    }

    #[test]
    fn whose_silence_ends_first_makes_room_and_the_blocked_stay() {
        let ends = |n: usize| (n > 0).then(|| NOW.plus(SILENCE_MS + n as u64));
        let silenced = (0..SILENCED_MAX).map(|n| (sender(n), ends(n))).collect();
        let mut book = PairingBook { silenced, ..PairingBook::default() };
        let later = NOW.plus(HOUR_MS);
        book.reject(&sender(2), true, "test", later);
        assert!(book.is_silenced(&sender(1), later), "who is there already takes no room");
        book.reject(&sender(SILENCED_MAX), false, "test", later);
        assert!(!book.is_silenced(&sender(1), later), "the first to end");
        for n in [0, 2, 3, SILENCED_MAX] {
            assert!(book.is_silenced(&sender(n), later), "{n}");
        }
        assert!(book.is_blocked(&sender(2)) && !book.is_blocked(&sender(3)));
        let ended = NOW.plus(SILENCE_MS + SILENCED_MAX as u64);
        assert!(!book.is_silenced(&sender(3), ended) && book.is_silenced(&sender(0), ended));
        assert!(!book.is_full_of_blocked());
    }

    #[test]
    fn nobody_makes_room_where_all_are_blocked() {
        let silenced = (1..SILENCED_MAX).map(|n| (sender(n), None)).collect();
        let mut book = PairingBook { silenced, ..PairingBook::default() };
        assert!(!book.is_full_of_blocked());
        book.reject(&sender(0), true, "test", NOW);
        assert!(book.is_full_of_blocked());
        book.reject(&sender(SILENCED_MAX), false, "test", NOW);
        assert!(!book.is_silenced(&sender(SILENCED_MAX), NOW));
        assert!((0..SILENCED_MAX).all(|n| book.is_blocked(&sender(n))));
    }

    #[test]
    fn what_is_over_is_forgotten_when_another_comes() {
        let mut book = PairingBook::default();
        let issue = |book: &mut PairingBook, n: usize, after_ms: u64| {
            book.issue(&sender(n), None, &"c".into(), &format!("CODE{n}"), NOW.plus(after_ms));
            (book.pending.len(), book.issued.len())
        };
        assert_eq!(issue(&mut book, 1, 0), (1, 1));
        assert_eq!(issue(&mut book, 2, HOUR_MS - 1), (2, 2));
        assert_eq!(issue(&mut book, 3, HOUR_MS), (2, 3), "the first has just died");
        assert_eq!(issue(&mut book, 4, DAY_MS - 1), (1, 4));
        assert_eq!(issue(&mut book, 5, DAY_MS), (2, 4), "a day is over");

        let reject = |book: &mut PairingBook, n: usize, after_ms: u64| {
            book.reject(&sender(n), false, "test", NOW.plus(after_ms));
            book.silenced.len()
        };
        assert_eq!(reject(&mut book, 1, 0), 1);
        assert_eq!(reject(&mut book, 2, SILENCE_MS - 1), 2);
        assert_eq!(reject(&mut book, 3, SILENCE_MS), 2, "the first may write again");
    }

    #[test]
    fn the_history_keeps_the_latest() {
        let mut book = PairingBook::default();
        for n in 0..=HISTORY_MAX {
            book.approve(&sender(n), "test", NOW);
        }
        book.revoke(&sender(9), "test", NOW);
        let kept: std::vec::Vec<_> = book.history().collect();
        assert_eq!((kept.len(), &kept[0].sender), (HISTORY_MAX, &sender(2)));
        assert_eq!(kept[HISTORY_MAX - 1].decision, Decision::Revoked);
        assert!(!book.is_approved(&sender(9)) && book.is_approved(&sender(0)));
    }

    #[test]
    fn what_a_fast_clock_wrote_is_pulled_back() {
        let mut book = PairingBook::default();
        let ahead = NOW.plus(7 * DAY_MS);
        book.issue(&sender(1), None, &"c".into(), "CODE", ahead);
        book.reject(&sender(2), false, "test", ahead);
        book.approve(&sender(3), "test", ahead);
        book.pull_back(NOW);
        let alive = |at: Time| book.holder("CODE", at).is_some();
        assert!(alive(NOW.plus(HOUR_MS - 1)) && !alive(NOW.plus(HOUR_MS)));
        assert!(book.is_silenced(&sender(2), NOW.plus(SILENCE_MS - 1)));
        assert!(!book.is_silenced(&sender(2), NOW.plus(SILENCE_MS)));
        assert!(book.approved().all(|(_, admitted)| admitted.at == NOW));
        assert!(book.history().all(|entry| entry.at == NOW));
        assert_eq!(book.issued(&sender(1), NOW.plus(DAY_MS - 1)), (1, 1));
        assert_eq!(book.issued(&sender(1), NOW.plus(DAY_MS)), (0, 0));
    }

    #[test]
    fn nothing_is_left_of_whom_nobody_shall_know() {
        let mut book = PairingBook::default();
        book.issue(&sender(1), Some("An"), &"c".into(), "CODE", NOW);
        book.issue(&sender(2), None, &"d".into(), "OTHER", NOW);
        book.approve(&sender(1), "test", NOW);
        book.reject(&sender(1), true, "test", NOW);
        book.forget(&sender(1));
        let mut other = PairingBook::default();
        other.issue(&sender(2), None, &"d".into(), "OTHER", NOW);
        assert_eq!(book, other);
    }
}
