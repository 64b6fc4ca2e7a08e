//! What the database's errors mean, and the sentence for whoever has to act on them.

use std::path::Path;

use rusqlite::{Error, ErrorCode, ffi};

use crate::StoreError;

/// Judges an error that came while the open store was read or written: `Failed` may go well the
/// next time; after `Broken` nobody knows what the disk holds.
pub(super) fn judge(path: &Path, error: &Error) -> StoreError {
    let file = path.display();
    let passing = |reason| StoreError::Failed { reason };
    let lasting = |reason| StoreError::Broken { reason };
    match Cause::of(path, error) {
        Cause::Limit(bytes) => passing(format!(
            "{file} can't grow: no file of this process may be over {bytes} bytes; raise the limit \
             (ulimit -f)"
        )),
        Cause::Full => passing(format!("{file} can't grow: the disk is full; make room on it")),
        Cause::Locked => {
            passing(format!("{file} is locked by another program ({error}): end what has it open"))
        }
        Cause::Damaged => lasting(damaged(path, &error.to_string())),
        Cause::Forbidden => lasting(format!(
            "{file} can't be written any more ({error}): see to the modes and owners of its \
             directory and to how the disk is mounted, then start again"
        )),
        Cause::Disk => lasting(format!(
            "the disk fails at {file} ({error}): nothing more is written. See to the disk, \
             copy {file}* to another one, then start again"
        )),
    }
}

/// Why the file could not be opened.
pub(super) fn refused(path: &Path, error: &Error) -> StoreError {
    let file = path.display();
    match Cause::of(path, error) {
        Cause::Forbidden => StoreError::Broken {
            reason: format!(
                "{file} can't be opened ({error}): see to the modes and owners of it and its \
                 directory, and to how the disk is mounted"
            ),
        },
        _ => judge(path, error),
    }
}

/// The file is damaged. It says what to do and promises that nothing was changed.
pub(super) fn damaged(path: &Path, what: &str) -> String {
    let file = path.display();
    format!(
        "{file} is damaged ({what}) and was left as it is: put a backup in its place, or move \
         {file}* away to begin with nothing, without approvals and messages that wait"
    )
}

#[derive(Clone, Copy)]
enum Cause {
    Full,
    /// A limit of the size of files, in bytes.
    Limit(u64),
    Locked,
    Damaged,
    Forbidden,
    Disk,
}

impl Cause {
    fn of(path: &Path, error: &Error) -> Self {
        let Error::SqliteFailure(failure, _) = error else {
            // A column of another type than was written.
            return Self::Damaged;
        };
        match failure.code {
            ErrorCode::DiskFull => Self::Full,
            // The index of the log can't be made larger; nothing was begun.
            _ if failure.extended_code == ffi::SQLITE_IOERR_SHMSIZE => Self::Full,
            _ if failure.extended_code == ffi::SQLITE_IOERR_WRITE => {
                limit_reached(path).map_or(Self::Disk, Self::Limit)
            }
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Locked,
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Damaged,
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen => {
                Self::Forbidden
            }
            _ => Self::Disk,
        }
    }
}

/// The limit of the size of files, if it is what keeps the log or the file from growing. To
/// the database it looks like a disk that fails.
#[cfg(unix)]
fn limit_reached(path: &Path) -> Option<u64> {
    use rustix::process::{Resource, getrlimit};

    /// A transaction ends before the limit by less than it writes at once.
    const NEAR: u64 = 64 << 10;
    let limit = getrlimit(Resource::Fsize).current?;
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |meta| meta.len());
    let largest = size(path).max(size(&super::place::log(path)));
    (largest.saturating_add(NEAR) >= limit).then_some(limit)
}

#[cfg(not(unix))]
fn limit_reached(_: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_passes_by_itself_is_tried_again() {
        let path = Path::new("/state/zaloxide.db");
        let passes = |code| {
            let error = Error::SqliteFailure(ffi::Error::new(code), Some("why".into()));
            let judged = judge(path, &error);
            assert!(judged.to_string().contains("/state/zaloxide.db"), "{judged}");
            matches!(judged, StoreError::Failed { .. })
        };
        for code in [ffi::SQLITE_FULL, ffi::SQLITE_BUSY, ffi::SQLITE_IOERR_SHMSIZE] {
            assert!(passes(code), "{code}");
        }
        for code in [
            ffi::SQLITE_IOERR_WRITE,
            ffi::SQLITE_IOERR_FSYNC,
            ffi::SQLITE_CORRUPT,
            ffi::SQLITE_NOTADB,
            ffi::SQLITE_READONLY,
            ffi::SQLITE_CANTOPEN,
            ffi::SQLITE_PERM,
        ] {
            assert!(!passes(code), "{code}");
        }
    }
}
