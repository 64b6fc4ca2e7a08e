//! Tests of `Calls` with real threads. They wait on channels, never for a time.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use super::{Calls, IDLE, Left, WAITING_MAX};

/// Long enough never to pass in a test that works.
const LONG: Duration = Duration::from_secs(30);

fn pool(parallel: usize) -> Calls {
    Calls::new(NonZeroUsize::new(parallel).unwrap())
}

/// A job that tells when it begins and goes on until it is let go.
fn held(
    name: &'static str,
    began: &Sender<&'static str>,
) -> (Box<dyn FnOnce() + Send>, Sender<()>) {
    let (release, released) = mpsc::channel();
    let began = began.clone();
    let job = move || {
        began.send(name).unwrap();
        let _ = released.recv_timeout(LONG);
    };
    (Box::new(job), release)
}

fn next(began: &Receiver<&'static str>) -> &'static str {
    began.recv_timeout(LONG).unwrap()
}

#[test]
fn no_more_run_at_once_than_there_are_places() {
    let calls = pool(3);
    let (began, begins) = mpsc::channel();
    let mut releases = Vec::new();
    for _ in 0..5 {
        let (job, release) = held("a", &began);
        calls.submit("a", job).unwrap();
        releases.push(release);
    }
    for _ in 0..3 {
        next(&begins);
    }
    assert_eq!(calls.threads(), 3);
    assert!(begins.try_recv().is_err(), "a fourth began");
    releases.remove(0);
    next(&begins);
    drop(releases);
    assert_eq!(calls.shutdown(LONG), Left::default());
}

#[test]
fn a_crowd_does_not_keep_others_out() {
    let calls = pool(4);
    let (began, begins) = mpsc::channel();
    let mut releases = Vec::new();
    for _ in 0..50 {
        let (job, release) = held("crowd", &began);
        calls.submit("crowd", job).unwrap();
        releases.push(release);
    }
    for _ in 0..4 {
        assert_eq!(next(&begins), "crowd");
    }
    let (job, _release) = held("other", &began);
    calls.submit("other", job).unwrap();
    releases.remove(0);
    assert_eq!(next(&begins), "other");
    drop(releases);
}

#[test]
fn calls_of_an_account_begin_in_order_on_threads_that_are_kept() {
    let calls = Calls::solo("a\0b");
    let (done, all) = mpsc::channel();
    for n in 0..1_000 {
        let done = done.clone();
        calls.submit("a", Box::new(move || done.send(n).unwrap())).unwrap();
    }
    let order: Vec<u32> = (0..1_000).map(|_| all.recv_timeout(LONG).unwrap()).collect();
    assert!(order.is_sorted());
    assert_eq!(calls.threads(), 1);
}

#[test]
fn a_panic_frees_its_place() {
    let calls = pool(1);
    let (began, begins) = mpsc::channel();
    calls.submit("a", Box::new(|| panic!("expected by this test"))).unwrap();
    let (job, _release) = held("after", &began);
    calls.submit("a", job).unwrap();
    assert_eq!(next(&begins), "after");
}

#[test]
fn idle_threads_end() {
    let calls = Calls::named("idle", NonZeroUsize::MIN, Duration::ZERO);
    let (done, end) = mpsc::channel();
    calls.submit("a", Box::new(move || done.send(()).unwrap())).unwrap();
    end.recv_timeout(LONG).unwrap();
    while calls.threads() > 0 {
        std::thread::yield_now();
    }
    assert!(IDLE > Duration::ZERO);
    let (began, begins) = mpsc::channel();
    let (job, _release) = held("again", &began);
    calls.submit("a", job).unwrap();
    assert_eq!(next(&begins), "again");
}

#[test]
fn a_shutdown_ends_at_its_deadline_and_says_what_is_left() {
    let calls = pool(1);
    let (began, begins) = mpsc::channel();
    let (running, release) = held("runs", &began);
    let (waiting, _release) = held("waits", &began);
    calls.submit("a", running).unwrap();
    next(&begins);
    calls.submit("a", waiting).unwrap();
    assert_eq!(calls.shutdown(Duration::ZERO), Left { waiting: 1, running: 1 });
    let rejected = calls.submit("a", Box::new(|| ())).unwrap_err();
    assert_eq!(rejected.reason, "the calls are shut down");
    drop(release);
    assert_eq!(calls.shutdown(LONG), Left::default());
    assert!(begins.try_recv().is_err(), "what was dropped began");
}

#[test]
fn a_shutdown_makes_the_calls_that_wait() {
    let calls = pool(2);
    let (done, all) = mpsc::channel();
    for n in 0..100 {
        let done = done.clone();
        calls.submit("a", Box::new(move || done.send(n).unwrap())).unwrap();
    }
    assert_eq!(calls.shutdown(LONG), Left::default());
    assert_eq!(all.try_iter().count(), 100);
}

#[test]
fn what_waits_is_bounded_for_each_account() {
    let calls = pool(1);
    let (began, begins) = mpsc::channel();
    let (job, release) = held("a", &began);
    calls.submit("a", job).unwrap();
    next(&begins);
    for _ in 0..WAITING_MAX {
        calls.submit("a", Box::new(|| ())).unwrap();
    }
    let rejected = calls.submit("a", Box::new(|| ())).unwrap_err();
    assert_eq!(rejected.reason, "too many calls of this account wait");
    calls.submit("b", Box::new(|| ())).unwrap();
    drop(release);
    assert_eq!(calls.shutdown(LONG), Left::default());
}

#[test]
fn a_busy_pool_serves_every_account_once_all_are_let_go() {
    let calls = pool(8);
    let (done, all) = mpsc::channel();
    for n in 0..400_usize {
        let (done, account) = (done.clone(), n % 7);
        calls.submit(&account.to_string(), Box::new(move || done.send(account).unwrap())).unwrap();
    }
    drop(done);
    let mut counts = BTreeMap::new();
    while let Ok(account) = all.recv_timeout(LONG) {
        *counts.entry(account).or_insert(0) += 1;
    }
    assert_eq!(counts.values().sum::<usize>(), 400);
    assert_eq!(counts.len(), 7);
}
