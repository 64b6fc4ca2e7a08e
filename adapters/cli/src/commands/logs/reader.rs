//! `Reader`: the lines of a log file, after those of the older one beside it.

use std::collections::VecDeque;
use std::io;
use std::path::Path;

use crate::log::{Line, Tail, older};

/// Reads a log: first what is there, then what comes.
#[derive(Debug)]
pub(super) struct Reader {
    /// Not needed any more once it was read.
    older: Option<Tail>,
    tail: Tail,
}

impl Reader {
    /// # Errors
    /// There is no log, or it can't be read.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let tail = Tail::open(path)?;
        let before = older(path);
        // Unless the file was begun anew just now, and is that one.
        let older = if tail.is(&before) { None } else { Tail::open(&before).ok() };
        Ok(Self { older, tail })
    }

    /// The last so many lines of those wanted that are there now.
    pub(super) fn last(
        &mut self,
        count: usize,
        wanted: impl Fn(&Line) -> bool,
    ) -> io::Result<VecDeque<Line>> {
        let mut last = VecDeque::new();
        while let Some(line) = self.next_line()? {
            if count > 0 && wanted(&line) {
                if last.len() == count {
                    last.pop_front();
                }
                last.push_back(line);
            }
        }
        Ok(last)
    }

    /// The next line; none just now. What is no line of a log (a full disk has cut it off) is left
    /// out.
    pub(super) fn next_line(&mut self) -> io::Result<Option<Line>> {
        loop {
            let bytes = match &mut self.older {
                Some(older) => older.next_here()?,
                None => self.tail.next_line()?,
            };
            match bytes {
                Some(bytes) => {
                    if let Ok(line) = serde_json::from_slice(&bytes) {
                        return Ok(Some(line));
                    }
                }
                None if self.older.take().is_none() => return Ok(None),
                None => {}
            }
        }
    }
}
