//! Counters: what happened since the channel began, in numbers.

use alloc::collections::BTreeMap;

use serde::Serialize;

use crate::action::DropReason;
use crate::time::Time;

/// Numbers since the channel began.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Counters {
    /// Updates received.
    pub received: u64,
    /// Turns taken.
    pub turns: u64,
    /// Messages that joined a turn.
    pub joined: u64,
    /// Attempts handed to the agent.
    pub deliveries: u64,
    /// Attempts that failed or took too long.
    pub attempts_failed: u64,
    /// Chunks that Zalo acknowledged.
    pub chunks_sent: u64,
    /// Chunks that failed and were tried again.
    pub chunks_retried: u64,
    /// Calls whose fate is unknown.
    pub unknown: u64,
    /// Things given up.
    pub dead: u64,
    /// Codes issued.
    pub codes: u64,
    /// Strangers for whom no code was left.
    pub turned_away: u64,
    /// Updates that came to nothing, by reason.
    pub drops: BTreeMap<DropReason, u64>,
    /// When the last update came.
    pub last_in: Option<Time>,
    /// When Zalo last acknowledged a chunk.
    pub last_out: Option<Time>,
}

impl Counters {
    pub(crate) fn dropped(&mut self, reason: DropReason) {
        *self.drops.entry(reason).or_default() += 1;
    }
}
