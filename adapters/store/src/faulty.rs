//! `Faulty`: a store that fails, holds back or loses what it is told to, for tests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zaloxide_core::Record;

use crate::{Done, Ended, Journal, Lease, Store, StoreError};

/// What becomes of an append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is written, and the caller is told so.
    Fail,
    /// It is written, and the caller is told that it failed: as when the power goes too early.
    FailWritten,
    /// It is written; the caller is told at the next [`Faulty::resume`].
    Hold,
    /// Nothing is written; the caller is told at the next [`Faulty::resume`]. What is submitted
    /// meanwhile does not follow on what is there.
    HoldFailed,
}

/// A store around another one. Each append takes the next fault from the plan; without one it
/// goes through.
#[derive(Clone)]
pub struct Faulty {
    inner: Arc<dyn Store>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    plan: VecDeque<Fault>,
    held: VecDeque<Box<dyn FnOnce() + Send>>,
}

impl Faulty {
    /// Wraps a store; nothing is planned.
    pub fn new(inner: Arc<dyn Store>) -> Self {
        Self { inner, state: Arc::default() }
    }

    /// Plans faults for the next appends, one each.
    pub fn plan(&self, faults: impl IntoIterator<Item = Fault>) {
        self.lock().plan.extend(faults);
    }

    /// Appends whose caller has not been told.
    pub fn held(&self) -> usize {
        self.lock().held.len()
    }

    /// Tells the callers of all that is held, in order.
    pub fn resume(&self) {
        let held = std::mem::take(&mut self.lock().held);
        for tell in held {
            tell();
        }
    }

    fn hold(&self, done: Done, result: Result<(), StoreError>) {
        self.lock().held.push_back(Box::new(move || done(result)));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for Faulty {
    fn open(&self, account: &str) -> Result<(Lease, Journal), StoreError> {
        self.inner.open(account)
    }

    fn watch(&self, lease: &Lease, ended: Ended) {
        self.inner.watch(lease, ended);
    }

    fn append(&self, lease: &Lease, first: u64, records: Vec<Record>, done: Done) {
        let failed = || Err(StoreError::Failed { reason: "the test's disk is full".into() });
        let fault = self.lock().plan.pop_front();
        match fault {
            None => self.inner.append(lease, first, records, done),
            Some(Fault::Fail) => done(failed()),
            Some(Fault::FailWritten) => {
                self.inner.append(lease, first, records, Box::new(move |_| done(failed())));
            }
            Some(Fault::Hold) => {
                let this = self.clone();
                let hold: Done = Box::new(move |result| this.hold(done, result));
                self.inner.append(lease, first, records, hold);
            }
            Some(Fault::HoldFailed) => self.hold(done, failed()),
        }
    }

    fn compact(&self, lease: &Lease, upto: u64, snapshot: Record, done: Done) {
        self.inner.compact(lease, upto, snapshot, done);
    }

    fn release(&self, lease: Lease) {
        self.inner.release(lease);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use zaloxide_core::Time;

    use super::*;
    use crate::Memory;

    #[test]
    fn faults_come_as_planned() {
        let memory = Memory::new();
        let store = Faulty::new(Arc::new(memory.clone()));
        store.plan([Fault::Fail, Fault::FailWritten, Fault::Hold]);
        let (lease, _) = store.open("a").unwrap();
        let (tell, told) = mpsc::channel();
        let record = Record::Started { bot_id: "1".into(), at: Time::from_ms(1) };
        let append = |first| {
            let tell = tell.clone();
            let done = Box::new(move |result| tell.send((first, result)).unwrap());
            store.append(&lease, first, vec![record.clone()], done);
        };
        append(1);
        append(1);
        append(2);
        append(3);
        assert!(matches!(told.recv().unwrap(), (1, Err(_))));
        assert!(matches!(told.recv().unwrap(), (1, Err(_))));
        assert_eq!(told.recv().unwrap(), (3, Ok(())));
        assert_eq!(store.held(), 1);
        store.resume();
        assert_eq!(told.recv().unwrap(), (2, Ok(())));
        store.release(lease);
        assert_eq!(store.open("a").unwrap().1.records.len(), 3);
    }
}
