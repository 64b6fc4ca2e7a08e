//! What every kind of store does: one suite, run against each.

use std::sync::{Arc, mpsc};

use zaloxide_core::{Record, Time};

use crate::{Journal, Lease, Store, StoreError};

/// A store under test.
pub(crate) struct Stage {
    pub(crate) store: Arc<dyn Store>,
    /// Ends the lease of account `a` as if its holder had died.
    pub(crate) expire: Box<dyn Fn()>,
    /// What must outlive the store.
    pub(crate) _place: Option<tempfile::TempDir>,
}

/// One test for each thing that a store does.
macro_rules! suite {
    ($stage:path) => {
        #[test]
        fn a_number_that_is_there_is_left_as_it_is() {
            crate::tests::a_number_that_is_there_is_left_as_it_is(&$stage());
        }
        #[test]
        fn a_snapshot_takes_the_place_of_what_it_covers() {
            crate::tests::a_snapshot_takes_the_place_of_what_it_covers(&$stage());
        }
        #[test]
        fn one_lease_at_a_time_and_a_lost_one_writes_nothing() {
            crate::tests::one_lease_at_a_time_and_a_lost_one_writes_nothing(&$stage());
        }
        #[test]
        fn who_watches_a_lease_is_told_when_it_is_lost_and_not_when_it_is_given_back() {
            crate::tests::who_watches_a_lease_is_told_when_it_is_lost_and_not_when_it_is_given_back(
                &$stage(),
            );
        }
        #[test]
        fn what_was_submitted_is_completed_in_order() {
            crate::tests::what_was_submitted_is_completed_in_order(&$stage());
        }
        #[test]
        fn accounts_know_nothing_of_each_other() {
            crate::tests::accounts_know_nothing_of_each_other(&$stage());
        }
    };
}
pub(crate) use suite;

/// A record that is told from others.
pub(crate) fn record(mark: u64) -> Record {
    Record::Started { bot_id: "1".into(), at: Time::from_ms(mark) }
}

/// Appends `count` records marked `mark`, and waits.
pub(crate) fn append(
    store: &dyn Store,
    lease: &Lease,
    first: u64,
    count: usize,
    mark: u64,
) -> Result<(), StoreError> {
    let (tell, told) = mpsc::channel();
    let done = Box::new(move |result| tell.send(result).unwrap());
    store.append(lease, first, vec![record(mark); count], done);
    told.recv().unwrap()
}

fn compact(store: &dyn Store, lease: &Lease, upto: u64, mark: u64) -> Result<(), StoreError> {
    let (tell, told) = mpsc::channel();
    let done = Box::new(move |result| tell.send(result).unwrap());
    store.compact(lease, upto, record(mark), done);
    told.recv().unwrap()
}

/// Gives the lease back, takes it again, and lists numbers and marks.
fn reopen(store: &dyn Store, lease: &mut Lease) -> Vec<(u64, u64)> {
    store.release(lease.clone());
    let (again, journal) = store.open(lease.account()).unwrap();
    assert!(again.epoch() > lease.epoch());
    *lease = again;
    let marks = journal.records.into_iter().map(|(number, record)| match record {
        Record::Started { at, .. } => (number, at.as_ms()),
        other => panic!("nobody wrote {other:?}"),
    });
    marks.collect()
}

pub(crate) fn a_number_that_is_there_is_left_as_it_is(stage: &Stage) {
    let store = &*stage.store;
    let (mut lease, journal) = store.open("a").unwrap();
    assert_eq!(journal, Journal::default());
    let gap = |expected, found| Err(StoreError::Gap { account: "a".into(), expected, found });
    assert_eq!(append(store, &lease, 2, 1, 0), gap(1, 2));
    append(store, &lease, 1, 3, 1).unwrap();
    append(store, &lease, 2, 3, 2).unwrap();
    assert_eq!(append(store, &lease, 6, 1, 3), gap(5, 6));
    assert_eq!(reopen(store, &mut lease), [(1, 1), (2, 1), (3, 1), (4, 2)]);
}

pub(crate) fn a_snapshot_takes_the_place_of_what_it_covers(stage: &Stage) {
    let store = &*stage.store;
    let (mut lease, _) = store.open("a").unwrap();
    append(store, &lease, 1, 5, 1).unwrap();
    compact(store, &lease, 4, 2).unwrap();
    assert_eq!(reopen(store, &mut lease), [(4, 2), (5, 1)]);
    // Offered again, as after a failed commit: covered, so not written a second time.
    append(store, &lease, 3, 4, 3).unwrap();
    assert_eq!(reopen(store, &mut lease), [(4, 2), (5, 1), (6, 3)]);
    // An older one says nothing new; one of records that never came is as good as they.
    compact(store, &lease, 3, 4).unwrap();
    compact(store, &lease, 9, 5).unwrap();
    append(store, &lease, 8, 3, 6).unwrap();
    assert_eq!(reopen(store, &mut lease), [(9, 5), (10, 6)]);
    // Much of it, and again before the first is forgotten.
    for (first, mark) in [(11, 7), (311, 8), (611, 9)] {
        append(store, &lease, first, 300, mark).unwrap();
        compact(store, &lease, first + 298, mark * 10).unwrap();
    }
    assert_eq!(reopen(store, &mut lease), [(909, 90), (910, 9)]);
}

pub(crate) fn one_lease_at_a_time_and_a_lost_one_writes_nothing(stage: &Stage) {
    let store = &*stage.store;
    let (first, _) = store.open("a").unwrap();
    assert!(matches!(store.open("a"), Err(StoreError::Held { .. })));
    (stage.expire)();
    let (second, _) = store.open("a").unwrap();
    assert!(second.epoch() > first.epoch());
    let lost = Err(StoreError::LeaseLost { account: "a".into() });
    assert_eq!(append(store, &first, 1, 1, 1), lost);
    assert_eq!(compact(store, &first, 1, 1), lost);
    // The loser's release does not take the lease from the winner.
    store.release(first);
    assert!(matches!(store.open("a"), Err(StoreError::Held { .. })));
    append(store, &second, 1, 1, 2).unwrap();
    store.release(second.clone());
    assert_eq!(append(store, &second, 2, 1, 2), lost);
    assert_eq!(store.open("a").unwrap().1.records, [(1, record(2))]);
}

pub(crate) fn who_watches_a_lease_is_told_when_it_is_lost_and_not_when_it_is_given_back(
    stage: &Stage,
) {
    let store = &*stage.store;
    let (tell, told) = mpsc::channel();
    let watch = |lease: &Lease, name| {
        let tell = tell.clone();
        store.watch(lease, Box::new(move |error| tell.send((name, error)).unwrap()));
    };
    let (first, _) = store.open("a").unwrap();
    watch(&first, "first");
    append(store, &first, 1, 1, 1).unwrap();
    (stage.expire)();
    let (second, _) = store.open("a").unwrap();
    watch(&second, "second");
    append(store, &first, 2, 1, 1).unwrap_err();
    let lost = StoreError::LeaseLost { account: "a".into() };
    assert_eq!(told.recv().unwrap(), ("first", lost.clone()));
    // Too late to see it happen.
    watch(&first, "late");
    assert_eq!(told.recv().unwrap(), ("late", lost));
    append(store, &second, 2, 1, 1).unwrap();
    store.release(second);
    assert!(told.try_recv().is_err());
}

pub(crate) fn what_was_submitted_is_completed_in_order(stage: &Stage) {
    let store = &*stage.store;
    let (mut lease, _) = store.open("a").unwrap();
    let (tell, told) = mpsc::channel();
    for number in 1..=200 {
        let tell = tell.clone();
        let done = Box::new(move |result: Result<(), StoreError>| {
            tell.send((number, result.is_ok())).unwrap();
        });
        // Every tenth leaves a gap: its own fault, and nobody else's.
        let gap = number % 10 == 0;
        store.append(&lease, if gap { 1_000 } else { number - number / 10 }, vec![record(1)], done);
    }
    for number in 1..=200 {
        assert_eq!(told.recv().unwrap(), (number, number % 10 != 0));
    }
    let there = reopen(store, &mut lease);
    assert!(there.iter().map(|(number, _)| *number).eq(1..=180), "{there:?}");
}

pub(crate) fn accounts_know_nothing_of_each_other(stage: &Stage) {
    let store = &*stage.store;
    let (mut a, _) = store.open("a").unwrap();
    let (mut b, _) = store.open("b").unwrap();
    append(store, &a, 1, 3, 1).unwrap();
    append(store, &b, 1, 2, 2).unwrap();
    compact(store, &a, 3, 3).unwrap();
    (stage.expire)();
    append(store, &b, 3, 1, 2).unwrap();
    assert_eq!(reopen(store, &mut b), [(1, 2), (2, 2), (3, 2)]);
    assert_eq!(reopen(store, &mut a), [(3, 3)]);
}
