//! Backoff: how long to wait after the n-th failure in a row. A range per thing that can fail.

use super::dice::Dice;
use crate::time::{HOUR_MS, MINUTE_MS, SECOND_MS};

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

/// Nobody is waited for longer, whatever they ask for: one strange header must not silence a bot.
const ASKED_MS_MAX: u64 = HOUR_MS;

impl Backoff {
    /// After `failures` in a row, and not before `asked_ms`. Up to a third of it is jitter, so that
    /// many accounts that failed together do not come back together.
    pub(super) fn delay_ms(self, failures: u32, asked_ms: Option<u64>, dice: &mut Dice) -> u64 {
        let doubled = self.first_ms.saturating_mul(1 << failures.saturating_sub(1).min(20));
        let drawn = dice.jitter(doubled.min(self.last_ms / 3 * 2));
        drawn.max(asked_ms.unwrap_or(0).min(ASKED_MS_MAX))
    }
}

/// Waits between an agent's attempts: 1 s, then 10 s.
pub(super) const fn agent_delay_ms(tries: u32) -> u64 {
    if tries <= 1 { SECOND_MS } else { 10 * SECOND_MS }
}

#[cfg(test)]
mod tests {
    use super::{POLLS, SENDS, agent_delay_ms};
    use crate::channel::dice::Dice;

    #[test]
    fn delays_double_within_their_bounds() {
        let mut dice = Dice::new([3; 32]);
        for (backoff, first, last) in [(SENDS, 1_000, 300_000), (POLLS, 1_000, 60_000)] {
            for failures in 1..200 {
                let delay = backoff.delay_ms(failures, None, &mut dice);
                let base = (first << (failures - 1).min(20)).min(last / 3 * 2);
                assert!((base..=base * 3 / 2).contains(&delay), "{failures}: {delay} of {base}");
                assert!((first..=last).contains(&delay));
            }
            assert_eq!(backoff.delay_ms(1, Some(90_000), &mut dice), 90_000, "Zalo asked for it");
        }
        assert_eq!([1, 2, 3].map(agent_delay_ms), [1_000, 10_000, 10_000]);
    }
}
