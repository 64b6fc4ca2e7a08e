//! The journal on the disk, looked at and prepared while no process has it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};
use zaloxide_core::{ChatId, Record, Time};
use zaloxide_store::{Sqlite, Store};

use crate::Result;

/// The account of the tests.
const ACCOUNT: &str = "default";

/// A database file.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
}

impl Journal {
    pub(crate) fn of(state: &Path) -> Self {
        Self { path: state.join("zaloxide.db") }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.path.with_extension("db-wal")
    }

    /// The index of the log.
    pub(crate) fn index(&self) -> PathBuf {
        self.path.with_extension("db-shm")
    }

    /// Whether some record has this text in it. Looks at a copy: the file itself stays as the
    /// crash has left it.
    pub(crate) fn holds(&self, text: &str) -> Result<bool> {
        let dir = tempfile::tempdir()?;
        let copy = Self::of(dir.path());
        for (from, to) in [(&self.path, &copy.path), (&self.log(), &copy.log())] {
            if from.exists() {
                fs::copy(from, to)?;
            }
        }
        let look = || {
            let connection = Connection::open(&copy.path)?;
            let query = "SELECT 1 FROM journal WHERE instr(record, ?1) LIMIT 1";
            connection.prepare(query)?.exists([text])
        };
        match look() {
            // There was no time to make the tables.
            Err(error) if error.to_string().contains("no such table") => Ok(false),
            held => Ok(held?),
        }
    }

    /// Adds so many records that the next gateway compacts the journal as soon as it starts.
    pub(crate) fn make_long(&self) -> Result<()> {
        let store = Sqlite::open(&self.path)?;
        let (lease, journal) = store.open(ACCOUNT)?;
        let last = journal.records.last().map_or(0, |(number, _)| *number);
        let chat = ChatId::from("zgr-paused");
        let pause = Record::ChatPaused { chat: chat.clone(), at: Time::from_ms(1) };
        let records = [pause, Record::ChatResumed { chat }].into_iter().cycle().take(4_200);
        let (tell, told) = mpsc::channel();
        let done = Box::new(move |result| tell.send(result).unwrap_or_default());
        store.append(&lease, last + 1, records.collect(), done);
        told.recv()??;
        store.release(lease);
        Ok(())
    }

    /// Takes the file back to its first version, which did not know of containers: of a process
    /// that was killed then nobody could say that it is gone.
    pub(crate) fn make_old(&self) -> Result<()> {
        let connection = Connection::open(&self.path)?;
        connection.execute_batch(
            "UPDATE lease SET pid = NULL;
             ALTER TABLE lease DROP COLUMN space;
             ALTER TABLE journal DROP COLUMN sum;
             PRAGMA user_version = 1;",
        )?;
        Ok(())
    }

    /// Lets a minute pass for the leases. `false`: somebody is writing.
    pub(crate) fn age_leases(&self) -> Result<bool> {
        let connection = Connection::open(&self.path)?;
        connection.busy_timeout(Duration::ZERO)?;
        match connection.execute("UPDATE lease SET renewed_at = renewed_at - 60000", []) {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => Ok(false),
            aged => Ok(aged? > 0),
        }
    }
}
