//! Quota: once Zalo has said that the month's quota is used up, nothing is sent and no turn begins
//! until the month ends or an operator says so.

use zaloxide_core::{Action, Record, Time};

use super::{Check, Scene, broken};

/// What is known of the quota.
#[derive(Debug, Default)]
pub struct Quota {
    /// Sends pause until then.
    paused: Option<Time>,
}

impl Quota {
    /// Zalo said so to a send.
    pub fn used_up(&mut self, now: Time) {
        self.paused = Some(now.month_end());
    }

    pub(super) fn recorded(&mut self, record: &Record) {
        match record {
            Record::QuotaPaused { at, .. } => self.paused = Some(at.month_end()),
            Record::QuotaResumed { .. } => self.paused = None,
            _ => {}
        }
    }

    pub(super) fn kept(&self, scene: Scene<'_>, action: &Action) -> Check {
        let Some(until) = self.paused.filter(|until| scene.now < *until) else { return Ok(()) };
        match action {
            Action::SendChunk { .. } | Action::Deliver { .. } => {
                broken("quota", format!("used up until {until:?}, and yet: {action:?}"))
            }
            _ => Ok(()),
        }
    }

    /// What the records say that survive.
    pub(super) fn crash(&mut self, records: &[Record]) {
        self.paused = None;
        for record in records {
            self.recorded(record);
        }
    }

    /// The wall clock may be behind the journal: a pause ends with the month that it is now.
    pub(super) fn restart(&mut self, now: Time) {
        self.paused = self.paused.filter(|until| now < *until).map(|_| now.month_end());
    }
}
