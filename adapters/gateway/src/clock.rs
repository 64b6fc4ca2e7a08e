//! `Clock`: the time that is told to the core. It never runs back within a run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use zaloxide_core::Time;

/// The wall clock where it runs ahead, else what a stopwatch adds to the last time told.
/// Clones are the same clock.
#[derive(Clone, Debug)]
pub(crate) struct Clock(Arc<Dial>);

#[derive(Debug)]
struct Dial {
    began: Instant,
    /// What the wall said then.
    base: Time,
    /// By how many milliseconds the wall has run ahead of the stopwatch, at the most so far.
    ahead_ms: AtomicU64,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Dial::new(Instant::now(), wall())))
    }

    /// The time, never before one that was told earlier.
    pub(crate) fn now(&self) -> Time {
        self.0.read(Instant::now(), wall())
    }
}

impl Dial {
    fn new(began: Instant, base: Time) -> Self {
        Self { began, base, ahead_ms: AtomicU64::new(0) }
    }

    /// The time to be told: `max(last + elapsed, wall)`.
    fn read(&self, instant: Instant, wall: Time) -> Time {
        let elapsed = instant.saturating_duration_since(self.began);
        let steady = self.base.plus(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX));
        let ahead_ms = wall.since(steady);
        let most_ms = self.ahead_ms.fetch_max(ahead_ms, Ordering::Relaxed);
        steady.plus(most_ms.max(ahead_ms))
    }
}

pub(crate) fn wall() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::from_ms(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn it_follows_the_wall_ahead_and_the_stopwatch_when_the_wall_runs_back() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let dial = Dial::new(start, Time::from_ms(1_000));
        let table = [
            // (stopwatch, wall, told)
            (10, 1_010, 1_010),
            (20, 5_000, 5_000), // set ahead
            (30, 900, 5_010),   // set back
            (31, 5_013, 5_013),
            (31, 0, 5_013),
        ];
        for (stopwatch, wall, told) in table {
            let read = dial.read(at(stopwatch), Time::from_ms(wall));
            assert_eq!(read, Time::from_ms(told), "at {stopwatch}, wall {wall}");
        }
    }

    #[test]
    fn parts_of_milliseconds_add_up() {
        let start = Instant::now();
        let dial = Dial::new(start, Time::from_ms(0));
        let mut told = Time::from_ms(0);
        for n in 1..=10_000 {
            told = dial.read(start + n * Duration::from_micros(100), Time::from_ms(0));
        }
        assert_eq!(told, Time::from_ms(1_000));
    }
}
