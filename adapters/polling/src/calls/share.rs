//! `Share`: which account's call comes next when there are more calls than threads. Pure: no
//! thread, no clock.

use std::collections::{BTreeMap, VecDeque};
use std::num::NonZeroUsize;

/// Who runs and who waits.
///
/// The account with the fewest running calls is next; among equals the one whose next call waits
/// longest. An account that holds a quarter of all places gets no more while another waits.
pub(super) struct Share {
    places: usize,
    quarter: usize,
    taken: usize,
    arrivals: u64,
    accounts: BTreeMap<String, Seat>,
}

#[derive(Default)]
struct Seat {
    running: usize,
    /// When each waiting call came, oldest first.
    waiting: VecDeque<u64>,
}

impl Share {
    pub(super) fn new(places: NonZeroUsize) -> Self {
        let places = places.get();
        Self {
            places,
            quarter: (places / 4).max(1),
            taken: 0,
            arrivals: 0,
            accounts: BTreeMap::new(),
        }
    }

    /// Calls that may run at the same time.
    pub(super) fn places(&self) -> usize {
        self.places
    }

    /// Calls of this account that wait.
    pub(super) fn waiting_of(&self, account: &str) -> usize {
        self.accounts.get(account).map_or(0, |seat| seat.waiting.len())
    }

    /// All calls that wait.
    pub(super) fn waiting(&self) -> usize {
        self.accounts.values().map(|seat| seat.waiting.len()).sum()
    }

    /// All calls that run.
    pub(super) fn running(&self) -> usize {
        self.taken
    }

    /// A call of this account waits.
    pub(super) fn arrive(&mut self, account: &str) {
        self.arrivals += 1;
        self.accounts.entry(account.to_owned()).or_default().waiting.push_back(self.arrivals);
    }

    /// Whose oldest call runs now, if any may.
    pub(super) fn next(&mut self) -> Option<String> {
        if self.taken == self.places {
            return None;
        }
        let contested = self.accounts.values().filter(|seat| !seat.waiting.is_empty()).count() > 1;
        let (account, seat) = self
            .accounts
            .iter_mut()
            .filter(|(_, seat)| !contested || seat.running < self.quarter)
            .filter_map(|(account, seat)| Some((*seat.waiting.front()?, account, seat)))
            .min_by_key(|(arrival, _, seat)| (seat.running, *arrival))
            .map(|(_, account, seat)| (account, seat))?;
        seat.waiting.pop_front();
        seat.running += 1;
        self.taken += 1;
        Some(account.clone())
    }

    /// A running call of this account ended.
    pub(super) fn end(&mut self, account: &str) {
        let Some(seat) = self.accounts.get_mut(account) else { return };
        seat.running = seat.running.saturating_sub(1);
        self.taken = self.taken.saturating_sub(1);
        if seat.running == 0 && seat.waiting.is_empty() {
            self.accounts.remove(account);
        }
    }

    /// Forget all that wait.
    pub(super) fn drop_waiting(&mut self) {
        for seat in self.accounts.values_mut() {
            seat.waiting.clear();
        }
        self.accounts.retain(|_, seat| seat.running > 0);
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::Share;

    /// `+a` a call of `a` arrives, `-a` one ends, `>` all that may start do. What started, in
    /// order; `|` between two `>`.
    fn played(places: usize, script: &str) -> String {
        let mut share = Share::new(NonZeroUsize::new(places).unwrap());
        let mut started = Vec::new();
        for step in script.split_whitespace() {
            match step.split_at(1) {
                ("+", account) => share.arrive(account),
                ("-", account) => share.end(account),
                _ => started.push(std::iter::from_fn(|| share.next()).collect::<String>()),
            }
        }
        started.join("|")
    }

    #[test]
    fn places_are_shared() {
        let table = [
            // (places, script, what starts)
            (4, ">", ""),
            (2, "+a +a +a >", "aa"),
            (2, "+a +a +a > -a >", "aa|a"),
            (8, "+a +a +a +a > +b >", "aaaa|b"), // alone, more than a quarter
            (8, "+a +a +a +b +b +b >", "abab"),  // both wait: a quarter each
            (8, "+a +a +a +b >", "abaa"),        // no other waits any more: a goes on
            (8, "+a +b +a +b +a +b > -a >", "abab|ab"), // an end makes room under the quarter
            (8, "+a +a +a +b +b +b +c >", "abcab"), // fewest running first
            (4, "+a +a +a +a +a > +b -a >", "aaaa|b"), // the newcomer comes before the crowd
            (4, "+a +a +b >", "aba"),
            (1, "+a +b > -a > -b >", "a|b|"),
            (3, "+b +a >", "ba"), // oldest first among equals
        ];
        for (places, script, expected) in table {
            assert_eq!(played(places, script), expected, "{places} places: {script}");
        }
    }

    #[test]
    fn an_idle_account_leaves_nothing_behind() {
        let mut share = Share::new(NonZeroUsize::new(2).unwrap());
        share.arrive("a");
        assert_eq!((share.waiting_of("a"), share.waiting(), share.running()), (1, 1, 0));
        assert_eq!(share.next().as_deref(), Some("a"));
        share.arrive("a");
        share.drop_waiting();
        assert_eq!((share.waiting_of("a"), share.waiting(), share.running()), (0, 0, 1));
        share.end("a");
        share.end("never seen");
        assert!(share.accounts.is_empty());
        assert_eq!(share.running(), 0);
    }
}
