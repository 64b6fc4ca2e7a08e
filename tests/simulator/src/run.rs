//! Running many worlds, on every processor there is.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::oracle::Violation;
use crate::report::{Report, Tally};
use crate::world::{Ended, World};

/// Runs the world of a seed. A panic is a violation too.
pub fn world(seed: u64, logged: bool) -> Ended {
    let run = || {
        let world = World::new(seed);
        if logged { world.logged().run() } else { world.run() }
    };
    panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|cause| {
        let text = cause.downcast_ref::<String>().cloned();
        let text = text.or_else(|| cause.downcast_ref::<&str>().map(|text| String::from(*text)));
        let text = text.unwrap_or_else(|| String::from("of unknown kind"));
        let violation = Some(Violation { oracle: "panic", text });
        Ended { tally: Tally::default(), violation, log: String::new() }
    })
}

/// Runs the worlds of `seeds` seeds from `first` on; `progress` hears how many are done.
///
/// # Panics
///
/// When a thread of its own does, which is a fault of this program.
pub fn worlds(first: u64, seeds: u64, progress: impl Fn(u64) + Sync) -> Report {
    let next = AtomicU64::new(0);
    let report = Mutex::new(Report { first_seed: first, ..Report::default() });
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds {
                return;
            }
            let ended = world(first + seed, false);
            let mut report = report.lock().expect("no thread ends while it adds a world");
            report.add(first + seed, &ended.tally, ended.violation);
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
