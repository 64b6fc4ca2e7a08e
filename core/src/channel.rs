//! `Channel`: one bot account.
use serde::{Deserialize, Serialize};

use crate::{AccountConfig, Action, Damaged, Event, Record, Refused, Time};

/// One bot account.
#[derive(Debug)]
pub struct Channel {}

/// Why a timer is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// placeholder
    Poll,
}

/// All that is durable, at one record number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// It covers exactly the records up to this number.
    pub upto: u64,
}

#[allow(unused_variables, clippy::unused_self, clippy::needless_pass_by_value, missing_docs)]
impl Channel {
    pub fn new(config: AccountConfig, seed: [u8; 32], now: Time) -> Self {
        Self {}
    }
    pub fn restore(
        config: AccountConfig,
        seed: [u8; 32],
        now: Time,
        records: impl IntoIterator<Item = (u64, Record)>,
    ) -> Result<Self, Damaged> {
        Ok(Self {})
    }
    pub fn handle(&mut self, now: Time, event: Event<'_>) -> Result<(), Refused> {
        Ok(())
    }
    pub fn poll_action(&mut self) -> Option<Action> {
        None
    }
    pub fn poll_timeout(&self) -> Option<(Time, Reason)> {
        None
    }
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { upto: 0 }
    }
}
