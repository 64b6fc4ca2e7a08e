//! `Ending`: how far the engine is on its way to the end.

use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How far the engine is on its way to the end.
#[derive(Debug, Default)]
pub(crate) struct Ending {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    asked: u32,
    running: BTreeSet<String>,
    /// Accounts come and go: that there is none just now is no end.
    held: u32,
    /// Why one of them can't go on.
    failed: Option<String>,
}

impl Ending {
    /// The accounts that will each say `Stopped`.
    pub(crate) fn running(&self, accounts: impl IntoIterator<Item = String>) {
        self.lock().running.extend(accounts);
    }

    /// An account has said it.
    pub(crate) fn stopped(&self, account: &str) {
        self.lock().running.remove(account);
        self.changed.notify_all();
    }

    /// An account can't go on: no last word of it will come.
    pub(crate) fn fail(&self, account: &str, reason: String) {
        let mut state = self.lock();
        state.running.remove(account);
        // What the others come to say later follows from the first.
        state.failed.get_or_insert(reason);
        drop(state);
        self.changed.notify_all();
    }

    /// Why the first account that can't go on can't, if one can't.
    pub(crate) fn failed(&self) -> Option<String> {
        self.lock().failed.clone()
    }

    /// Somebody wants the end. Whether it was the first.
    pub(crate) fn ask(&self) -> bool {
        let mut state = self.lock();
        state.asked = state.asked.saturating_add(1);
        let first = state.asked == 1;
        drop(state);
        self.changed.notify_all();
        first
    }

    /// Whether somebody wants the end.
    pub(crate) fn is_asked(&self) -> bool {
        self.lock().asked > 0
    }

    /// Waits until somebody wants the end, an account can't go on, or every account has ended by
    /// itself.
    pub(crate) fn wait_asked(&self) {
        let state = self.lock();
        let goes_on = |state: &mut State| {
            let some_work = state.held > 0 || !state.running.is_empty();
            state.asked == 0 && state.failed.is_none() && some_work
        };
        drop(self.changed.wait_while(state, goes_on).unwrap_or_else(PoisonError::into_inner));
    }

    /// The end does not come by itself while accounts come and go.
    pub(crate) fn hold(&self) -> Hold<'_> {
        self.lock().held += 1;
        Hold(self)
    }

    /// Waits until this account has stopped, at most so long, and no longer once somebody wants
    /// the end of all. Whether it has.
    pub(crate) fn wait_stopped_one(&self, account: &str, within: Duration) -> bool {
        let state = self.lock();
        let waits = |state: &mut State| state.running.contains(account) && state.asked == 0;
        let waited = self.changed.wait_timeout_while(state, within, waits);
        !waited.unwrap_or_else(PoisonError::into_inner).0.running.contains(account)
    }

    /// Waits until every account has stopped, at most so long, and no longer once somebody has
    /// asked twice. Who has not stopped.
    pub(crate) fn wait_stopped(&self, within: Duration) -> Vec<String> {
        let deadline = Instant::now() + within;
        let mut state = self.lock();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if state.running.is_empty() || state.asked > 1 || left.is_zero() {
                return state.running.iter().cloned().collect();
            }
            state =
                self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps the end from coming by itself, until it is dropped.
pub(crate) struct Hold<'a>(&'a Ending);

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        self.0.lock().held -= 1;
        self.0.changed.notify_all();
    }
}
