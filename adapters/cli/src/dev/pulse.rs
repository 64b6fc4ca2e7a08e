//! `Pulse`: wakes who waits for something to have changed, whatever it was.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What changes without a pulse of its own is looked at this often.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Wakes who waits for a change.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    beats: Mutex<u64>,
    changed: Condvar,
}

impl Pulse {
    /// Something has changed.
    pub(crate) fn beat(&self) {
        let mut beats = self.beats.lock().unwrap_or_else(PoisonError::into_inner);
        *beats = beats.wrapping_add(1);
        drop(beats);
        self.changed.notify_all();
    }

    /// Waits until it is so, at most so long. Whether it is. `is_so` is called without a lock.
    pub(crate) fn wait_until(&self, within: Duration, mut is_so: impl FnMut() -> bool) -> bool {
        let deadline = Instant::now() + within;
        loop {
            let seen = *self.beats.lock().unwrap_or_else(PoisonError::into_inner);
            if is_so() {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let beats = self.beats.lock().unwrap_or_else(PoisonError::into_inner);
            if *beats == seen {
                drop(self.changed.wait_timeout(beats, left.min(LOOK_EVERY)));
            }
        }
    }
}
