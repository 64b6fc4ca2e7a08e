//! Pace: token buckets. A message takes a token; tokens come back at a rate, up to a burst.

use crate::time::Time;

/// A token in thousandths, so that a rate per second is whole units per millisecond.
const TOKEN: u64 = 1_000;

/// Tokens of one chat or one account.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    level: u64,
    at: Time,
}

/// A rate and a burst. A rate of 0 is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    pub(super) per_sec: u32,
    pub(super) burst: u32,
}

impl Rate {
    fn full(self) -> u64 {
        u64::from(self.burst.max(1)) * TOKEN
    }
}

impl Bucket {
    /// A full one.
    pub(super) fn full(rate: Rate, now: Time) -> Self {
        Self { level: rate.full(), at: now }
    }

    fn refill(&mut self, rate: Rate, now: Time) {
        let gained = now.since(self.at).saturating_mul(rate.per_sec.into());
        self.level = self.level.saturating_add(gained).min(rate.full());
        self.at = now;
    }

    /// When a token will be there; `None` when one is there now.
    pub(super) fn wait(&mut self, rate: Rate, now: Time) -> Option<Time> {
        if rate.per_sec == 0 {
            return None;
        }
        self.refill(rate, now);
        let missing = TOKEN.checked_sub(self.level).filter(|missing| *missing > 0)?;
        Some(now.plus(missing.div_ceil(rate.per_sec.into())))
    }

    /// Takes a token that is there.
    pub(super) fn take(&mut self) {
        self.level = self.level.saturating_sub(TOKEN);
    }

    /// When it will be full again; `None` when it is.
    pub(super) fn full_at(&mut self, rate: Rate, now: Time) -> Option<Time> {
        if rate.per_sec == 0 {
            return None;
        }
        self.refill(rate, now);
        let missing = rate.full() - self.level;
        (missing > 0).then(|| now.plus(missing.div_ceil(rate.per_sec.into())))
    }
}

#[cfg(test)]
mod tests {
    use super::{Bucket, Rate};
    use crate::time::Time;

    #[test]
    fn a_burst_goes_out_at_once_and_the_rest_at_the_rate() {
        let rate = Rate { per_sec: 5, burst: 3 };
        let mut bucket = Bucket::full(rate, Time::from_ms(0));
        let mut now = Time::from_ms(0);
        let mut sent = [0_u64; 6];
        for at in &mut sent {
            if let Some(later) = bucket.wait(rate, now) {
                now = later;
                assert_eq!(bucket.wait(rate, now), None);
            }
            bucket.take();
            *at = now.as_ms();
        }
        assert_eq!(sent, [0, 0, 0, 200, 400, 600]);
        assert_eq!(bucket.full_at(rate, now), Some(Time::from_ms(1_200)));
        assert_eq!(bucket.full_at(rate, Time::from_ms(1_200)), None);
    }

    #[test]
    fn a_rate_of_zero_is_no_limit() {
        let rate = Rate { per_sec: 0, burst: 1 };
        let mut bucket = Bucket::full(rate, Time::from_ms(0));
        for _ in 0..1_000 {
            assert_eq!(bucket.wait(rate, Time::from_ms(0)), None);
            bucket.take();
        }
    }
}
