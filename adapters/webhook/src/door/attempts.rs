//! `Attempts`: wrong secrets, counted by where they come from.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use tokio::time::Instant;

use super::visitor::household;

/// Wrong secrets that one address may show in [`WINDOW`].
const ATTEMPTS_MAX: u32 = 30;
/// Counted anew after this.
const WINDOW: Duration = Duration::from_secs(60);
/// Addresses that are kept; of more, the oldest is forgotten.
const ADDRESSES_MAX: usize = 4_096;

/// Wrong secrets of late.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    by: HashMap<IpAddr, Window>,
    /// In the order in which their windows began.
    order: VecDeque<IpAddr>,
}

#[derive(Debug)]
struct Window {
    began: Instant,
    count: u32,
}

impl Attempts {
    /// One more from this address. `Some`: it is one too many, and how long they are.
    pub(crate) fn count(&mut self, address: IpAddr, now: Instant) -> Option<Duration> {
        let address = household(address);
        let is_new = !self.by.contains_key(&address);
        while let Some(oldest) = self.order.front() {
            let over = self.by.get(oldest).is_none_or(|window| now >= window.began + WINDOW);
            let full = is_new && self.order.len() >= ADDRESSES_MAX;
            if !over && !full {
                break;
            }
            self.by.remove(oldest);
            self.order.pop_front();
        }
        let window = self.by.entry(address).or_insert_with(|| {
            self.order.push_back(address);
            Window { began: now, count: 0 }
        });
        window.count = window.count.saturating_add(1);
        (window.count > ATTEMPTS_MAX).then(|| (window.began + WINDOW).duration_since(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v4(n: u32) -> IpAddr {
        IpAddr::V4(n.into())
    }

    #[test]
    fn thirty_a_minute_then_wait_until_it_is_over() {
        let (mut attempts, now) = (Attempts::default(), Instant::now());
        for _ in 0..30 {
            assert_eq!(attempts.count(v4(1), now), None);
        }
        let later = now + Duration::from_secs(20);
        assert_eq!(attempts.count(v4(1), later), Some(Duration::from_secs(40)));
        assert_eq!(attempts.count(v4(2), later), None, "another address is another story");
        assert_eq!(attempts.count(v4(1), now + WINDOW), None);
        assert_eq!(attempts.by.len(), 2);
        assert_eq!(attempts.count(v4(1), now + WINDOW * 3), None);
        assert_eq!((attempts.by.len(), attempts.order.len()), (1, 1), "what is over is forgotten");
    }

    #[test]
    fn so_many_addresses_are_kept_and_no_more() {
        let (mut attempts, now) = (Attempts::default(), Instant::now());
        for n in 0..10_000 {
            attempts.count(v4(n), now);
            assert_eq!(attempts.by.len(), attempts.order.len());
            assert!(attempts.by.len() <= ADDRESSES_MAX);
        }
        for _ in 0..29 {
            assert_eq!(attempts.count(v4(9_999), now), None);
        }
        assert!(attempts.count(v4(9_999), now).is_some(), "the newest were kept");
        assert_eq!(attempts.by.len(), ADDRESSES_MAX, "who is known pushes nobody out");
    }
}
