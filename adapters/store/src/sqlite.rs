//! `Sqlite`: the journals of all accounts in one database file.
//!
//! One thread writes. It takes whatever was submitted since it last looked, for any account, and
//! commits it in one transaction: the busier the accounts, the more records share one wait for the
//! disk. Another thread tells the callers, so that the next transaction does not wait for them.

mod backup;
mod birth;
mod damage;
mod journal;
mod leases;
mod part;
mod place;
mod process;
mod queue;
mod schema;
#[cfg(test)]
mod tests;
mod writer;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle, ThreadId};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use zaloxide_core::Record;

use crate::{Done, Ended, Journal, Lease, Store, StoreError};
pub use backup::Backup;
use process::Process;
use queue::{Queue, Task};
use writer::Writer;

/// Journals in a database file, for any number of accounts and of processes.
///
/// - What was told to be durable outlives the process, the system and the power.
/// - An account is one process's at a time. Its lease is free as soon as that process is gone, and
///   is taken over when it was not renewed for 30 s; whoever lost it so writes nothing more.
/// - When the disk is full, appends fail until there is room again. Any other error of the disk,
///   and a damaged file, ends all writing until the store is opened anew: after such an error
///   nobody knows what the disk holds.
pub struct Sqlite {
    path: PathBuf,
    queue: Arc<Queue>,
    writer: Option<JoinHandle<()>>,
    teller: Option<JoinHandle<()>>,
    own_threads: [ThreadId; 2],
}

impl Sqlite {
    /// Opens the database file, or makes it and its directory, and looks whether it is whole.
    /// The directory is this user's alone (0700), so are the files (0600): wider modes are
    /// narrowed.
    ///
    /// # Errors
    /// [`StoreError::Broken`], with the file and what to do: it is damaged, of a newer version or
    /// of another program, somebody else can change it, or the system refuses. Nothing is
    /// overwritten then.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let real = place::prepare(path)?;
        birth::make(&real, path)?;
        place::is_not_empty(&real, path)?;
        let connection = connect(&real).map_err(|error| damage::refused(path, &error))?;
        let kept =
            |keep| keep_log(&connection, keep).map_err(|error| damage::refused(path, &error));
        // A file that is refused is closed as it was found.
        kept(true)?;
        schema::prepare(&connection, path)?;
        kept(false)?;
        // The log and its index are there now.
        place::guard(&real)?;

        let queue = Arc::new(Queue::default());
        let (tell, told) = mpsc::channel::<Box<dyn FnOnce() + Send>>();
        let teller = spawn("zaloxide-store-told", move || told.into_iter().for_each(call));
        let teller = teller.map_err(|error| no_thread(path, &error))?;
        let mut writer =
            Writer::new(connection, path, &real, Process::this(), Arc::clone(&queue), tell);
        let writer = spawn("zaloxide-store", move || writer.run());
        let writer = writer.map_err(|error| no_thread(path, &error))?;
        let own_threads = [writer.thread().id(), teller.thread().id()];
        let (writer, teller) = (Some(writer), Some(teller));
        Ok(Self { path: path.to_owned(), queue, writer, teller, own_threads })
    }

    /// Copies the database at `path` to a new file, as it is at one moment. Whoever has it open,
    /// in this process or another, goes on meanwhile.
    ///
    /// # Errors
    /// There is no such database or it can't be read, `to` is there already, or it can't be
    /// written. Nothing is left of the copy then.
    pub fn backup(path: &Path, to: &Path) -> Result<Backup, StoreError> {
        backup::copy(path, to)
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Transactions so far. Records divided by it tell how many share a wait for the disk.
    pub fn transactions(&self) -> u64 {
        self.queue.transactions()
    }

    fn is_own_thread(&self) -> bool {
        self.own_threads.contains(&thread::current().id())
    }

    fn submit_text(
        &self,
        records: &[Record],
        done: Done,
        task: impl FnOnce(Vec<String>, Done) -> Task,
    ) {
        // Here and not on the writer's thread: a large snapshot holds up its own account alone.
        match records.iter().map(serde_json::to_string).collect() {
            Ok(texts) => self.queue.push(task(texts, done)),
            Err(error) => done(Err(StoreError::Broken {
                reason: format!("a record can't be written as JSON, this is a defect: {error}"),
            })),
        }
    }
}

impl Store for Sqlite {
    fn open(&self, account: &str) -> Result<(Lease, Journal), StoreError> {
        let (opened, wait) = mpsc::channel();
        self.queue.push(Task::Open { account: account.into(), opened });
        // proven: the writer answers every task before it ends, and it outlives this call.
        let (lease, rows) = wait.recv().unwrap_or_else(|_| Err(writer::ended()))?;
        match rows.into_iter().map(|row| parse(account, &self.path, row)).collect() {
            Ok(records) => Ok((lease, Journal { records })),
            Err(error) => {
                self.release(lease);
                Err(error)
            }
        }
    }

    fn watch(&self, lease: &Lease, ended: Ended) {
        self.queue.push(Task::Watch { lease: lease.clone(), ended });
    }

    fn append(&self, lease: &Lease, first: u64, records: Vec<Record>, done: Done) {
        let lease = lease.clone();
        self.submit_text(&records, done, |records, done| Task::Append {
            lease,
            first,
            records,
            done,
        });
    }

    fn compact(&self, lease: &Lease, upto: u64, snapshot: Record, done: Done) {
        let lease = lease.clone();
        self.submit_text(&[snapshot], done, |mut records, done| {
            let snapshot = records.pop().unwrap_or_default();
            Task::Compact { lease, upto, snapshot, done }
        });
    }

    fn release(&self, lease: Lease) {
        let (tell, told) = mpsc::channel();
        let done = Box::new(move |result| tell.send(result).unwrap_or_default());
        self.queue.push(Task::Release { lease, done });
        if !self.is_own_thread() {
            // A lease that can't be given back ends with the process.
            let _ = told.recv_timeout(writer::LOCKED_MAX);
        }
    }
}

/// Writes what was submitted, gives the leases back, and ends the threads.
impl Drop for Sqlite {
    fn drop(&mut self) {
        self.queue.close();
        if self.is_own_thread() {
            // Whoever was told held the last reference. A thread can't wait for itself.
            return;
        }
        for thread in [self.writer.take(), self.teller.take()].into_iter().flatten() {
            // Its panic was shown already.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sqlite").field("path", &self.path).finish_non_exhaustive()
    }
}

fn connect(real: &Path) -> rusqlite::Result<Connection> {
    // Not `CREATE`: `place` made the file, with its mode.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(real, flags)?;
    connection.busy_timeout(writer::LOCKED_MAX)?;
    Ok(connection)
}

/// Whether the log stays as it is when the file is closed, instead of being taken in.
fn keep_log(connection: &Connection, keep: bool) -> rusqlite::Result<bool> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep)
}

/// One who panics when told must not keep the others from being told.
fn call(tell: Box<dyn FnOnce() + Send>) {
    // The panic was shown already.
    let _ = catch_unwind(AssertUnwindSafe(tell));
}

fn parse(
    account: &str,
    path: &Path,
    (number, text): (u64, String),
) -> Result<(u64, Record), StoreError> {
    serde_json::from_str(&text).map(|record| (number, record)).map_err(|error| {
        let what = format!("record {number} of account \"{account}\" can't be read: {error}");
        StoreError::Broken { reason: damage::damaged(path, &what) }
    })
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<JoinHandle<()>> {
    thread::Builder::new().name(name.into()).spawn(work)
}

fn no_thread(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Failed { reason: format!("no thread to write {}: {error}", path.display()) }
}
