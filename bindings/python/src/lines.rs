//! Log lines on their way to Python's `logging`: kept until the host fetches them, for no thread of
//! the engine enters Python.

use std::collections::VecDeque;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;
use zaloxide::agents::Pulled;

/// Lines kept; the oldest go first.
const LINES_MAX: usize = 1_000;
/// The number under which hosts are told that there are lines.
pub(crate) const NUMBER: u64 = 0;

static LINES: Mutex<Lines> = Mutex::new(Lines { kept: VecDeque::new(), hosts: Vec::new() });

struct Lines {
    /// Levels of Python's `logging`, and texts.
    kept: VecDeque<(u8, String)>,
    hosts: Vec<Pulled>,
}

fn lock() -> MutexGuard<'static, Lines> {
    LINES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has this host told of lines from now on.
pub(crate) fn attach(host: &Pulled, debug: bool) {
    let level = if debug { Level::DEBUG } else { Level::INFO };
    let log = tracing_subscriber::fmt()
        .with_writer(Making)
        .with_ansi(false)
        .with_level(false)
        .with_target(false)
        .without_time()
        .with_max_level(level)
        .finish();
    // The first bot of a process sets it; a program that logs by itself goes on.
    let _ = tracing::subscriber::set_global_default(log);
    lock().hosts.push(host.clone());
}

/// No more for this host.
pub(crate) fn detach(host: &Pulled) {
    lock().hosts.retain(|other| !other.is(host));
}

/// The lines so far.
#[pyfunction]
pub(crate) fn take_lines() -> Vec<(u8, String)> {
    lock().kept.drain(..).collect()
}

struct Making;

/// One line.
struct Line {
    level: u8,
    text: Vec<u8>,
}

impl<'a> MakeWriter<'a> for Making {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line { level: 20, text: Vec::new() }
    }

    fn make_writer_for(&'a self, meta: &Metadata<'_>) -> Line {
        let level = match *meta.level() {
            Level::ERROR => 40,
            Level::WARN => 30,
            Level::INFO => 20,
            _ => 10,
        };
        Line { level, text: Vec::new() }
    }
}

impl io::Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let text = String::from_utf8_lossy(&self.text).trim().to_owned();
        if text.is_empty() {
            return;
        }
        let mut lines = lock();
        let first = lines.kept.is_empty();
        if lines.kept.len() == LINES_MAX {
            lines.kept.pop_front();
        }
        lines.kept.push_back((self.level, text));
        if first {
            lines.hosts.iter().for_each(|host| host.tell(NUMBER));
        }
    }
}
