//! `LogFile`: a file that is begun anew when it has reached its size. One older file is kept beside
//! it, with `.1` at the end of its name.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A log file. It is made for its owner alone: names of people stand in it.
#[derive(Debug)]
pub(super) struct LogFile {
    path: PathBuf,
    file: File,
    bytes: u64,
    bytes_max: u64,
    /// The last line is not whole: the disk was full.
    torn: bool,
}

impl LogFile {
    /// Goes on with the file, or begins it and the directory it lies in.
    pub(super) fn open(path: &Path, bytes_max: u64) -> io::Result<Self> {
        if let Some(dir) = path.parent() {
            fs::create_dir_all(dir)?;
        }
        let file = open(path)?;
        let meta = file.metadata()?;
        // A device has no size and is not moved away.
        let bytes_max = if meta.is_file() { bytes_max } else { u64::MAX };
        let torn = meta.is_file() && ends_torn(path)?;
        Ok(Self { path: path.to_owned(), file, bytes: meta.len(), bytes_max, torn })
    }

    /// Where it lies.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a line, its end included.
    ///
    /// # Errors
    /// It is not written, or not as a whole. The next one begins a line all the same.
    pub(super) fn write_line(&mut self, line: &[u8]) -> io::Result<()> {
        let length = u64::try_from(line.len()).unwrap_or(u64::MAX);
        if self.bytes > 0 && self.bytes.saturating_add(length) > self.bytes_max {
            // Rather a file that is too large than no log.
            let _ = self.begin_anew();
        }
        if self.torn {
            self.write(b"\n")?;
        }
        self.write(line)
    }

    fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let written = match self.file.write(bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                written => written?,
            };
            self.torn = bytes.get(written.saturating_sub(1)) != Some(&b'\n');
            self.bytes = self.bytes.saturating_add(u64::try_from(written).unwrap_or(u64::MAX));
            bytes = bytes.get(written..).unwrap_or_default();
        }
        Ok(())
    }

    fn begin_anew(&mut self) -> io::Result<()> {
        fs::rename(&self.path, older(&self.path))?;
        self.file = open(&self.path)?;
        (self.bytes, self.torn) = (0, false);
        Ok(())
    }
}

/// The file that a log file was before it was begun anew.
pub(crate) fn older(path: &Path) -> PathBuf {
    let mut older = path.to_owned().into_os_string();
    older.push(".1");
    older.into()
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Whether the last line has no end.
fn ends_torn(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
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
        log.write_line(b"one\n").unwrap();
        log.write_line(b"two\n").unwrap();
        drop(log);
        let mut log = LogFile::open(&path, 10).unwrap();
        log.write_line(b"three\n").unwrap();
        assert_eq!((read("log.1"), read("log")), ("one\ntwo\n".into(), "three\n".into()));
        log.write_line(b"a line over the bound\n").unwrap();
        assert_eq!(
            (read("log.1"), read("log")),
            ("three\n".into(), "a line over the bound\n".into())
        );
    }

    #[test]
    fn a_line_after_a_torn_one_begins_anew() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("made/for/it/log");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "whole\ntor").unwrap();
        let mut log = LogFile::open(&path, 100).unwrap();
        log.write_line(b"next\n").unwrap();
        log.write_line(b"last\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "whole\ntor\nnext\nlast\n");
    }
}
