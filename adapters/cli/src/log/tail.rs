//! `Tail`: reads a log file line by line, also what is written later, and goes on with the new file
//! when it was begun anew.

use std::fs::{self, File, Metadata};
use std::io::{self, BufRead, BufReader, Seek};
use std::path::{Path, PathBuf};

/// A line of more than this is none of ours; it is read in pieces.
const LINE_MAX: usize = 1 << 20;

/// Reads a log file.
#[derive(Debug)]
pub(crate) struct Tail {
    path: PathBuf,
    file: BufReader<File>,
    /// What has come of a line that has no end yet.
    begun: Vec<u8>,
}

impl Tail {
    /// Begins at the first line.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = BufReader::new(File::open(path)?);
        Ok(Self { path: path.to_owned(), file, begun: Vec::new() })
    }

    /// The next whole line without its end; none just now.
    pub(crate) fn next_line(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            if let Some(line) = self.next_here()? {
                return Ok(Some(line));
            }
            if !self.is_begun_anew()? {
                return Ok(None);
            }
            // It was written to until it was moved away: what came meanwhile is there by now.
            if let Some(line) = self.next_here()? {
                return Ok(Some(line));
            }
            let Ok(file) = File::open(&self.path) else { return Ok(None) };
            self.file = BufReader::new(file);
            self.begun.clear();
        }
    }

    /// Whether it reads this very file.
    pub(crate) fn is(&self, path: &Path) -> bool {
        let this = self.file.get_ref().metadata();
        let that = fs::metadata(path);
        matches!((this, that), (Ok(this), Ok(that)) if is_same(&this, &that))
    }

    /// The next whole line of this very file, even if it was moved away.
    pub(crate) fn next_here(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            let found = self.file.fill_buf()?;
            if found.is_empty() {
                return Ok(None);
            }
            let end = found.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(found.len(), |end| end + 1);
            self.begun.extend_from_slice(found.get(..end.unwrap_or(used)).unwrap_or_default());
            self.file.consume(used);
            if end.is_some() || self.begun.len() > LINE_MAX {
                return Ok(Some(std::mem::take(&mut self.begun)));
            }
        }
    }

    /// Whether the path leads to another file now, or the file was cut short.
    fn is_begun_anew(&mut self) -> io::Result<bool> {
        let this = self.file.get_ref().metadata()?;
        let at = self.file.stream_position()?;
        match fs::metadata(&self.path) {
            Ok(that) => Ok(!is_same(&this, &that) || that.len() < at),
            // Moved away, and the new one is not there yet.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

#[cfg(unix)]
fn is_same(this: &Metadata, that: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    (this.dev(), this.ino()) == (that.dev(), that.ino())
}

/// Files have no number here: one that was cut short is told by its size.
#[cfg(not(unix))]
fn is_same(this: &Metadata, that: &Metadata) -> bool {
    that.len() >= this.len()
}

#[cfg(test)]
mod tests {
    use super::super::file::LogFile;
    use super::*;

    fn rest(tail: &mut Tail) -> Vec<String> {
        let next = || tail.next_line().unwrap().map(|line| String::from_utf8(line).unwrap());
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn no_line_is_lost_or_seen_twice_when_the_file_is_begun_anew() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let mut log = LogFile::open(&path, 12).unwrap();
        log.write_line(b"one\n").unwrap();
        let mut tail = Tail::open(&path).unwrap();
        assert_eq!(rest(&mut tail), ["one"]);
        assert_eq!(rest(&mut tail), [""; 0]);
        for line in ["two\n", "three\n", "four\n"] {
            log.write_line(line.as_bytes()).unwrap();
        }
        assert_eq!(rest(&mut tail), ["two", "three", "four"]);
        log.write_line(b"five\n").unwrap();
        assert_eq!(rest(&mut tail), ["five"]);
        assert!(tail.is(&path) && !tail.is(&dir.path().join("log.1")));
    }

    #[test]
    fn a_line_is_whole_or_not_there_and_a_file_cut_short_is_read_anew() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        fs::write(&path, "on").unwrap();
        let mut tail = Tail::open(&path).unwrap();
        assert_eq!(rest(&mut tail), [""; 0]);
        fs::write(&path, "one\ntwo").unwrap();
        assert_eq!(rest(&mut tail), ["one"]);
        fs::write(&path, "").unwrap();
        assert_eq!(rest(&mut tail), [""; 0]);
        fs::write(&path, "new\n").unwrap();
        assert_eq!(rest(&mut tail), ["new"]);
    }
}
