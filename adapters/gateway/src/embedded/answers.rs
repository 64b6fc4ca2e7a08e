//! `Answers`: what the host waits for, by number.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use zaloxide_core::Settled;

use crate::agents::Pulled;
use crate::engine::NoAnswer;
use crate::front::PlainAnswer;

/// Answers that nobody fetches; the oldest go first.
const KEPT_MAX: usize = 100_000;

/// What the host waits for.
#[derive(Default)]
pub(super) struct Answers {
    last: AtomicU64,
    come: Mutex<Come>,
    changed: Condvar,
}

/// What nobody has fetched yet.
#[derive(Default)]
pub(super) struct Come {
    by_number: BTreeMap<u64, Answer>,
    /// Threads that wait: without any, nobody is woken, which asks the system each time.
    waiters: usize,
}

/// What has come.
#[derive(Debug)]
pub enum Answer {
    /// The end of a send.
    Sent(Result<Settled, NoAnswer>),
    /// The next piece of a request's body is wanted.
    Wanted,
    /// What a request is to be answered with.
    Http(PlainAnswer),
}

impl Answers {
    /// So many numbers that are new, and not 0: the first of them.
    pub(super) fn numbers(&self, many: u64) -> u64 {
        self.last.fetch_add(many, Ordering::Relaxed) + 1
    }

    /// This has come under that number.
    pub(super) fn come(&self, number: u64, answer: Answer, host: &Pulled) {
        let mut come = self.lock();
        if come.by_number.len() >= KEPT_MAX {
            come.by_number.pop_first();
        }
        come.by_number.insert(number, answer);
        if come.waiters > 0 {
            self.changed.notify_all();
        }
        drop(come);
        host.tell(number);
    }

    /// What has come under a number, waited for at most so long.
    pub(super) fn take(&self, number: u64, within: Duration) -> Option<Answer> {
        let mut come = self.lock();
        if !within.is_zero() {
            come.waiters += 1;
            let waits = |come: &mut Come| !come.by_number.contains_key(&number);
            let waited = self.changed.wait_timeout_while(come, within, waits);
            come = waited.unwrap_or_else(PoisonError::into_inner).0;
            come.waiters -= 1;
        }
        come.take(number)
    }

    /// For many looks at once.
    pub(super) fn lock(&self) -> MutexGuard<'_, Come> {
        self.come.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Come {
    /// What has come under a number.
    pub(super) fn take(&mut self, number: u64) -> Option<Answer> {
        self.by_number.remove(&number)
    }
}
