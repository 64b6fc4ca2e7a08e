//! `Memory`: journals in this process, lost with it. For `dev`, tests, and bots that may forget.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zaloxide_core::Record;

use crate::{Done, Ended, Journal, Lease, Store, StoreError};

/// Records of which nobody notices that they are dropped at once.
const DROPPED_AT_ONCE_MAX: usize = 64;

/// Journals in memory. Clones share them: a clone that outlives an engine is its next start.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    accounts: Arc<Mutex<HashMap<String, Kept>>>,
}

#[derive(Default)]
struct Kept {
    epoch: u64,
    held: bool,
    watch: Option<Ended>,
    /// The number of the first record below, which may be a snapshot.
    first: u64,
    /// Numbered without a gap.
    records: VecDeque<Record>,
    /// What a snapshot has taken the place of, if it is much. Ten thousand records, dropped at once,
    /// would keep whoever appends waiting for milliseconds.
    covered: VecDeque<Record>,
}

impl Kept {
    /// The number of the last record, 0 if there is none.
    fn last(&self) -> u64 {
        (self.first + self.records.len() as u64).saturating_sub(1)
    }

    fn append(&mut self, first: u64, records: Vec<Record>) {
        // Faster than they come: the next snapshot finds none left.
        let spent = self.covered.len().min(2 * records.len());
        self.covered.drain(..spent);
        if self.records.is_empty() {
            self.first = 1;
        }
        // What is there already, under its own number or within a snapshot, is left as it is.
        let known = (self.last() + 1).saturating_sub(first);
        self.records.extend(records.into_iter().skip(usize::try_from(known).unwrap_or(usize::MAX)));
    }

    fn compact(&mut self, upto: u64, snapshot: Record) {
        if !self.records.is_empty() && self.first > upto {
            return;
        }
        let covered = (upto + 1).saturating_sub(self.first);
        let covered = usize::try_from(covered).unwrap_or(usize::MAX).min(self.records.len());
        let kept = self.records.split_off(covered);
        let covered = std::mem::replace(&mut self.records, kept);
        if covered.len() > DROPPED_AT_ONCE_MAX {
            self.covered = covered;
        }
        self.records.push_front(snapshot);
        self.first = upto;
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the lease of an account as a process that dies does: what it still submits is refused.
    pub fn expire(&self, account: &str) {
        let watch = self.lock().get_mut(account).and_then(|kept| {
            kept.held = false;
            kept.epoch += 1;
            kept.watch.take()
        });
        if let Some(ended) = watch {
            ended(StoreError::LeaseLost { account: account.into() });
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Kept>> {
        // Every change below is whole before it can panic.
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `change` on what is kept for this lease, if it is still good.
    fn with<T>(
        &self,
        lease: &Lease,
        change: impl FnOnce(&mut Kept) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match self.lock().get_mut(lease.account()) {
            Some(kept) if kept.held && kept.epoch == lease.epoch() => change(kept),
            _ => Err(StoreError::LeaseLost { account: lease.account().into() }),
        }
    }
}

impl Store for Memory {
    fn open(&self, account: &str) -> Result<(Lease, Journal), StoreError> {
        let mut accounts = self.lock();
        let kept = accounts.entry(account.into()).or_default();
        if kept.held {
            return Err(StoreError::Held { account: account.into(), by: "this process".into() });
        }
        kept.held = true;
        kept.epoch += 1;
        let records = (kept.first..).zip(kept.records.iter().cloned());
        Ok((Lease::new(account, kept.epoch), Journal { records: records.collect() }))
    }

    fn watch(&self, lease: &Lease, ended: Ended) {
        let mut ended = Some(ended);
        let watched = self.with(lease, |kept| {
            kept.watch = ended.take();
            Ok(())
        });
        if let (Err(error), Some(ended)) = (watched, ended) {
            ended(error);
        }
    }

    fn append(&self, lease: &Lease, first: u64, records: Vec<Record>, done: Done) {
        let result = self.with(lease, |kept| {
            if first > kept.last() + 1 {
                return Err(StoreError::Gap {
                    account: lease.account().into(),
                    expected: kept.last() + 1,
                    found: first,
                });
            }
            kept.append(first, records);
            Ok(())
        });
        done(result);
    }

    fn compact(&self, lease: &Lease, upto: u64, snapshot: Record, done: Done) {
        done(self.with(lease, |kept| {
            kept.compact(upto, snapshot);
            Ok(())
        }));
    }

    fn release(&self, lease: Lease) {
        // A lease that was lost is nobody's to release.
        let _ = self.with(&lease, |kept| {
            kept.held = false;
            kept.watch = None;
            Ok(())
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{self as contract, Stage};

    fn stage() -> Stage {
        let store = Memory::new();
        let expired = store.clone();
        let expire = Box::new(move || expired.expire("a"));
        Stage { store: Arc::new(store), expire, _place: None }
    }

    contract::suite!(stage);
}
