//! What durability costs: `cargo bench -p zaloxide-store --features sqlite`.
//!
//! - `appends`: records made durable a second, with 64 of them under way at any time, and how many
//!   share one transaction.
//! - `inserts`: what plain inserts into such a database reach, in transactions of that size: the
//!   most that could be had.
//! - `open`: how long a start reads a journal of so many records.

use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};
use zaloxide_core::{Record, Time};
use zaloxide_store::{Lease, Sqlite, Store};

const UNDER_WAY: u64 = 64;
const LASTS: Duration = Duration::from_secs(5);

fn main() {
    let dir = tempfile::tempdir_in(".").unwrap();
    let path = dir.path().join("zaloxide.db");
    let store = Sqlite::open(&path).unwrap();
    let (lease, _) = store.open("a").unwrap();
    let before = store.transactions();
    let (appended, seconds) = appends(&store, &lease);
    let batch = per(appended, store.transactions() - before);
    let reached = rate(appended, seconds);
    println!("appends  {reached:.0}/s, {UNDER_WAY} under way, {batch:.1} a transaction");

    let (inserted, seconds, median) = inserts(&dir.path().join("plain.db"), batch);
    let most = rate(inserted, seconds);
    println!("inserts  {most:.0}/s in transactions of {batch:.0}, median {median:.2?} each");
    println!("share    {:.2}", reached / most);

    store.release(lease);
    let began = Instant::now();
    let records = store.open("a").unwrap().1.records.len();
    println!("open     {records} records in {:.0?}", began.elapsed());
}

/// As large as what is written for a message.
fn record() -> Record {
    Record::Approved {
        sender: "6ede9afa66b88fe6d6a9".into(),
        source: "x".repeat(500),
        at: Time::from_ms(1_790_000_000_000),
    }
}

fn appends(store: &Sqlite, lease: &Lease) -> (u64, Duration) {
    let (tell, told) = mpsc::channel();
    let began = Instant::now();
    let (mut next, mut durable) = (1, 0);
    while durable + 1 < next || began.elapsed() < LASTS {
        while next - durable <= UNDER_WAY && began.elapsed() < LASTS {
            let tell = tell.clone();
            let done = Box::new(move |result| tell.send(result).unwrap());
            store.append(lease, next, vec![record()], done);
            next += 1;
        }
        if durable + 1 < next {
            told.recv().unwrap().unwrap();
            durable += 1;
        }
    }
    (durable, began.elapsed())
}

fn inserts(path: &Path, batch: f64) -> (u64, Duration, Duration) {
    let mut plain = Connection::open(path).unwrap();
    plain
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE journal (account TEXT, number INTEGER, record TEXT,
                                   PRIMARY KEY (account, number));",
        )
        .unwrap();
    let text = serde_json::to_string(&record()).unwrap();
    let (began, mut number, mut each) = (Instant::now(), 0_u64, Vec::new());
    while began.elapsed() < LASTS {
        let one = Instant::now();
        let transaction = plain.transaction().unwrap();
        let mut insert = transaction.prepare("INSERT INTO journal VALUES ('a', ?1, ?2)").unwrap();
        while per(number, each.len() as u64 + 1) < batch {
            number += 1;
            insert.execute(params![number, text]).unwrap();
        }
        drop(insert);
        transaction.commit().unwrap();
        each.push(one.elapsed());
    }
    each.sort_unstable();
    (number, began.elapsed(), each[each.len() / 2])
}

#[allow(clippy::cast_precision_loss)] // Counts of seconds of work.
fn per(count: u64, of: u64) -> f64 {
    count as f64 / of.max(1) as f64
}

fn rate(count: u64, time: Duration) -> f64 {
    per(count, 1) / time.as_secs_f64()
}
