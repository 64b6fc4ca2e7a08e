//! `Answers`: what the host waits for, by number.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
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
    come: Mutex<BTreeMap<u64, Answer>>,
    changed: Condvar,
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
        let mut come = self.come.lock().unwrap_or_else(PoisonError::into_inner);
        if come.len() >= KEPT_MAX {
            come.pop_first();
        }
        come.insert(number, answer);
        drop(come);
        self.changed.notify_all();
        host.tell(number);
    }

    /// What has come under a number, waited for at most so long.
    pub(super) fn take(&self, number: u64, within: Duration) -> Option<Answer> {
        let mut come = self.come.lock().unwrap_or_else(PoisonError::into_inner);
        if within.is_zero() {
            return come.remove(&number);
        }
        let waits = |come: &mut BTreeMap<u64, Answer>| !come.contains_key(&number);
        let waited = self.changed.wait_timeout_while(come, within, waits);
        waited.unwrap_or_else(PoisonError::into_inner).0.remove(&number)
    }
}
