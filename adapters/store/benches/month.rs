//! A month of messages: `cargo bench -p zaloxide-store --features sqlite --bench month`.
//!
//! The clock is simulated, everything else is real: the core, its records, the file. It prints how
//! large the file and its log are while 1,000 people write, are answered, and write again.

use std::fs;
use std::path::Path;
use std::sync::mpsc;
use std::time::Instant;

use zaloxide_core::{
    AccountConfig, Action, AllowList, Channel, DmPolicy, Event, Method, Outcome, Record, Reply,
    Ticket, Time,
};
use zaloxide_store::{Lease, Sqlite, Store, StoreError};

const MESSAGES: u64 = 300_000;
const MONTH_MS: u64 = 30 * 24 * 3_600_000;
const PEOPLE: u64 = 1_000;
/// Appends that may be under way.
const UNDER_WAY: usize = 64;

fn main() {
    let dir = tempfile::tempdir_in(".").unwrap();
    let path = dir.path().join("zaloxide.db");
    let store = Sqlite::open(&path).unwrap();
    let (lease, _) = store.open("default").unwrap();
    let mut month = Month::begin(&store, &lease);
    let (began, mut most) = (Instant::now(), 0);
    for n in 0..MESSAGES {
        month.message(n);
        let size = bytes(&path) + bytes(&path.with_extension("db-wal"));
        most = most.max(size);
        if (n + 1) % (MESSAGES / 10) == 0 {
            println!("{:>8} messages  {:>6} KiB", n + 1, size / 1_024);
        }
    }
    let (took, most) = (began.elapsed(), most / 1_024);
    println!("{most} KiB at most; {} records in {took:.1?}", month.records);
}

fn bytes(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |meta| meta.len())
}

/// The channel, and the store it writes to.
struct Month<'a> {
    store: &'a Sqlite,
    lease: &'a Lease,
    channel: Channel,
    now: Time,
    tell: mpsc::Sender<Result<(), StoreError>>,
    told: mpsc::Receiver<Result<(), StoreError>>,
    under_way: usize,
    /// Records since the last snapshot, and in all.
    since: usize,
    records: u64,
}

impl<'a> Month<'a> {
    fn begin(store: &'a Sqlite, lease: &'a Lease) -> Self {
        let mut config = AccountConfig::new("default", "1");
        config.dm_policy = DmPolicy::Open;
        config.allow_from = AllowList::from_entries(["*"]);
        config.typing = false;
        config.quota.monthly = u64::MAX;
        let now = Time::from_ms(1_790_000_000_000);
        let channel = Channel::new(config, [7; 32], now);
        let (tell, told) = mpsc::channel();
        let mut month =
            Self { store, lease, channel, now, tell, told, under_way: 0, since: 0, records: 0 };
        month.drain();
        month
    }

    fn message(&mut self, n: u64) {
        self.now = self.now.plus(MONTH_MS / MESSAGES);
        let from = n % PEOPLE;
        let body = format!(
            r#"{{"event_name":"message.text.received","message":{{"message_id":"{n:020x}",
                "date":{},"text":"Shop ơi, đơn hàng của tôi tới đâu rồi?","from":{{
                "id":"{from:020x}","display_name":"An","is_bot":false}},
                "chat":{{"id":"{from:020x}","chat_type":"PRIVATE"}}}}}}"#,
            self.now.as_ms()
        );
        let update = Event::UpdateReceived { ticket: Ticket(n), body: body.as_str().into() };
        self.handle(update);
        self.drain();
    }

    fn handle(&mut self, event: Event<'_>) {
        self.channel.handle(self.now, event).unwrap();
    }

    fn drain(&mut self) {
        while let Some(action) = self.channel.poll_action() {
            match action {
                Action::Commit { upto, records } => self.commit(upto, records),
                Action::StartCall { call, method, .. } if method != Method::GetUpdates => {
                    let body = match method {
                        Method::GetMe => r#"{"ok":true,"result":{"id":"1"}}"#,
                        _ => r#"{"ok":false,"error_code":404}"#,
                    };
                    self.answer(call, body);
                }
                Action::SendChunk { call, .. } => {
                    self.answer(call, r#"{"ok":true,"result":{"message_id":"m1"}}"#);
                }
                Action::Deliver { turn, attempt, .. } => {
                    let reply = Reply::text("Dạ, đơn của bạn đang trên đường giao ạ.");
                    self.handle(Event::Replied { turn, attempt, reply });
                }
                _ => {}
            }
        }
    }

    fn answer(&mut self, call: zaloxide_core::CallId, body: &str) {
        let (status, retry_after_ms, body) = (200, None, body.into());
        let outcome = Outcome::Answered { status, retry_after_ms, body };
        self.handle(Event::CallFinished { call, outcome });
    }

    fn commit(&mut self, upto: u64, records: Vec<Record>) {
        let first = upto + 1 - records.len() as u64;
        self.since += records.len();
        self.records += records.len() as u64;
        self.submit(|month, done| month.store.append(month.lease, first, records, done));
        // The file's size is looked at and not its promises: nothing here waits for the disk.
        self.handle(Event::Committed { upto });
        if self.since >= self.channel.view().compact_after() {
            self.since = 0;
            let snapshot = self.channel.snapshot();
            self.submit(|month, done| {
                month.store.compact(month.lease, snapshot.upto, snapshot.record, done);
            });
        }
    }

    fn submit(&mut self, act: impl FnOnce(&Self, zaloxide_store::Done)) {
        while self.under_way >= UNDER_WAY {
            self.told.recv().unwrap().unwrap();
            self.under_way -= 1;
        }
        let tell = self.tell.clone();
        act(self, Box::new(move |result| tell.send(result).unwrap_or_default()));
        self.under_way += 1;
    }
}
