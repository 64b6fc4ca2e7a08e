//! `Clock`: the time that is told to the core. It never runs back within a run.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use zaloxide_core::Time;

/// The wall clock where it runs ahead, else what a stopwatch adds to the last time told.
/// Clones are the same clock.
#[derive(Clone, Debug)]
pub(crate) struct Clock(Arc<Mutex<(Instant, Time)>>);

impl Clock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new((Instant::now(), wall()))))
    }

    /// The time, never before one that was told earlier.
    pub(crate) fn now(&self) -> Time {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *last = step(*last, Instant::now(), wall());
        last.1
    }
}

/// The next time told: `max(last + elapsed, wall)`.
fn step((since, last): (Instant, Time), instant: Instant, wall: Time) -> (Instant, Time) {
    let elapsed = instant.saturating_duration_since(since);
    let steady = last.plus(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX));
    if wall > steady {
        return (instant, wall);
    }
    // The part of a millisecond that was not told is kept for the next time.
    let told = std::time::Duration::from_millis(steady.since(last));
    (since.checked_add(told).unwrap_or(instant), steady)
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
        let mut clock = (start, Time::from_ms(1_000));
        let table = [
            // (stopwatch, wall, told)
            (10, 1_010, 1_010),
            (20, 5_000, 5_000), // set ahead
            (30, 900, 5_010),   // set back
            (31, 5_013, 5_013),
            (31, 0, 5_013),
        ];
        for (stopwatch, wall, told) in table {
            clock = step(clock, at(stopwatch), Time::from_ms(wall));
            assert_eq!(clock.1, Time::from_ms(told), "at {stopwatch}, wall {wall}");
        }
    }

    #[test]
    fn parts_of_milliseconds_add_up() {
        let start = Instant::now();
        let mut clock = (start, Time::from_ms(0));
        for n in 1..=10_000 {
            clock = step(clock, start + n * Duration::from_micros(100), Time::from_ms(0));
        }
        assert_eq!(clock.1, Time::from_ms(1_000));
    }
}
