//! `Sink`: where lines of the log go: standard error, and a file once there is one.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use super::file::LogFile;
use super::line::Line;
use crate::clock::now;
use crate::output::wants_colours;

/// Lines that wait for their file, at most: the first ones of a start.
const WAITING_MAX: usize = 100;

/// Takes the lines of the log. Clones write to the same places.
#[derive(Clone, Debug)]
pub(crate) struct Sink(Arc<Mutex<Places>>);

#[derive(Debug)]
struct Places {
    colours: bool,
    file: Option<LogFile>,
    /// Lines that came before the file.
    waiting: Vec<Vec<u8>>,
    /// That the file can't be written was said.
    failing: bool,
}

impl Sink {
    pub(super) fn new() -> Self {
        let colours = wants_colours(io::stderr().is_terminal());
        let places = Places { colours, file: None, waiting: Vec::new(), failing: false };
        Self(Arc::new(Mutex::new(places)))
    }

    /// Keeps all lines in this file too, also those that were written before.
    ///
    /// # Errors
    /// The file can't be opened.
    pub(crate) fn keep(&self, path: &Path, max_mb: u64) -> io::Result<()> {
        let mut places = self.lock();
        places.file = Some(LogFile::open(path, max_mb.saturating_mul(1 << 20))?);
        for line in std::mem::take(&mut places.waiting) {
            places.keep(line);
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Places> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Places {
    fn write(&mut self, line: &Line) {
        say(&line.human(self.colours));
        if let Ok(json) = serde_json::to_string(line) {
            self.keep(format!("{}\n", zaloxide::escape::json(&json)).into_bytes());
        }
    }

    fn keep(&mut self, line: Vec<u8>) {
        let Some(file) = &mut self.file else {
            if self.waiting.len() < WAITING_MAX {
                self.waiting.push(line);
            }
            return;
        };
        match file.write_line(&line) {
            Ok(()) => self.failing = false,
            Err(_) if self.failing => {}
            Err(error) => {
                self.failing = true;
                let path = file.path().display();
                say(&format!("the log file {path} can't be written: {error}"));
            }
        }
    }
}

fn say(text: &str) {
    // Standard error that is closed or full must not end anything: `eprintln!` would.
    let _ = io::stderr().lock().write_all(format!("{text}\n").as_bytes());
}

impl<S: Subscriber> Layer<S> for Sink {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        self.lock().write(&Line::of(event, now()));
    }
}
