//! What durability costs: `cargo bench -p zaloxide-store --features sqlite`.
//!
//! - `appends`: records made durable a second, with 64 of them under way at any time, and how many
//!   share one transaction.
//! - `inserts`: what plain inserts into such a database reach, in transactions of that size: the
//!   most that could be had.
//! - `fsync`: what the disk takes to have 4 KiB for good.
//! - `restart`: how long a start takes to have its account again, from a snapshot with so many
//!   approved senders, keys of duplicates and open turns.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};
use zaloxide_core::{
    AccountConfig, Action, AllowList, Channel, DmPolicy, Event, Method, Outcome, Record, Reply,
    Subject, Ticket, Time, Verdict,
};
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
    if std::env::args().any(|argument| argument == "--json") {
        let share = reached / most;
        println!(
            r#"{{"name":"store/appends","value":{reached},"unit":"1/s","of":"plain inserts","ratio":{share}}}"#
        );
    }
    println!("fsync    {:.2?} median, of 4 KiB written over", fsync(dir.path()));

    drop(store);
    restart(&dir.path().join("large.db"));
}

const SYNCS: usize = 301;

fn fsync(dir: &Path) -> Duration {
    let file = File::create(dir.join("synced")).unwrap();
    let mut each: Vec<Duration> = (0..SYNCS)
        .map(|_| {
            let began = Instant::now();
            file.write_all_at(&[7; 4_096], 0).unwrap();
            file.sync_all().unwrap();
            began.elapsed()
        })
        .collect();
    each.sort_unstable();
    each[SYNCS / 2]
}

const APPROVED: u64 = 100_000;
const KEYS: u64 = 20_000;
const OPEN: u64 = 1_000;

fn restart(path: &Path) {
    let config = || {
        let mut config = AccountConfig::new("default", "1");
        config.dm_policy = DmPolicy::Open;
        config.allow_from = AllowList::from_entries(["*"]);
        config.typing = false;
        config
    };
    let now = Time::from_ms(1_790_000_000_000);
    let mut channel = Channel::new(config(), [7; 32], now);
    let mut answered = 0;
    let mut drive = |channel: &mut Channel, event: Option<Event<'_>>| {
        if let Some(event) = event {
            channel.handle(now, event).unwrap();
        }
        while let Some(action) = channel.poll_action() {
            match action {
                Action::Commit { upto, .. } => {
                    channel.handle(now, Event::Committed { upto }).unwrap();
                }
                Action::StartCall { call, method, .. } if method != Method::GetUpdates => {
                    let body = match method {
                        Method::GetMe => r#"{"ok":true,"result":{"id":"1"}}"#,
                        _ => r#"{"ok":false,"error_code":404}"#,
                    };
                    let (status, retry_after_ms, body) = (200, None, body.into());
                    let outcome = Outcome::Answered { status, retry_after_ms, body };
                    channel.handle(now, Event::CallFinished { call, outcome }).unwrap();
                }
                Action::Deliver { turn, attempt, .. } if answered < KEYS - OPEN => {
                    answered += 1;
                    let reply = Reply::default();
                    channel.handle(now, Event::Replied { turn, attempt, reply }).unwrap();
                }
                _ => {}
            }
        }
    };
    drive(&mut channel, None);
    for n in 0..APPROVED {
        let subject = Subject::Sender(format!("{n:020x}").as_str().into());
        let verdict = Verdict::Approve { notify: false };
        let (source, ticket) = ("cli".to_owned(), Ticket(n));
        drive(&mut channel, Some(Event::Approval { subject, verdict, source, ticket }));
    }
    let senders = serde_json::to_string(&channel.snapshot().record).unwrap().len() as u64;
    for n in 0..KEYS {
        let body = format!(
            r#"{{"event_name":"message.text.received","message":{{"message_id":"{n:020x}",
                "date":1790000000000,"text":"xin chào","from":{{"id":"{n:020x}",
                "display_name":"An","is_bot":false}},
                "chat":{{"id":"{n:020x}","chat_type":"PRIVATE"}}}}}}"#
        );
        let (ticket, body) = (Ticket(APPROVED + n), body.as_str().into());
        drive(&mut channel, Some(Event::UpdateReceived { ticket, body }));
    }
    assert_eq!(channel.view().turns().count() as u64, OPEN);

    let (tell, told) = mpsc::channel();
    let store = Sqlite::open(path).unwrap();
    let (lease, _) = store.open("default").unwrap();
    let snapshot = channel.snapshot();
    let done = Box::new(move |result| tell.send(result).unwrap());
    store.compact(&lease, snapshot.upto, snapshot.record, done);
    told.recv().unwrap().unwrap();
    drop(store);

    let began = Instant::now();
    let store = Sqlite::open(path).unwrap();
    let (_lease, journal) = store.open("default").unwrap();
    let read = began.elapsed();
    let mut again = Channel::restore(config(), [8; 32], now, journal.records).unwrap();
    assert!(again.poll_action().is_some());
    let whole = began.elapsed();
    let bytes = std::fs::metadata(path).unwrap().len();
    println!(
        "restart  {whole:.0?}, {read:.0?} of it reading: {APPROVED} approved, {KEYS} keys, {OPEN} \
         open turns, {bytes} bytes"
    );
    let beyond = per(senders, APPROVED) - 20.0;
    println!("sender   {beyond:.0} bytes of the snapshot beyond the 20 of its id");
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
