//! `Spool`: the file a download is written to. Unless it is kept in the end it goes away.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub(super) struct Spool {
    path: PathBuf,
    /// None once it is kept.
    file: Option<File>,
}

impl Spool {
    /// A new file that only this user may read. What lies there already is left alone.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        Ok(Self { path: path.to_owned(), file: Some(file) })
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), |file| file.write_all(bytes))
    }

    /// Leave it where it is, durable: what is told of it may outlive a power cut.
    pub(super) fn keep(mut self) -> io::Result<()> {
        if let Some(file) = &self.file {
            file.sync_all()?;
        }
        self.file = None;
        Ok(())
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            // Some systems remove no open file.
            drop(file);
            // Nobody knows of it; at worst it stays until its folder is swept.
            let _ = fs::remove_file(&self.path);
        }
    }
}
