//! Backoff: how long to wait after the n-th failure in a row. A range per thing that can fail.

use super::dice::Dice;
use crate::time::{MINUTE_MS, SECOND_MS};

/// From `first_ms`, doubled each time, to `last_ms`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Backoff {
    first_ms: u64,
    last_ms: u64,
}

/// Chunks: 1 s to 5 min.
pub(super) const SENDS: Backoff = Backoff { first_ms: SECOND_MS, last_ms: 5 * MINUTE_MS };
/// Polls and what precedes them: 1 s to 60 s.
pub(super) const POLLS: Backoff = Backoff { first_ms: SECOND_MS, last_ms: MINUTE_MS };
/// The store: 1 s to 30 s.
pub(super) const STORE: Backoff = Backoff { first_ms: SECOND_MS, last_ms: 30 * SECOND_MS };

impl Backoff {
    /// After `failures` in a row, at least `asked_ms`; half of it is jitter.
    pub(super) fn delay_ms(self, failures: u32, asked_ms: Option<u64>, dice: &mut Dice) -> u64 {
        let doubled = self.first_ms.saturating_mul(1 << failures.saturating_sub(1).min(20));
        let drawn = dice.jitter(doubled.min(self.last_ms));
        drawn.max(asked_ms.unwrap_or(0))
    }
}

/// Waits between an agent's attempts: 1 s, then 10 s.
pub(super) const fn agent_delay_ms(tries: u32) -> u64 {
    if tries <= 1 { SECOND_MS } else { 10 * SECOND_MS }
}
