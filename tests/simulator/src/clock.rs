//! `Clock`: virtual time. It jumps to the next thing that is to happen.

use std::collections::BTreeMap;

use zaloxide_core::Time;

use crate::step::Step;

/// The time, and what is to happen when.
#[derive(Debug)]
pub struct Clock {
    now: Time,
    agenda: BTreeMap<(Time, u64), Step>,
    last: u64,
}

impl Clock {
    /// A clock with nothing ahead.
    pub fn new(now: Time) -> Self {
        Self { now, agenda: BTreeMap::new(), last: 0 }
    }

    /// The time.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Has something happen in so many milliseconds; what was put in first comes first.
    pub fn after(&mut self, ms: u64, step: Step) {
        self.at(self.now.plus(ms), step);
    }

    /// Has something happen at a time.
    pub fn at(&mut self, at: Time, step: Step) {
        self.last += 1;
        self.agenda.insert((at, self.last), step);
    }

    /// When the next thing is to happen.
    pub fn next_at(&self) -> Option<Time> {
        self.agenda.first_key_value().map(|((at, _), _)| *at)
    }

    /// Jumps to the next thing and takes it.
    pub fn pop(&mut self) -> Option<Step> {
        let ((at, _), step) = self.agenda.pop_first()?;
        self.now = self.now.max(at);
        Some(step)
    }

    /// Jumps forward.
    pub fn jump(&mut self, to: Time) {
        self.now = self.now.max(to);
    }

    /// The wall clock is set back. Only while no `Channel` runs: within a run time never falls.
    pub fn set_back(&mut self, ms: u64) {
        self.now = self.now.minus(ms);
    }
}
