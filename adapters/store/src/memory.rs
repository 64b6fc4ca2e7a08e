//! `Memory`: journals in this process, lost with it. For `dev`, tests, and bots that may forget.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zaloxide_core::Record;

use crate::{Done, Journal, Lease, Store, StoreError};

/// Journals in memory. Clones share them: a clone that outlives an engine is its next start.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    accounts: Arc<Mutex<BTreeMap<String, Kept>>>,
}

#[derive(Debug, Default)]
struct Kept {
    epoch: u64,
    held: bool,
    records: BTreeMap<u64, Record>,
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the lease of an account as a process that dies does: what it still submits is refused.
    pub fn expire(&self, account: &str) {
        if let Some(kept) = self.lock().get_mut(account) {
            kept.held = false;
            kept.epoch += 1;
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Kept>> {
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
        let records = kept.records.iter().map(|(number, record)| (*number, record.clone()));
        Ok((Lease::new(account, kept.epoch), Journal { records: records.collect() }))
    }

    fn append(&self, lease: &Lease, first: u64, records: Vec<Record>, done: Done) {
        let result = self.with(lease, |kept| {
            let last = kept.records.last_key_value().map_or(0, |(&number, _)| number);
            if first > last + 1 {
                return Err(StoreError::Gap {
                    account: lease.account().into(),
                    expected: last + 1,
                    found: first,
                });
            }
            // What a snapshot covers is there, though not under its own number.
            let covered = kept.records.first_key_value().map_or(0, |(&number, _)| number);
            for (number, record) in (first..).zip(records) {
                if number > covered {
                    kept.records.entry(number).or_insert(record);
                }
            }
            Ok(())
        });
        done(result);
    }

    fn compact(&self, lease: &Lease, upto: u64, snapshot: Record, done: Done) {
        let result = self.with(lease, |kept| {
            let first = kept.records.first_key_value().map(|(&number, _)| number);
            if first.is_none_or(|first| first <= upto) {
                kept.records.retain(|&number, _| number > upto);
                kept.records.insert(upto, snapshot);
            }
            Ok(())
        });
        done(result);
    }

    fn release(&self, lease: Lease) {
        // A lease that was lost is nobody's to release.
        let _ = self.with(&lease, |kept| {
            kept.held = false;
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
