//! `Writer`: the one thread that writes. All that was submitted is one transaction.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::damage;
use super::process::Process;
use super::queue::{Opened, Queue, Task, Woken};
use super::{journal, leases, place};
use crate::{Ended, Lease, StoreError};

/// How long another program may hold the file's lock before a transaction fails.
pub(super) const LOCKED_MAX: Duration = Duration::from_secs(5);
/// The log is taken into the database when it is larger than this, in bytes.
const LOG_FULL: u64 = 4 << 20;
/// And nothing more is written into one that can't be taken in for so long, in bytes.
const LOG_MAX: u64 = 64 * LOG_FULL;

/// Writes until the queue is closed and empty.
pub(super) struct Writer {
    connection: Connection,
    /// As the user named it.
    path: PathBuf,
    log: PathBuf,
    this: Process,
    queue: Arc<Queue>,
    tell: Sender<Box<dyn FnOnce() + Send>>,
    /// To be renewed.
    held: Vec<Held>,
    renewed: Instant,
    /// The log is tried again when it is larger than this.
    log_again: u64,
    /// Why nothing is written any more.
    ended: Option<StoreError>,
}

/// A lease, and who wants to know when it ends.
struct Held {
    lease: Lease,
    watch: Option<Ended>,
}

/// What came of a task that was carried out.
enum Outcome {
    Done,
    Opened(Opened),
}

type Outcomes = Vec<Result<Outcome, StoreError>>;

/// What is said to those who come too late.
pub(super) fn ended() -> StoreError {
    StoreError::Broken { reason: "the store has ended".into() }
}

impl Writer {
    pub(super) fn new(
        connection: Connection,
        path: &Path,
        real: &Path,
        this: Process,
        queue: Arc<Queue>,
        tell: Sender<Box<dyn FnOnce() + Send>>,
    ) -> Self {
        Self {
            connection,
            path: path.to_owned(),
            log: place::log(real),
            this,
            queue,
            tell,
            held: Vec::new(),
            renewed: Instant::now(),
            log_again: LOG_FULL,
            ended: None,
        }
    }

    pub(super) fn run(&mut self) {
        loop {
            let due = (!self.held.is_empty()).then(|| self.renewed + leases::RENEW_EVERY);
            match self.queue.take(due) {
                Woken::Work(tasks) => self.write(tasks),
                Woken::Due => self.write(Vec::new()),
                Woken::Closed => break,
            }
        }
        for held in std::mem::take(&mut self.held) {
            // If it fails, the lease ends with the process.
            let _ = leases::release(&self.connection, &held.lease);
        }
    }

    /// One transaction for all of them; then each is told, in order.
    fn write(&mut self, tasks: Vec<Task>) {
        let renews = self.renewed.elapsed() >= leases::RENEW_EVERY;
        if renews {
            // Also if it fails: the next try is the next time, not at once.
            self.renewed = Instant::now();
        }
        let outcomes = match &self.ended {
            Some(broken) => Err(broken.clone()),
            None => self
                .log_has_room()
                .and_then(|()| self.transact(&tasks, renews).map_err(|error| self.judge(&error))),
        };
        match outcomes {
            Ok(outcomes) => {
                for (task, outcome) in tasks.into_iter().zip(outcomes) {
                    self.settle(task, outcome);
                }
            }
            Err(error) => {
                for task in tasks {
                    self.settle(task, Err(error.clone()));
                }
            }
        }
        if self.ended.is_none() && self.log_bytes() > self.log_again {
            self.take_log_in();
        }
    }

    fn transact(&mut self, tasks: &[Task], renews: bool) -> rusqlite::Result<Outcomes> {
        let immediate = TransactionBehavior::Immediate;
        // Dropped without a commit, it is rolled back.
        let transaction = self.connection.transaction_with_behavior(immediate)?;
        let mut lost = Vec::new();
        if renews {
            for held in &self.held {
                if !leases::renew(&transaction, &held.lease)? {
                    lost.push(held.lease.clone());
                }
            }
        }
        let outcomes: rusqlite::Result<Outcomes> =
            tasks.iter().map(|task| carry_out(&transaction, &self.this, task)).collect();
        let outcomes = outcomes?;
        transaction.commit()?;
        self.queue.committed();
        for lease in lost {
            self.lost(&lease);
        }
        Ok(outcomes)
    }

    /// Somebody else has taken a lease over.
    fn lost(&mut self, lease: &Lease) {
        let error = StoreError::LeaseLost { account: lease.account().into() };
        let ended = self.held.extract_if(.., |held| held.lease == *lease);
        let watches: Vec<Ended> = ended.filter_map(|held| held.watch).collect();
        self.tell_ended(watches, &error);
    }

    fn tell_ended(&self, watches: Vec<Ended>, error: &StoreError) {
        for ended in watches {
            let error = error.clone();
            // The other thread ends after this one.
            let _ = self.tell.send(Box::new(move || ended(error)));
        }
    }

    /// Tells whoever submitted it what came of it.
    fn settle(&mut self, task: Task, outcome: Result<Outcome, StoreError>) {
        let (done, result) = match task {
            Task::Open { opened, .. } => {
                let result = outcome.and_then(|outcome| match outcome {
                    Outcome::Opened(opened) => Ok(opened),
                    Outcome::Done => Err(ended()),
                });
                if let Ok((lease, _)) = &result {
                    if self.held.is_empty() {
                        self.renewed = Instant::now();
                    }
                    self.held.push(Held { lease: lease.clone(), watch: None });
                }
                // Whoever asked waits.
                let _ = opened.send(result);
                return;
            }
            Task::Watch { lease, ended } => return self.watch(&lease, ended, outcome.err()),
            Task::Append { lease, done, .. } | Task::Compact { lease, done, .. } => {
                if matches!(outcome, Err(StoreError::LeaseLost { .. })) {
                    self.lost(&lease);
                }
                (done, outcome.map(drop))
            }
            Task::Release { lease, done } => {
                self.held.retain(|held| held.lease != lease);
                (done, outcome.map(drop))
            }
        };
        // The other thread ends after this one.
        let _ = self.tell.send(Box::new(move || done(result)));
    }

    fn watch(&mut self, lease: &Lease, ended: Ended, error: Option<StoreError>) {
        let held = self.held.iter_mut().find(|held| held.lease == *lease);
        match (held, error) {
            // What passes is no end.
            (Some(held), None | Some(StoreError::Failed { .. })) => held.watch = Some(ended),
            (_, error) => {
                let lost = || StoreError::LeaseLost { account: lease.account().into() };
                self.tell_ended(vec![ended], &error.unwrap_or_else(lost));
            }
        }
    }

    /// Notes what an error means, and puts it into words.
    fn judge(&mut self, error: &rusqlite::Error) -> StoreError {
        let judged = damage::judge(&self.path, error);
        if matches!(judged, StoreError::Broken { .. }) {
            // What can't be trusted is left as it is, also when the file is closed.
            let _ = super::keep_log(&self.connection, true);
            self.ended = Some(judged.clone());
            let watches = self.held.iter_mut().filter_map(|held| held.watch.take()).collect();
            self.tell_ended(watches, &judged);
        }
        judged
    }

    fn log_bytes(&self) -> u64 {
        fs::metadata(&self.log).map_or(0, |log| log.len())
    }

    fn log_has_room(&mut self) -> Result<(), StoreError> {
        if self.log_bytes() <= LOG_MAX || self.take_log_in() {
            return Ok(());
        }
        Err(self.ended.clone().unwrap_or_else(|| StoreError::Failed {
            reason: format!(
                "{} is too large, and can't be taken into {}: end what has the database open, or \
                 make room on the disk",
                self.log.display(),
                self.path.display()
            ),
        }))
    }

    /// Takes the log into the database and empties it. A reader of another process may keep it
    /// from that, and a full disk; then it is tried again when the log has grown by as much.
    fn take_log_in(&mut self) -> bool {
        // Not waiting for a reader: appends would wait too. Neither call can fail.
        let _ = self.connection.busy_timeout(Duration::ZERO);
        let done = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
        });
        let _ = self.connection.busy_timeout(LOCKED_MAX);
        match done {
            // Not held up, and no page is left in the log.
            Ok((0, pages, taken)) if pages == taken => {
                self.log_again = LOG_FULL;
                return true;
            }
            Ok(_) => {}
            Err(error) => drop(self.judge(&error)),
        }
        self.log_again = self.log_bytes() + LOG_FULL;
        false
    }
}

/// The outer error ends the transaction, the inner one is this task's alone.
fn carry_out(
    transaction: &Transaction<'_>,
    this: &Process,
    task: &Task,
) -> rusqlite::Result<Result<Outcome, StoreError>> {
    let lost = |lease: &Lease| Err(StoreError::LeaseLost { account: lease.account().into() });
    Ok(match task {
        Task::Open { account, .. } => match leases::take(transaction, this, account)? {
            Ok(lease) => Ok(Outcome::Opened((lease, journal::read(transaction, account)?))),
            Err(held) => Err(held),
        },
        Task::Watch { lease, .. } => {
            if leases::is_good(transaction, lease)? {
                Ok(Outcome::Done)
            } else {
                lost(lease)
            }
        }
        Task::Append { lease, first, records, .. } => {
            if leases::is_good(transaction, lease)? {
                let written = journal::append(transaction, lease.account(), *first, records)?;
                written.map(|()| Outcome::Done)
            } else {
                lost(lease)
            }
        }
        Task::Compact { lease, upto, snapshot, .. } => {
            if leases::is_good(transaction, lease)? {
                journal::compact(transaction, lease.account(), *upto, snapshot)?;
                Ok(Outcome::Done)
            } else {
                lost(lease)
            }
        }
        Task::Release { lease, .. } => {
            leases::release(transaction, lease)?;
            Ok(Outcome::Done)
        }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::tests::record;

    /// A writer without threads, and who is told.
    fn writer(path: &Path) -> (Writer, mpsc::Receiver<Box<dyn FnOnce() + Send>>) {
        let real = place::prepare(path).unwrap();
        super::super::birth::make(&real, path).unwrap();
        let connection = super::super::connect(&real).unwrap();
        super::super::schema::prepare(&connection, path).unwrap();
        let (tell, told) = mpsc::channel();
        let writer = Writer::new(connection, path, &real, Process::this(), Arc::default(), tell);
        (writer, told)
    }

    fn open(writer: &mut Writer) -> (Lease, usize) {
        let (opened, wait) = mpsc::channel();
        writer.write(vec![Task::Open { account: "a".into(), opened }]);
        let (lease, rows) = wait.recv().unwrap().unwrap();
        (lease, rows.len())
    }

    fn told_all(told: &mpsc::Receiver<Box<dyn FnOnce() + Send>>) {
        for tell in told.try_iter() {
            tell();
        }
    }

    #[test]
    fn a_full_disk_heals_by_itself_and_takes_no_half_of_anything() {
        let dir = tempfile::tempdir().unwrap();
        let (mut writer, told) = writer(&dir.path().join("zaloxide.db"));
        let (lease, _) = open(&mut writer);
        let text = serde_json::to_string(&record(1)).unwrap();
        let (tell, results) = mpsc::channel();
        let append = |first, count| {
            let (lease, tell) = (lease.clone(), tell.clone());
            let done = Box::new(move |result| tell.send(result).unwrap());
            Task::Append { lease, first, records: vec![text.clone(); count], done }
        };
        writer.connection.pragma_update(None, "max_page_count", 10).unwrap();
        writer.write(vec![append(1, 10), append(11, 2_000)]);
        told_all(&told);
        for _ in 0..2 {
            let error = results.try_recv().unwrap().unwrap_err().to_string();
            assert!(error.contains("disk is full") && error.contains("zaloxide.db"), "{error}");
        }
        writer.connection.pragma_update(None, "max_page_count", 100_000).unwrap();
        writer.write(vec![append(1, 10), append(11, 2_000)]);
        told_all(&told);
        assert_eq!(results.try_iter().collect::<Vec<_>>(), [Ok(()), Ok(())]);
        writer.write(vec![Task::Release { lease: lease.clone(), done: Box::new(drop) }]);
        assert_eq!(open(&mut writer).1, 2_010);
    }

    #[test]
    fn a_lease_that_was_lost_is_noticed_when_nothing_is_written_too() {
        let dir = tempfile::tempdir().unwrap();
        let (mut writer, told) = writer(&dir.path().join("zaloxide.db"));
        let (lease, _) = open(&mut writer);
        let (tell, ends) = mpsc::channel();
        let ended = Box::new(move |error| tell.send(error).unwrap());
        writer.write(vec![Task::Watch { lease: lease.clone(), ended }]);
        writer.connection.execute("UPDATE lease SET epoch = epoch + 1", []).unwrap();
        writer.renewed = Instant::now().checked_sub(leases::RENEW_EVERY).unwrap();
        writer.write(Vec::new());
        told_all(&told);
        assert_eq!(ends.try_recv(), Ok(StoreError::LeaseLost { account: "a".into() }));
        assert!(writer.held.is_empty());
    }

    #[test]
    fn after_an_error_that_lasts_nothing_is_written_and_nothing_turns_in_circles() {
        let dir = tempfile::tempdir().unwrap();
        let (mut writer, told) = writer(&dir.path().join("zaloxide.db"));
        let (lease, _) = open(&mut writer);
        let (tell, ends) = mpsc::channel();
        let ended = Box::new(move |error: StoreError| tell.send(error.to_string()).unwrap());
        writer.write(vec![Task::Watch { lease: lease.clone(), ended }]);
        writer.connection.pragma_update(None, "query_only", true).unwrap();
        let long_ago = Instant::now().checked_sub(leases::RENEW_EVERY).unwrap();
        writer.renewed = long_ago;
        writer.write(Vec::new());
        told_all(&told);
        assert!(ends.try_recv().unwrap().contains("can't be written any more"));
        writer.connection.pragma_update(None, "query_only", false).unwrap();
        writer.renewed = long_ago;
        writer.write(Vec::new());
        assert!(writer.renewed > long_ago, "the next renewal is due in 5 s, not at once");
        let (tell, results) = mpsc::channel();
        let done = Box::new(move |result| tell.send(result).unwrap());
        writer.write(vec![Task::Append { lease, first: 1, records: Vec::new(), done }]);
        told_all(&told);
        let error = results.try_recv().unwrap().unwrap_err().to_string();
        assert!(error.contains("can't be written any more"), "{error}");
    }
}
