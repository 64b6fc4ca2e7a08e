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
    /// When whoever waits looks again by themselves.
    looks: Option<Time>,
    closed: bool,
}

impl Timers {
    /// Sets the one timer of an account, or none.
    pub(crate) fn set(&self, account: usize, at: Option<Time>) {
        let mut state = self.lock();
        if let Some(old) = state.of.remove(&account) {
            state.due.remove(&(old, account));
        }
        if let Some(at) = at {
            state.of.insert(account, at);
            state.due.insert((at, account));
        }
        // Waking somebody costs more than all of the above: only who would look too late is woken.
        let too_late = state.looks.zip(at).is_some_and(|(looks, at)| at < looks);
        drop(state);
        if too_late {
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
            state.looks = Some(now.plus(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)));
            state =
                self.changed.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0;
            state.looks = None;
        }
    }

    /// For how long the account that is longest due has been, in ms: whoever waits is stuck, or
    /// the machine slept.
    pub(crate) fn overdue_ms(&self, clock: &Clock) -> u64 {
        let first = self.lock().due.first().copied();
        first.map_or(0, |(at, _)| clock.now().since(at))
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
        assert!((20..20_000).contains(&timers.overdue_ms(&clock)));
        assert_eq!([(); 3].map(|()| timers.next(&clock)), [Some(3), Some(2), Some(1)]);
        assert_eq!(timers.overdue_ms(&clock), 0);
        timers.close();
        assert_eq!(timers.next(&clock), None);
    }
}
