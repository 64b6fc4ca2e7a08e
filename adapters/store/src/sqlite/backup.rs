//! A copy of a database that may be in use.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use super::part::Part;
use super::{damage, place, schema};
use crate::StoreError;

/// A copy that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Backup {
    /// Its size.
    pub bytes: u64,
}

/// Copies the database at `path` as it is at one moment, for whoever starts from it later: nobody
/// holds a lease in it. It has its name only once it is whole and durable.
pub(super) fn copy(path: &Path, to: &Path) -> Result<Backup, StoreError> {
    if fs::symlink_metadata(to).is_ok() {
        return Err(refuse(to, "is there already: name a new file"));
    }
    let source = place::real(path)?;
    place::guard(&source)?;
    let part = Part::make(&place::real(to)?)
        .map_err(|error| refuse(to, &format!("can't be made: {error}")))?;
    let source = open(&source).map_err(|error| damage::refused(path, &error))?;
    schema::recognise(&source, path)?;
    let name = part.path().to_string_lossy();
    source.execute("VACUUM INTO ?1", [name]).map_err(|error| damage::refused(to, &error))?;
    let copy = open(part.path()).map_err(|error| damage::refused(to, &error))?;
    copy.execute("UPDATE lease SET pid = NULL", [])
        .and_then(|_| copy.close().map_err(|(_, error)| error))
        .map_err(|error| damage::refused(to, &error))?;
    let bytes = part.finish(to);
    let bytes = bytes.map_err(|error| refuse(to, &format!("can't be written: {error}")))?;
    Ok(Backup { bytes })
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let connection = super::connect(path)?;
    // Taking the log in is the writer's to do.
    super::keep_log(&connection, true)?;
    Ok(connection)
}

fn refuse(file: &Path, why: &str) -> StoreError {
    StoreError::Failed { reason: format!("the backup {} {why}", file.display()) }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::tests::append;
    use crate::{Sqlite, Store};

    #[test]
    fn a_backup_holds_what_was_durable_and_can_be_started_from_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let (path, to) = (dir.path().join("zaloxide.db"), dir.path().join("copy.db"));
        let store = Sqlite::open(&path).unwrap();
        let (lease, _) = store.open("a").unwrap();
        append(&store, &lease, 1, 3_000, 1).unwrap();
        let backup = Sqlite::backup(&path, &to).unwrap();
        append(&store, &lease, 3_001, 1, 1).unwrap();

        let meta = fs::metadata(&to).unwrap();
        assert_eq!((meta.len(), meta.permissions().mode() & 0o777), (backup.bytes, 0o600));
        let copy = Sqlite::open(&to).unwrap();
        let (of_copy, journal) = copy.open("a").unwrap();
        assert_eq!((journal.records.len(), of_copy.epoch()), (3_000, lease.epoch() + 1));
        append(&store, &lease, 3_002, 1, 1).unwrap();
        let left = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert!(left.into_iter().all(|name| !name.to_string_lossy().contains("part")));
    }

    #[test]
    fn nothing_is_overwritten_and_what_is_no_store_is_not_copied() {
        let dir = tempfile::tempdir().unwrap();
        let (path, to) = (dir.path().join("zaloxide.db"), dir.path().join("copy.db"));
        let refused = |to: &Path, part: &str| {
            let error = Sqlite::backup(&path, to).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        };
        refused(&to, "zaloxide.db");
        fs::write(&path, "notes".repeat(1_000)).unwrap();
        refused(&to, "zaloxide.db");
        fs::remove_file(&path).unwrap();
        drop(Sqlite::open(&path).unwrap());
        refused(&dir.path().join("missing/copy.db"), "missing can't be used");
        fs::write(&to, "precious").unwrap();
        refused(&to, "is there already");
        assert_eq!(fs::read(&to).unwrap(), b"precious");
    }
}
