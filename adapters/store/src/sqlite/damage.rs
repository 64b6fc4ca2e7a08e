//! What the database's errors mean, and the sentence for whoever has to act on them.

use std::path::Path;

use rusqlite::{Error, ErrorCode, ffi};

use crate::StoreError;

/// What becomes of the store after an error.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Damage {
    /// It passes by itself: the next try may go well.
    Passing(String),
    /// Nobody knows what the disk holds: nothing is written any more.
    Lasting(String),
}

impl Damage {
    /// Judges an error that came while the open store was read or written.
    pub(super) fn judge(path: &Path, error: &Error) -> Self {
        let file = path.display();
        match Cause::of(error) {
            Cause::Full => {
                Self::Passing(format!("{file} can't grow: the disk is full; make room on it"))
            }
            Cause::Locked => Self::Passing(format!(
                "{file} is locked by another program ({error}): end what has it open"
            )),
            Cause::Damaged => Self::Lasting(damaged(path, &error.to_string())),
            Cause::Forbidden => Self::Lasting(format!(
                "{file} can't be written any more ({error}): see to the modes and owners of its \
                 directory and to how the disk is mounted, then start again"
            )),
            Cause::Disk => Self::Lasting(format!(
                "the disk fails at {file} ({error}): nothing more is written. See to the disk, \
                 copy {file}* to another one, then start again"
            )),
        }
    }
}

/// Why the file could not be opened.
pub(super) fn refused(path: &Path, error: &Error) -> StoreError {
    let file = path.display();
    let reason = match Cause::of(error) {
        Cause::Forbidden => format!(
            "{file} can't be opened ({error}): see to the modes and owners of it and its \
             directory, and to how the disk is mounted"
        ),
        _ => match Damage::judge(path, error) {
            Damage::Passing(reason) | Damage::Lasting(reason) => reason,
        },
    };
    StoreError::Failed { reason }
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
    Locked,
    Damaged,
    Forbidden,
    Disk,
}

impl Cause {
    fn of(error: &Error) -> Self {
        let Error::SqliteFailure(failure, _) = error else {
            // A column of another type than was written.
            return Self::Damaged;
        };
        match failure.code {
            ErrorCode::DiskFull => Self::Full,
            // The index of the log can't be made larger; nothing was begun.
            _ if failure.extended_code == ffi::SQLITE_IOERR_SHMSIZE => Self::Full,
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Locked,
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Damaged,
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen => {
                Self::Forbidden
            }
            _ => Self::Disk,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_passes_by_itself_is_tried_again() {
        let path = Path::new("/state/zaloxide.db");
        let judge = |code| {
            let error = Error::SqliteFailure(ffi::Error::new(code), Some("why".into()));
            let damage = Damage::judge(path, &error);
            let (Damage::Passing(reason) | Damage::Lasting(reason)) = &damage;
            assert!(reason.contains("/state/zaloxide.db"), "{reason}");
            matches!(damage, Damage::Passing(_))
        };
        for code in [ffi::SQLITE_FULL, ffi::SQLITE_BUSY, ffi::SQLITE_IOERR_SHMSIZE] {
            assert!(judge(code), "{code}");
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
            assert!(!judge(code), "{code}");
        }
    }
}
