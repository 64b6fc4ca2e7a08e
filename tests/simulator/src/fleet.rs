//! `Fleet`: many worlds on every processor there is. The report is the same whatever their number.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::report::{Broken, Report};
use crate::run::{self, Ended, How};
use crate::shrink::shrink;

/// How long a broken world is shrunk.
const SHRINKING: Duration = Duration::from_secs(20);
/// So many broken worlds are shrunk.
const SHRUNK_MAX: usize = 3;

/// Runs the worlds of `seeds` seeds from `first` on; `progress` hears how many are done.
///
/// # Panics
///
/// When a thread of its own does, which is a fault of this program.
pub fn worlds(first: u64, seeds: u64, progress: impl Fn(u64) + Sync) -> Report {
    all(first, seeds, |n| run::watched(first + n), |n| first + n, progress)
}

/// Runs one world again and again, and has the program die once in each: after the first account's
/// first action, its second, and so on to the last.
///
/// # Panics
///
/// When a thread of its own does, which is a fault of this program.
pub fn sweep(seed: u64, progress: impl Fn(u64) + Sync) -> Report {
    let (ended, script) = run::seed(seed, How::default());
    // With fewer crashes there are fewer actions: the last of these tries may find none.
    let actions = ended.tally.actions.min(u64::from(u16::MAX));
    let world = |n| {
        let actions = u16::try_from(n).unwrap_or(u16::MAX);
        run::script(&script.dying_once(actions), How::default())
    };
    all(seed, actions, world, |_| seed, progress)
}

fn all(
    first: u64,
    worlds: u64,
    world: impl Fn(u64) -> Ended + Sync,
    seed_of: impl Fn(u64) -> u64 + Sync,
    progress: impl Fn(u64) + Sync,
) -> Report {
    let next = AtomicU64::new(0);
    let report = Mutex::new(Report { first_seed: first, ..Report::default() });
    let work = || {
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            if n >= worlds {
                return;
            }
            let ended = world(n);
            let mut report = report.lock().expect("no thread ends while it adds a world");
            report.add(seed_of(n), n, &ended.tally, ended.violation);
            progress(report.seeds);
        }
    };
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    report.into_inner().expect("no thread ends while it adds a world")
}

/// A broken world, as small as it could be made.
#[derive(Debug)]
pub struct Evidence {
    /// Its seed.
    pub seed: u64,
    /// What is broken.
    pub text: String,
    /// The script, as lines.
    pub script: String,
    /// What `zaloxide replay` reads.
    pub record: String,
}

/// Shrinks the first broken worlds of a report. `swept`: they died once.
pub fn evidence(report: &Report, swept: bool) -> Vec<Evidence> {
    let first = report.broken.iter().take(SHRUNK_MAX);
    first.filter_map(|broken| shrunk(broken, swept)).collect()
}

fn shrunk(broken: &Broken, swept: bool) -> Option<Evidence> {
    let (_, script) = run::seed(broken.seed, How::default());
    let script = if swept {
        script.dying_once(u16::try_from(broken.place).unwrap_or(u16::MAX))
    } else {
        script
    };
    let shrunk = shrink(script, How::default, SHRINKING)?;
    let written = run::script(&shrunk.script, How::logged()).written;
    Some(Evidence {
        seed: broken.seed,
        text: format!("{} steps are left: {}", shrunk.script.steps.len(), shrunk.violation),
        script: shrunk.script.to_lines(),
        record: written.record,
    })
}
