//! The monthly quota: what was sent this month, and the pause when it is used up.

use serde::{Deserialize, Serialize};

use crate::time::Time;

/// Counts by the month of Vietnam.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Quota {
    /// `Time::month` of the count.
    month: u64,
    /// Messages acknowledged in that month.
    sent: u64,
    paused_until: Option<Time>,
}

impl Quota {
    /// Messages acknowledged in the month of `now`.
    pub(crate) fn sent(&self, now: Time) -> u64 {
        if self.month == now.month() { self.sent } else { 0 }
    }

    /// Until when sends pause, if they do.
    pub(crate) fn paused(&self, now: Time) -> Option<Time> {
        self.paused_until.filter(|until| now < *until)
    }

    pub(super) fn count(&mut self, at: Time) {
        let month = at.month();
        if month != self.month {
            (self.month, self.sent) = (month, 0);
        }
        self.sent = self.sent.saturating_add(1);
    }

    pub(super) fn pause(&mut self, until: Time) {
        self.paused_until = Some(until);
    }

    pub(super) fn resume(&mut self) {
        self.paused_until = None;
    }

    pub(super) fn pull_back(&mut self, now: Time) {
        if let Some(until) = &mut self.paused_until {
            *until = (*until).min(now.month_end());
        }
    }
}
