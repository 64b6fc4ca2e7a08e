//! The tables, their version, and how a file of an older version is brought to this one.

use std::path::Path;

use rusqlite::{Connection, Error, TransactionBehavior};

use super::{damage, journal};
use crate::StoreError;

/// Each step leads from the version of its place to the next one; a new file takes all of them.
/// A step is never changed once it was released.
const STEPS: [&str; 3] = [
    "CREATE TABLE journal (
         account TEXT NOT NULL,
         number INTEGER NOT NULL,
         record TEXT NOT NULL,
         PRIMARY KEY (account, number)
     ) STRICT;
     CREATE TABLE lease (
         account TEXT PRIMARY KEY,
         epoch INTEGER NOT NULL,
         pid INTEGER,
         born TEXT NOT NULL,
         renewed_at INTEGER NOT NULL
     ) STRICT;",
    // A pid alone says nothing to a process of another container.
    "ALTER TABLE lease ADD COLUMN space TEXT NOT NULL DEFAULT '';",
    // Absent where a row is older than this.
    "ALTER TABLE journal ADD COLUMN sum INTEGER;",
];

/// The version that this program writes.
#[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)] // A handful of steps.
const VERSION: i64 = STEPS.len() as i64;

/// Marks the file as ours: `zlox`.
const APPLICATION: i64 = 0x7a6c_6f78;

/// Sees that the file is whole and ours, and brings it to this version.
pub(super) fn prepare(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let failed = |error: Error| damage::refused(path, &error);
    // Read before anything is written.
    recognise(connection, path)?;
    check(connection, path)?;
    if versions(connection).map_err(failed)?.0 == VERSION {
        check_sums(connection, path)?;
    }
    settle(connection).map_err(failed)?;
    migrate(connection, STEPS.len()).map_err(failed)
}

/// Sees that the file is ours or empty, and not of a newer version.
pub(super) fn recognise(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let failed = |error: Error| damage::refused(path, &error);
    let (version, application) = versions(connection).map_err(failed)?;
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(failed)?;
    let is_new = tables == 0 && version == 0 && application == 0;
    if !is_new && application != APPLICATION {
        return Err(refuse(path, "is the database of another program: use another --state-dir"));
    }
    if version > VERSION {
        let why = format!(
            "has version {version}, and this program knows versions up to {VERSION}: use the newer \
             program, or another --state-dir"
        );
        return Err(refuse(path, &why));
    }
    Ok(())
}

fn refuse(path: &Path, why: &str) -> StoreError {
    StoreError::Broken { reason: format!("{} {why}", path.display()) }
}

fn versions(connection: &Connection) -> rusqlite::Result<(i64, i64)> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get(0));
    Ok((pragma("user_version")?, pragma("application_id")?))
}

fn check(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let found: rusqlite::Result<String> =
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0));
    match found {
        Ok(found) if found == "ok" => Ok(()),
        Ok(found) => Err(StoreError::Broken { reason: damage::damaged(path, &found) }),
        Err(error) => Err(damage::refused(path, &error)),
    }
}

/// The database looks at its own pages' form, not at what is in them.
fn check_sums(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    match journal::damaged(connection).map_err(|error| damage::refused(path, &error))? {
        None => Ok(()),
        Some((account, number)) => {
            let what = format!("record {number} of account \"{account}\" is not what was written");
            Err(StoreError::Broken { reason: damage::damaged(path, &what) })
        }
    }
}

fn settle(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // The writer takes the log in itself, and reads what came of it.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "trusted_schema", false)
}

/// Makes the tables in a file that is empty.
pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    migrate(connection, STEPS.len())
}

/// Takes the steps that the file lacks, up to version `upto`, all or none.
fn migrate(connection: &Connection, upto: usize) -> rusqlite::Result<()> {
    let immediate = TransactionBehavior::Immediate;
    let transaction = rusqlite::Transaction::new_unchecked(connection, immediate)?;
    // Again, inside: two processes may begin with one file.
    let (version, _) = versions(&transaction)?;
    let done = usize::try_from(version).unwrap_or(usize::MAX).min(upto);
    for step in &STEPS[done..upto] {
        transaction.execute_batch(step)?;
    }
    if done < upto {
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", upto)?;
    }
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Sqlite, Store};

    #[test]
    fn a_file_of_an_older_version_keeps_what_it_holds() {
        for old in 0..STEPS.len() {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("zaloxide.db");
            let file = Connection::open(&path).unwrap();
            migrate(&file, old).unwrap();
            if old > 0 {
                file.execute_batch(
                    r#"INSERT INTO journal VALUES
                           ('a', 7, '{"type":"started","bot_id":"1","at":1}');
                       INSERT INTO lease (account, epoch, pid, born, renewed_at)
                           VALUES ('a', 4, 1, 'gone', 0);"#,
                )
                .unwrap();
            }
            drop(file);
            let store = Sqlite::open(&path).unwrap();
            let (lease, journal) = store.open("a").unwrap();
            let numbers: Vec<u64> = journal.records.iter().map(|(number, _)| *number).collect();
            let expected: (&[u64], u64) = if old > 0 { (&[7], 5) } else { (&[], 1) };
            assert_eq!((numbers.as_slice(), lease.epoch()), expected, "from version {old}");
            drop(store);
            let file = Connection::open(&path).unwrap();
            assert_eq!(versions(&file).unwrap(), (VERSION, APPLICATION));
        }
    }

    #[test]
    fn a_newer_file_and_another_programs_are_refused_and_left_as_they_are() {
        let newer = format!("PRAGMA application_id={APPLICATION}; PRAGMA user_version=99;");
        let table = [
            (newer.as_str(), "has version 99"),
            ("CREATE TABLE notes (text TEXT);", "another program"),
            ("PRAGMA user_version=1;", "another program"),
        ];
        for (made, expected) in table {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("zaloxide.db");
            Connection::open(&path).unwrap().execute_batch(made).unwrap();
            let before = std::fs::read(&path).unwrap();
            let error = Sqlite::open(&path).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
            assert!(error.contains(&path.display().to_string()), "{error}");
            assert_eq!(std::fs::read(&path).unwrap(), before);
        }
    }
}
