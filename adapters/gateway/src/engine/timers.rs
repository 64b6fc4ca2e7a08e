//! Timers: one thread that tells each account when its time has come.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use zaloxide_core::Time;

use crate::clock::Clock;

/// The wall clock may be set ahead, and a machine may sleep: no wait is longer than this.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// When each account is due.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    due: BTreeSet<(Time, usize)>,
    of: HashMap<usize, Time>,
    closed: bool,
}

impl Timers {
    /// Sets the one timer of an account, or none.
    pub(crate) fn set(&self, account: usize, at: Option<Time>) {
        let mut state = self.lock();
        let before = state.due.first().copied();
        if let Some(old) = state.of.remove(&account) {
            state.due.remove(&(old, account));
        }
        if let Some(at) = at {
            state.of.insert(account, at);
            state.due.insert((at, account));
        }
        // Only an earlier first one shortens the wait.
        let earlier = state.due.first().is_some_and(|first| before.is_none_or(|old| *first < old));
        drop(state);
        if earlier {
            self.changed.notify_one();
        }
    }

    /// Waits for the next account that is due, whose timer is thereby off. `None`: closed.
    pub(crate) fn next(&self, clock: &Clock) -> Option<usize> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            let now = clock.now();
            let wait = match state.due.first().copied() {
                Some((at, account)) if at <= now => {
                    state.due.remove(&(at, account));
                    state.of.remove(&account);
                    return Some(account);
                }
                Some((at, _)) => Duration::from_millis(at.since(now)).min(LOOK_AGAIN),
                None => LOOK_AGAIN,
            };
            state =
                self.changed.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Ends [`Self::next`].
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_come_when_they_are_due_each_once() {
        let (timers, clock) = (Timers::default(), Clock::new());
        let now = clock.now();
        timers.set(1, Some(now.plus(20)));
        timers.set(2, Some(now.plus(10)));
        timers.set(3, Some(now.minus(10)));
        timers.set(3, Some(now.minus(20)));
        timers.set(4, Some(now.plus(5)));
        timers.set(4, None);
        assert_eq!([(); 3].map(|()| timers.next(&clock)), [Some(3), Some(2), Some(1)]);
        timers.close();
        assert_eq!(timers.next(&clock), None);
    }
}
