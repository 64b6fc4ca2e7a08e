//! The store on a disk: the suite of every store, and what only a file can suffer.

mod broken;

use std::fs;
use std::sync::{Arc, mpsc};

use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::tests::{self as contract, Stage, append, record};

fn place() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("zaloxide.db");
    (dir, path)
}

fn alter(path: &Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

fn stage() -> Stage {
    let (dir, path) = place();
    let store = Arc::new(Sqlite::open(&path).unwrap());
    let expire = Box::new(move || {
        alter(&path, "UPDATE lease SET renewed_at = renewed_at - 31000 WHERE account = 'a'");
    });
    Stage { store, expire, _place: Some(dir) }
}

contract::suite!(stage);

#[test]
fn what_was_told_durable_is_there_after_the_file_is_opened_again() {
    let (_dir, path) = place();
    for round in 0..3 {
        let store = Sqlite::open(&path).unwrap();
        let (lease, journal) = store.open("a").unwrap();
        assert!(journal.records.iter().map(|(number, _)| *number).eq(1..=round * 10));
        append(&store, &lease, round * 10 + 1, 10, 1).unwrap();
        // Dropped without a release: the end of the store gives the lease back.
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_lease_names_its_holder_and_ends_with_it() {
    let (_dir, path) = place();
    let store = Sqlite::open(&path).unwrap();
    drop(store.open("a").unwrap());
    let held = Sqlite::open(&path).unwrap().open("a").unwrap_err();
    assert!(held.to_string().contains("this process"), "{held}");
    // Another process that lives: the one that runs this one.
    let parent = std::os::unix::process::parent_id();
    let this = Process::this();
    let (boot, _) = this.born.split_once('/').unwrap();
    let stat = fs::read_to_string(format!("/proc/{parent}/stat")).unwrap();
    let ticks = stat.rsplit_once(')').unwrap().1.split_whitespace().nth(19).unwrap();
    alter(&path, &format!("UPDATE lease SET pid = {parent}, born = '{boot}/{ticks}'"));
    let held = store.open("a").unwrap_err();
    assert!(held.to_string().contains(&format!("in use by process {parent}:")), "{held}");
    // One that has its number and is another.
    alter(&path, &format!("UPDATE lease SET born = '{boot}/1'"));
    assert_eq!(store.open("a").unwrap().0.epoch(), 2);
}

#[test]
fn whoever_wakes_after_its_lease_was_taken_over_writes_nothing() {
    let (_dir, path) = place();
    let paused = Sqlite::open(&path).unwrap();
    let (old, _) = paused.open("a").unwrap();
    append(&paused, &old, 1, 1, 1).unwrap();
    alter(&path, "UPDATE lease SET renewed_at = renewed_at - 31000");
    let other = Sqlite::open(&path).unwrap();
    let (new, journal) = other.open("a").unwrap();
    assert_eq!(journal.records.len(), 1);
    let lost = append(&paused, &old, 2, 1, 2).unwrap_err();
    assert!(lost.to_string().contains("another process has taken over"), "{lost}");
    append(&other, &new, 2, 1, 3).unwrap();
    drop(paused);
    other.release(new);
    assert_eq!(other.open("a").unwrap().1.records[1], (2, record(3)));
}

#[test]
fn the_file_stays_small_under_traffic_without_end() {
    let (_dir, path) = place();
    let store = Sqlite::open(&path).unwrap();
    let (lease, _) = store.open("a").unwrap();
    let bytes = |path: &Path| fs::metadata(path).map_or(0, |meta| meta.len());
    let mut sizes = Vec::new();
    for round in 0..40 {
        append(&store, &lease, round * 2_000 + 1, 2_000, 1).unwrap();
        let (tell, told) = mpsc::channel();
        let done = Box::new(move |result| tell.send(result).unwrap());
        store.compact(&lease, round * 2_000 + 2_000, record(2), done);
        told.recv().unwrap().unwrap();
        sizes.push(bytes(&path) + bytes(&path.with_extension("db-wal")));
    }
    // 80,000 records of 100 bytes went through; the log and 2,000 of them are kept.
    assert!(sizes.iter().all(|size| *size < 6 << 20), "{sizes:?}");
    assert!(bytes(&path) > 0 && bytes(&path) < 1 << 20, "{}", bytes(&path));
    store.release(lease);
    assert_eq!(store.open("a").unwrap().1.records, [(80_000, record(2))]);
}

#[test]
fn a_reader_that_keeps_the_log_from_being_taken_in_stops_nothing() {
    let (_dir, path) = place();
    let store = Sqlite::open(&path).unwrap();
    let (lease, _) = store.open("a").unwrap();
    let log = || fs::metadata(path.with_extension("db-wal")).unwrap().len();
    append(&store, &lease, 1, 1, 1).unwrap();
    let reader = Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM journal;").unwrap();
    let mut next = 2;
    let mut grow = |most: u64| {
        while log() <= most {
            append(&store, &lease, next, 5_000, 1).unwrap();
            next += 5_000;
        }
    };
    grow(9 << 20);
    reader.execute_batch("COMMIT").unwrap();
    for _ in 0..100 {
        if log() < 1 << 20 {
            return;
        }
        append(&store, &lease, next, 5_000, 1).unwrap();
        next += 5_000;
    }
    panic!("the log still has {} bytes", log());
}

#[test]
fn the_last_reference_may_go_on_the_stores_own_thread() {
    let (_dir, path) = place();
    let store = Arc::new(Sqlite::open(&path).unwrap());
    let (lease, _) = store.open("a").unwrap();
    let (gate, wait) = mpsc::channel::<()>();
    let (tell, told) = mpsc::channel();
    let last = Arc::clone(&store);
    let done = Box::new(move |result| {
        wait.recv().unwrap_err();
        last.release(Lease::new("b", 1));
        drop(last);
        tell.send(result).unwrap();
    });
    store.append(&lease, 1, vec![record(1)], done);
    drop(store);
    drop(gate);
    assert_eq!(told.recv().unwrap(), Ok(()));
}
