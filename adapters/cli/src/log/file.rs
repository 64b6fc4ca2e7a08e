//! `LogFile`: a file that is begun anew when it has reached its size. One older file is kept beside
//! it, with `.1` at the end of its name.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A log file. It is made for its owner alone: names of people stand in it.
#[derive(Debug)]
pub(super) struct LogFile {
    path: PathBuf,
    file: File,
    bytes: u64,
    bytes_max: u64,
}

impl LogFile {
    /// Goes on with the file, or begins it.
    pub(super) fn open(path: &Path, bytes_max: u64) -> io::Result<Self> {
        let file = open(path)?;
        let bytes = file.metadata()?.len();
        Ok(Self { path: path.to_owned(), file, bytes, bytes_max })
    }

    fn begin_anew(&mut self) -> io::Result<()> {
        let mut older = self.path.clone().into_os_string();
        older.push(".1");
        fs::rename(&self.path, older)?;
        self.file = open(&self.path)?;
        self.bytes = 0;
        Ok(())
    }
}

/// The log writes a line at a time: none is torn.
impl Write for LogFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let length = u64::try_from(line.len()).unwrap_or(u64::MAX);
        if self.bytes > 0 && self.bytes.saturating_add(length) > self.bytes_max {
            // Rather a file that is too large than no log.
            let _ = self.begin_anew();
        }
        let written = self.file.write(line)?;
        self.bytes += u64::try_from(written).unwrap_or(u64::MAX);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_its_size_it_is_begun_anew_and_the_older_one_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let read = |name: &str| fs::read_to_string(dir.path().join(name)).unwrap();
        let mut log = LogFile::open(&path, 10).unwrap();
        log.write_all(b"one\ntwo\n").unwrap();
        drop(log);
        let mut log = LogFile::open(&path, 10).unwrap();
        log.write_all(b"three\n").unwrap();
        assert_eq!((read("log.1"), read("log")), ("one\ntwo\n".into(), "three\n".into()));
        log.write_all(b"a line over the bound\n").unwrap();
        assert_eq!(
            (read("log.1"), read("log")),
            ("three\n".into(), "a line over the bound\n".into())
        );
    }
}
