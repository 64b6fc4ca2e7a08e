//! `Share`: which account's call comes next when there are more calls than threads. Pure: no
//! thread, no clock.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::num::NonZeroUsize;

/// Who runs and who waits.
///
/// The account with the fewest running calls is next; among equals the one whose next call waits
/// longest. An account that holds a quarter of all places gets no more while another waits. Each
/// step takes the time of a look-up, however many accounts wait: at the start all of them do.
pub(super) struct Share {
    places: usize,
    quarter: usize,
    taken: usize,
    waiting: usize,
    arrivals: u64,
    accounts: BTreeMap<String, Seat>,
    /// Accounts that wait, the next one first.
    line: BTreeSet<(Rank, String)>,
}

/// An account's place in the line: its running calls, and when the oldest of those that wait came.
type Rank = (usize, u64);

#[derive(Default)]
struct Seat {
    running: usize,
    /// When each waiting call came, oldest first.
    waiting: VecDeque<u64>,
}

impl Seat {
    fn rank(&self) -> Option<Rank> {
        Some((self.running, *self.waiting.front()?))
    }
}

impl Share {
    pub(super) fn new(places: NonZeroUsize) -> Self {
        let places = places.get();
        Self {
            places,
            quarter: (places / 4).max(1),
            taken: 0,
            waiting: 0,
            arrivals: 0,
            accounts: BTreeMap::new(),
            line: BTreeSet::new(),
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
        self.waiting
    }

    /// All calls that run.
    pub(super) fn running(&self) -> usize {
        self.taken
    }

    /// A call of this account waits.
    pub(super) fn arrive(&mut self, account: &str) {
        self.arrivals += 1;
        self.waiting += 1;
        let arrival = self.arrivals;
        self.change(account, |seat| seat.waiting.push_back(arrival));
    }

    /// Whose oldest call runs now, if any may.
    pub(super) fn next(&mut self) -> Option<String> {
        let contested = self.line.len() > 1;
        let ((running, _), account) = self.line.first()?;
        if self.taken == self.places || (contested && *running >= self.quarter) {
            return None;
        }
        let account = account.clone();
        self.taken += 1;
        self.waiting -= 1;
        self.change(&account, |seat| {
            seat.waiting.pop_front();
            seat.running += 1;
        });
        Some(account)
    }

    /// A running call of this account ended.
    pub(super) fn end(&mut self, account: &str) {
        if self.accounts.contains_key(account) {
            self.taken = self.taken.saturating_sub(1);
            self.change(account, |seat| seat.running = seat.running.saturating_sub(1));
        }
    }

    /// Forget all that wait.
    pub(super) fn drop_waiting(&mut self) {
        self.line.clear();
        self.waiting = 0;
        for seat in self.accounts.values_mut() {
            seat.waiting.clear();
        }
        self.accounts.retain(|_, seat| seat.running > 0);
    }

    /// Changes what an account has, and with it its place in the line.
    fn change(&mut self, account: &str, change: impl FnOnce(&mut Seat)) {
        let seat = self.accounts.entry(account.to_owned()).or_default();
        if let Some(rank) = seat.rank() {
            self.line.remove(&(rank, account.to_owned()));
        }
        change(seat);
        match seat.rank() {
            Some(rank) => {
                self.line.insert((rank, account.to_owned()));
            }
            None if seat.running == 0 => {
                self.accounts.remove(account);
            }
            None => {}
        }
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
