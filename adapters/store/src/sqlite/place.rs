//! Where the database lies: a directory and files that nobody else can change or read.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::damage;
use crate::StoreError;

/// What the database keeps beside its file: its log, and the index of that.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// Makes the directory, or sees that it and the files are this user's alone. Gives the path with
/// all links above the directory resolved.
pub(super) fn prepare(path: &Path) -> Result<PathBuf, StoreError> {
    let dir = dir_of(path);
    make_dir(dir).map_err(|error| failed(dir, "can't be made", &error))?;
    guard_dir(dir)?;
    let real = real(path)?;
    guard(&real)?;
    Ok(real)
}

/// Sees that the file has something in it: none is ever made empty.
pub(super) fn is_not_empty(real: &Path, path: &Path) -> Result<(), StoreError> {
    let meta = fs::metadata(real).map_err(|error| failed(path, "can't be looked at", &error))?;
    if meta.len() > 0 {
        return Ok(());
    }
    // SQLite would take it for new, and delete its log.
    Err(StoreError::Broken { reason: damage::damaged(path, "it is empty") })
}

/// The path with all links above its last name resolved.
pub(super) fn real(path: &Path) -> Result<PathBuf, StoreError> {
    let dir = dir_of(path);
    let real = fs::canonicalize(dir).map_err(|error| failed(dir, "can't be used", &error))?;
    let name = path.file_name().ok_or_else(|| wrong(path, "is no name of a file"))?;
    Ok(real.join(name))
}

fn dir_of(path: &Path) -> &Path {
    path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The log of a database.
pub(super) fn log(real: &Path) -> PathBuf {
    beside(real, BESIDE[0])
}

fn beside(real: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(real);
    name.push(end);
    name.into()
}

/// Sees that the files are this user's alone.
pub(super) fn guard(real: &Path) -> Result<(), StoreError> {
    guard_file(real)?;
    BESIDE.iter().try_for_each(|end| guard_file(&beside(real, end)))
}

fn wrong(path: &Path, why: &str) -> StoreError {
    StoreError::Broken { reason: format!("{} {why}", path.display()) }
}

pub(super) fn failed(path: &Path, what: &str, error: &io::Error) -> StoreError {
    wrong(path, &format!("{what}: {error}"))
}

#[cfg(unix)]
use unix::{guard_dir, guard_file, make_dir};
#[cfg(unix)]
pub(super) use unix::{own_file, sync_dir};

#[cfg(unix)]
mod unix {
    use std::fs::{File, Metadata, Permissions};
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};

    use super::{DirBuilder, OpenOptions, Path, StoreError, failed, fs, io, wrong};

    pub(super) fn make_dir(dir: &Path) -> io::Result<()> {
        if let Some(above) = dir.parent() {
            fs::create_dir_all(above)?;
        }
        match DirBuilder::new().mode(0o700).create(dir) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            made => made,
        }
    }

    pub(in crate::sqlite) fn own_file() -> OpenOptions {
        let mut options = OpenOptions::new();
        options.write(true).mode(0o600);
        options
    }

    pub(in crate::sqlite) fn sync_dir(dir: &Path) -> io::Result<()> {
        File::open(dir)?.sync_all()
    }

    pub(super) fn guard_dir(dir: &Path) -> Result<(), StoreError> {
        let meta = look(dir)?;
        if !meta.is_dir() {
            return Err(wrong(dir, "is no directory: use another --state-dir"));
        }
        if meta.mode() & 0o022 != 0 {
            // Whatever is in it may be somebody else's work.
            return Err(wrong(
                dir,
                "can be written by others: look at what is in it and chmod 700 it, or use another \
                 --state-dir",
            ));
        }
        narrow(dir, &meta, 0o700)
    }

    pub(super) fn guard_file(path: &Path) -> Result<(), StoreError> {
        if fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            return Ok(());
        }
        let meta = look(path)?;
        if !meta.is_file() || meta.nlink() != 1 {
            return Err(wrong(path, "is no regular file with one name: move it away"));
        }
        narrow(path, &meta, 0o600)
    }

    /// What is there: no link, and this user's.
    fn look(path: &Path) -> Result<Metadata, StoreError> {
        let meta = fs::symlink_metadata(path)
            .map_err(|error| failed(path, "can't be looked at", &error))?;
        if meta.is_symlink() {
            return Err(wrong(path, "is a link: name the place that it leads to, or remove it"));
        }
        if meta.uid() != rustix::process::geteuid().as_raw() {
            return Err(wrong(path, "belongs to another user: use another --state-dir"));
        }
        Ok(meta)
    }

    fn narrow(path: &Path, meta: &Metadata, mode: u32) -> Result<(), StoreError> {
        let is_narrow = meta.mode() & 0o777 & !mode == 0;
        if is_narrow {
            return Ok(());
        }
        fs::set_permissions(path, Permissions::from_mode(mode))
            .map_err(|error| failed(path, "is open to others, and its mode can't be set", &error))
    }
}

#[cfg(not(unix))]
use elsewhere::{guard_dir, guard_file, make_dir};
#[cfg(not(unix))]
pub(super) use elsewhere::{own_file, sync_dir};

/// Other systems have no modes; a profile's directories are its user's.
#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps)] // The other system's can fail.
mod elsewhere {
    use super::{DirBuilder, OpenOptions, Path, StoreError, io};

    pub(super) fn make_dir(dir: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).create(dir)
    }

    pub(in crate::sqlite) fn own_file() -> OpenOptions {
        let mut options = OpenOptions::new();
        options.write(true);
        options
    }

    pub(in crate::sqlite) fn sync_dir(_: &Path) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn guard_dir(_: &Path) -> Result<(), StoreError> {
        Ok(())
    }

    pub(super) fn guard_file(_: &Path) -> Result<(), StoreError> {
        Ok(())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;
    use crate::Sqlite;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn set(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn what_is_made_or_found_is_this_users_alone() {
        let dir = tempfile::tempdir().unwrap();
        let (state, path) = (dir.path().join("a/state"), dir.path().join("a/state/zaloxide.db"));
        for _ in 0..2 {
            let store = Sqlite::open(&path).unwrap();
            assert_eq!(mode(&state), 0o700);
            for end in ["", "-wal", "-shm"] {
                assert_eq!(mode(&beside(&path, end)), 0o600, "{end}");
            }
            drop(store);
            // Widened behind our back; the second time it is narrowed.
            set(&state, 0o755);
            set(&path, 0o644);
        }
    }

    #[test]
    fn links_and_what_others_can_change_are_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let place = |name: &str| dir.path().join(name);
        let refused = |path: PathBuf, named: &Path, why: &str| {
            let error = Sqlite::open(&path).unwrap_err().to_string();
            assert!(error.contains(&named.display().to_string()), "{error}");
            assert!(error.contains(why), "{error}");
        };
        fs::create_dir(place("real")).unwrap();
        fs::write(place("target"), "").unwrap();

        symlink(place("real"), place("link")).unwrap();
        refused(place("link/zaloxide.db"), &place("link"), "is a link");
        symlink(place("target"), place("real/linked.db")).unwrap();
        refused(place("real/linked.db"), &place("real/linked.db"), "is a link");
        fs::hard_link(place("target"), place("real/second.db")).unwrap();
        refused(place("real/second.db"), &place("real/second.db"), "one name");
        fs::create_dir(place("real/folder.db")).unwrap();
        refused(place("real/folder.db"), &place("real/folder.db"), "no regular file");
        symlink(place("target"), place("real/logged.db-wal")).unwrap();
        refused(place("real/logged.db"), &place("real/logged.db-wal"), "is a link");
        fs::create_dir(place("wide")).unwrap();
        set(&place("wide"), 0o777);
        refused(place("wide/zaloxide.db"), &place("wide"), "written by others");
        refused(place("target/zaloxide.db"), &place("target"), "is no directory");
        assert_eq!(fs::read(place("target")).unwrap(), b"");
    }
}
