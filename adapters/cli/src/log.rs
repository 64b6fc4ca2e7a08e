//! The log: human lines on standard error, as the engine's observer writes them.

use std::io::{self, IsTerminal};

use tracing::level_filters::LevelFilter;

use crate::output::wants_colours;

/// Starts it. `level` is the configuration's word; each `-v` goes one level further.
pub(crate) fn start(level: &str, verbose: u8) {
    let levels = [LevelFilter::ERROR, LevelFilter::WARN, LevelFilter::INFO, LevelFilter::DEBUG];
    let start = levels.iter().position(|known| known.to_string() == level);
    // What is none of these four is `trace`.
    let wanted = start.map_or(levels.len(), |at| at + usize::from(verbose));
    let wanted = levels.get(wanted).copied().unwrap_or(LevelFilter::TRACE);
    let log = tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(wants_colours(io::stderr().is_terminal()))
        .with_target(false)
        // Standard error that is closed or full must not end anything: `eprintln!` would.
        .log_internal_errors(false)
        .with_max_level(wanted)
        .finish();
    // Only a second start in one process fails; the first log goes on then.
    let _ = tracing::subscriber::set_global_default(log);
}
