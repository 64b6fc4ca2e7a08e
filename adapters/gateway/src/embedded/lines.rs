//! Log lines on their way to the host's log: kept until the host fetches them, for no thread of the
//! engine enters it. Levels are numbers: 40 an error, 30 a warning, 20 what goes on, 10 the rest.

use std::collections::VecDeque;
use std::fmt::{self, Write};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};

use crate::agents::Pulled;

/// Lines kept; the oldest go first.
const LINES_MAX: usize = 1_000;
/// The number under which hosts are told that there are lines.
pub const NUMBER: u64 = 0;

/// Lines of a lower level are not kept.
static LEVEL: AtomicU8 = AtomicU8::new(20);
static LINES: Mutex<Lines> = Mutex::new(Lines { kept: VecDeque::new(), hosts: Vec::new() });

struct Lines {
    /// Levels and texts.
    kept: VecDeque<(u8, String)>,
    hosts: Vec<Pulled>,
}

fn lock() -> MutexGuard<'static, Lines> {
    LINES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has this host told of lines from now on. `level`: the lowest one; it holds for the process.
pub(super) fn attach(host: &Pulled, level: u8) {
    LEVEL.store(level, Ordering::Relaxed);
    // The first bot of a process sets it; a program that logs by itself goes on.
    let _ = tracing::subscriber::set_global_default(Kept);
    let mut lines = lock();
    if !lines.kept.is_empty() {
        // Of somebody who has gone without fetching them.
        host.tell(NUMBER);
    }
    lines.hosts.push(host.clone());
}

/// No more for this host.
pub(super) fn detach(host: &Pulled) {
    lock().hosts.retain(|other| !other.is(host));
}

/// The lines so far.
pub fn take() -> Vec<(u8, String)> {
    lock().kept.drain(..).collect()
}

/// Puts lines where hosts fetch them.
struct Kept;

fn number(level: Level) -> u8 {
    match level {
        Level::ERROR => 40,
        Level::WARN => 30,
        Level::INFO => 20,
        _ => 10,
    }
}

impl Subscriber for Kept {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        // Another bot of the process may want more, or less.
        Interest::sometimes()
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        number(*metadata.level()) >= LEVEL.load(Ordering::Relaxed)
    }

    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        keep(number(*event.metadata().level()), text.message + &text.fields);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// A line: its message, then its fields.
#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        } else {
            // A String takes everything.
            let _ = write!(self.fields, " {}={value:?}", field.name());
        }
    }
}

fn keep(level: u8, text: String) {
    let mut lines = lock();
    let first = lines.kept.is_empty();
    if lines.kept.len() == LINES_MAX {
        lines.kept.pop_front();
    }
    lines.kept.push_back((level, text));
    if first {
        lines.hosts.iter().for_each(|host| host.tell(NUMBER));
    }
}
