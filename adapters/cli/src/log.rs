//! The log: lines for people on standard error, and the same lines as JSON in a file, from which
//! `logs` shows them.

mod file;
mod line;
mod sink;
mod tail;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use zaloxide::log::Level;

pub(crate) use file::older;
pub(crate) use line::Line;
pub(crate) use sink::Sink;
pub(crate) use tail::Tail;

/// Starts it on standard error; each `-v` goes one level further than `configured`. The lines wait
/// for a file too: [`Sink::keep`].
pub(crate) fn start(configured: &str, verbose: u8) -> Sink {
    let sink = Sink::new();
    let log = tracing_subscriber::registry().with(filter(configured, verbose)).with(sink.clone());
    // Only a second start in one process fails; the first log goes on then.
    let _ = tracing::subscriber::set_global_default(log);
    sink
}

fn filter(configured: &str, verbose: u8) -> LevelFilter {
    let start = Level::ALL.iter().position(|known| known.to_string() == configured);
    // A configuration was checked: it has a level that there is.
    let wanted = start.unwrap_or_default() + usize::from(verbose);
    match Level::ALL.get(wanted) {
        Some(Level::Error) => LevelFilter::ERROR,
        Some(Level::Warn) => LevelFilter::WARN,
        Some(Level::Info) => LevelFilter::INFO,
        Some(Level::Debug) => LevelFilter::DEBUG,
        Some(Level::Trace) | None => LevelFilter::TRACE,
    }
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
            assert_eq!(filter(configured, verbose), wanted, "{configured} {verbose}");
        }
    }
}
