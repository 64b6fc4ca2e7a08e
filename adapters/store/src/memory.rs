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
            if let Some((&last, _)) = kept.records.last_key_value()
                && first > last + 1
            {
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
            kept.records.retain(|&number, _| number > upto);
            kept.records.insert(upto, snapshot);
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
    use std::sync::mpsc;

    use super::*;

    fn append(
        store: &impl Store,
        lease: &Lease,
        first: u64,
        count: usize,
    ) -> Result<(), StoreError> {
        let (tell, told) = mpsc::channel();
        let done = Box::new(move |result| tell.send(result).unwrap());
        store.append(lease, first, vec![record(); count], done);
        told.recv().unwrap()
    }

    fn compact(store: &impl Store, lease: &Lease, upto: u64) -> Result<(), StoreError> {
        let (tell, told) = mpsc::channel();
        store.compact(lease, upto, record(), Box::new(move |result| tell.send(result).unwrap()));
        told.recv().unwrap()
    }

    fn record() -> Record {
        Record::Started { bot_id: "1".into(), at: zaloxide_core::Time::from_ms(1) }
    }

    fn numbers(store: &Memory) -> Vec<u64> {
        let copy = store.lock();
        copy["a"].records.keys().copied().collect()
    }

    #[test]
    fn a_number_that_is_there_is_left_as_it_is() {
        let store = Memory::new();
        let (lease, journal) = store.open("a").unwrap();
        assert_eq!(journal, Journal::default());
        append(&store, &lease, 1, 3).unwrap();
        append(&store, &lease, 2, 3).unwrap();
        assert_eq!(numbers(&store), [1, 2, 3, 4]);
        let gap = append(&store, &lease, 6, 1).unwrap_err();
        assert_eq!(gap, StoreError::Gap { account: "a".into(), expected: 5, found: 6 });
    }

    #[test]
    fn a_snapshot_takes_the_place_of_what_it_covers() {
        let store = Memory::new();
        let (lease, _) = store.open("a").unwrap();
        append(&store, &lease, 1, 5).unwrap();
        compact(&store, &lease, 4).unwrap();
        assert_eq!(numbers(&store), [4, 5]);
        // Offered again, as after a failed commit: covered, so not written a second time.
        append(&store, &lease, 3, 4).unwrap();
        assert_eq!(numbers(&store), [4, 5, 6]);
    }

    #[test]
    fn one_lease_at_a_time_and_a_lost_one_writes_nothing() {
        let store = Memory::new();
        let (first, _) = store.open("a").unwrap();
        assert!(matches!(store.open("a"), Err(StoreError::Held { .. })));
        store.expire("a");
        let (second, _) = store.open("a").unwrap();
        assert!(second.epoch() > first.epoch());
        let lost = append(&store, &first, 1, 1).unwrap_err();
        assert_eq!(lost, StoreError::LeaseLost { account: "a".into() });
        // The loser's release does not take the lease from the winner.
        store.release(first);
        append(&store, &second, 1, 1).unwrap();
        store.release(second);
        assert_eq!(store.open("a").unwrap().1.records.len(), 1);
    }
}
