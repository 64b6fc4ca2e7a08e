//! `Part`: a file that has its name only once it is whole and durable.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::place;

/// A file that is being made, removed unless it is finished.
pub(super) struct Part {
    path: PathBuf,
}

impl Part {
    /// Begins with an empty file of this user alone, beside `to`.
    pub(super) fn make(to: &Path) -> io::Result<Self> {
        let mut name = OsString::from(to);
        name.push(format!(".{}.part", std::process::id()));
        let path = PathBuf::from(name);
        // Of a process with this number that was killed.
        let _ = fs::remove_file(&path);
        place::own_file().create_new(true).open(&path)?;
        Ok(Self { path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes it durable and gives it its name, unless something else has that by now. Its size.
    pub(super) fn finish(self, to: &Path) -> io::Result<u64> {
        let file = File::open(&self.path)?;
        file.sync_all()?;
        match fs::hard_link(&self.path, to) {
            // Unlike a rename, a link never takes the place of what is there.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
            Ok(()) => fs::remove_file(&self.path)?,
            // Not every file system has links.
            Err(_) => fs::rename(&self.path, to)?,
        }
        place::sync_dir(self.path.parent().unwrap_or(Path::new(".")))?;
        file.metadata().map(|meta| meta.len())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Gone already when it was finished.
        let _ = fs::remove_file(&self.path);
    }
}
