//! `Queue`: what was submitted and not yet begun. Pushing never waits for the disk.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::{Done, Ended, Lease, StoreError};

/// A lease, and an account's rows in order.
pub(super) type Opened = (Lease, Vec<(u64, String)>);

/// Something to be written.
pub(super) enum Task {
    /// Take the lease and read the journal.
    Open { account: String, opened: Sender<Result<Opened, StoreError>> },
    /// Tell somebody when the lease has ended.
    Watch { lease: Lease, ended: Ended },
    /// Write records, numbered one by one from `first`.
    Append { lease: Lease, first: u64, records: Vec<String>, done: Done },
    /// Write a snapshot and delete what it covers.
    Compact { lease: Lease, upto: u64, snapshot: String, done: Done },
    /// Give the lease back.
    Release { lease: Lease, done: Done },
}

/// Tasks of all accounts, in the order in which they came.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    /// How often all of it was taken and committed.
    transactions: AtomicU64,
}

#[derive(Default)]
struct State {
    tasks: Vec<Task>,
    closed: bool,
}

/// Why the writer woke.
pub(super) enum Woken {
    /// There is work; all of it.
    Work(Vec<Task>),
    /// The time has come.
    Due,
    /// Nothing will come any more.
    Closed,
}

impl Queue {
    pub(super) fn push(&self, task: Task) {
        self.lock().tasks.push(task);
        self.changed.notify_one();
    }

    /// Nothing will come any more. What is there is still taken.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_one();
    }

    /// All that was taken was committed.
    pub(super) fn committed(&self) {
        self.transactions.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn transactions(&self) -> u64 {
        self.transactions.load(Ordering::Relaxed)
    }

    /// Waits for work, at most until `due`, and takes all of it.
    pub(super) fn take(&self, due: Option<Instant>) -> Woken {
        let mut state = self.lock();
        loop {
            if !state.tasks.is_empty() {
                return Woken::Work(std::mem::take(&mut state.tasks));
            }
            if state.closed {
                return Woken::Closed;
            }
            state = match due.map(|due| due.saturating_duration_since(Instant::now())) {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(left) if left.is_zero() => return Woken::Due,
                Some(left) => {
                    let waited = self.changed.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
