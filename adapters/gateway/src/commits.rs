//! `Commits`: how long commits take, all accounts together. Counted where somebody can ask: in
//! builds with the feature `webhook`, which shows metrics.

use std::time::Duration;

#[cfg(feature = "webhook")]
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};

/// Seconds from a record to its being durable.
#[cfg(feature = "webhook")]
#[derive(Debug)]
pub(crate) struct Commits(pub(crate) Histogram);

#[cfg(feature = "webhook")]
impl Default for Commits {
    /// From 0.25 ms to 4 s.
    fn default() -> Self {
        Self(Histogram::new(exponential_buckets(0.000_25, 2.0, 15)))
    }
}

/// Nobody asks.
#[cfg(not(feature = "webhook"))]
#[derive(Debug, Default)]
pub(crate) struct Commits(());

impl Commits {
    pub(crate) fn took(&self, time: Duration) {
        #[cfg(feature = "webhook")]
        self.0.observe(time.as_secs_f64());
        #[cfg(not(feature = "webhook"))]
        let _ = (self, time);
    }
}
