//! The log: human lines on standard error, as the engine's observer writes them, and in a file when
//! the configuration names one.

mod file;

use std::io::{self, IsTerminal};
use std::sync::Mutex;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::writer::{BoxMakeWriter, MakeWriterExt};
use zaloxide::config::LogConfig;

use crate::exit::Failure;
use crate::output::wants_colours;
use file::LogFile;

/// Starts it; each `-v` goes one level further than the configuration.
///
/// # Errors
/// The file can't be opened.
pub(crate) fn start(config: &LogConfig, verbose: u8) -> Result<(), Failure> {
    let is_terminal = config.file.is_none() && io::stderr().is_terminal();
    let writer = match &config.file {
        None => BoxMakeWriter::new(io::stderr),
        Some(path) => {
            let file = LogFile::open(path, config.max_mb.saturating_mul(1 << 20));
            let file = file.map_err(|error| {
                Failure::config(format!("can't write the log file {}: {error}", path.display()))
            })?;
            BoxMakeWriter::new(io::stderr.and(Mutex::new(file)))
        }
    };
    let log = tracing_subscriber::fmt()
        .with_writer(writer)
        .with_ansi(wants_colours(is_terminal))
        .with_target(false)
        // Standard error that is closed or full must not end anything: `eprintln!` would.
        .log_internal_errors(false)
        .with_max_level(level(&config.level, verbose))
        .finish();
    // Only a second start in one process fails; the first log goes on then.
    let _ = tracing::subscriber::set_global_default(log);
    Ok(())
}

fn level(configured: &str, verbose: u8) -> LevelFilter {
    let levels = [LevelFilter::ERROR, LevelFilter::WARN, LevelFilter::INFO, LevelFilter::DEBUG];
    let start = levels.iter().position(|known| known.to_string() == configured);
    // What is none of these four is `trace`.
    let wanted = start.map_or(levels.len(), |at| at + usize::from(verbose));
    levels.get(wanted).copied().unwrap_or(LevelFilter::TRACE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_v_is_one_level_more() {
        let table = [
            ("info", 0, LevelFilter::INFO),
            ("info", 1, LevelFilter::DEBUG),
            ("info", 9, LevelFilter::TRACE),
            ("error", 1, LevelFilter::WARN),
            ("trace", 0, LevelFilter::TRACE),
        ];
        for (configured, verbose, wanted) in table {
            assert_eq!(level(configured, verbose), wanted, "{configured} {verbose}");
        }
    }
}
