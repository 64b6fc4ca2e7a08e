//! `Folder`: a directory that nobody else can read or change, and the files in it.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// A directory of this user alone.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

/// A directory that can't be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum FolderError {
    /// It is not safe.
    Unsafe {
        /// The directory.
        dir: PathBuf,
        /// What is wrong, and what to do.
        reason: &'static str,
    },
    /// The system refuses.
    Io {
        /// The directory.
        dir: PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl fmt::Display for FolderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsafe { dir, reason } => write!(f, "{}: {reason}", dir.display()),
            Self::Io { dir, error } => write!(f, "{}: can't be used: {error}", dir.display()),
        }
    }
}

impl std::error::Error for FolderError {}

impl Folder {
    /// Makes the directory and those above it, or sees that it is this user's alone.
    pub(super) fn open(dir: PathBuf) -> Result<Self, FolderError> {
        match make(&dir).and_then(|()| guard(&dir)) {
            Ok(None) => Ok(Self(dir)),
            Ok(Some(reason)) => Err(FolderError::Unsafe { dir, reason }),
            Err(error) => Err(FolderError::Io { dir, error }),
        }
    }

    /// Where it lies.
    pub(super) fn dir(&self) -> &Path {
        &self.0
    }

    /// Where something of this name lies. The name is one of ours.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Begins a file that this user alone can read. It must not be there.
    pub(super) fn create(&self, name: &str) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(self.path(name))
    }

    /// Makes a folder in it, durably, unless that is there. Its path.
    pub(super) fn create_folder(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.path(name);
        match builder().create(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(path),
            made => made.and_then(|()| self.sync()).map(|()| path),
        }
    }

    /// The names of all that is in it; those that are no text can't be ours.
    pub(super) fn names(&self) -> io::Result<Vec<String>> {
        let names = fs::read_dir(&self.0)?.map(|entry| entry.map(|entry| entry.file_name()));
        let names: Vec<OsString> = names.collect::<io::Result<_>>()?;
        Ok(names.into_iter().filter_map(|name| name.into_string().ok()).collect())
    }

    /// Makes durable which names there are.
    pub(super) fn sync(&self) -> io::Result<()> {
        sync(&self.0)
    }
}

/// Makes directories of this user alone.
fn builder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.recursive(false);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

fn make(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    builder().recursive(true).create(dir)?;
    // What is durable in a directory is worth nothing until its own name is.
    dir.ancestors().skip(1).take(2).try_for_each(sync)
}

/// Makes durable which names there are in a directory.
#[cfg(unix)]
pub(super) fn sync(dir: &Path) -> io::Result<()> {
    // A path of one name has an empty one above it.
    let here = Path::new(".");
    File::open(if dir.as_os_str().is_empty() { here } else { dir })?.sync_all()
}

/// Other systems don't open directories.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the other system's can fail")]
pub(super) fn sync(_: &Path) -> io::Result<()> {
    Ok(())
}

/// What is wrong with a directory. One that others can read is closed to them.
#[cfg(unix)]
fn guard(dir: &Path) -> io::Result<Option<&'static str>> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    let meta = fs::symlink_metadata(dir)?;
    if !meta.is_dir() {
        return Ok(Some("is a link or a file: remove it, or use another --state-dir"));
    }
    if meta.uid() != rustix::process::geteuid().as_raw() {
        return Ok(Some("belongs to another user: use another --state-dir"));
    }
    if meta.mode() & 0o022 != 0 {
        return Ok(Some("others may write here: look at what is in it and chmod 700 it"));
    }
    if meta.mode() & 0o077 != 0 {
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700))?;
    }
    Ok(None)
}

/// Other systems have no modes; a profile's directories are its user's.
#[cfg(not(unix))]
fn guard(dir: &Path) -> io::Result<Option<&'static str>> {
    let is_dir = fs::symlink_metadata(dir)?.is_dir();
    Ok((!is_dir).then_some("is a link or a file: remove it, or use another --state-dir"))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_made_or_found_is_this_users_alone() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("media/out");
        for _ in 0..2 {
            let folder = Folder::open(out.clone()).unwrap();
            assert_eq!((mode(&out), mode(&dir.path().join("media"))), (0o700, 0o700));
            folder.create("a").unwrap();
            assert_eq!(mode(&out.join("a")), 0o600);
            assert!(folder.create("a").is_err(), "nothing is written over");
            fs::remove_file(out.join("a")).unwrap();
            // Widened behind our back; it is narrowed.
            fs::set_permissions(&out, fs::Permissions::from_mode(0o755)).unwrap();
        }
    }

    #[test]
    fn links_files_and_what_others_can_change_are_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let place = |name: &str| dir.path().join(name);
        fs::create_dir(place("wide")).unwrap();
        fs::set_permissions(place("wide"), fs::Permissions::from_mode(0o770)).unwrap();
        fs::create_dir(place("real")).unwrap();
        symlink(place("real"), place("link")).unwrap();
        fs::write(place("file"), "").unwrap();
        for (name, why) in
            [("wide", "others may write"), ("link", "is a link"), ("file", "can't be used")]
        {
            let error = Folder::open(place(name)).unwrap_err().to_string();
            assert!(error.contains(why) && error.contains(name), "{error}");
        }
    }
}
