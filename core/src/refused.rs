//! `Refused`: the caller's mistake, or no room. Nothing changed.

use alloc::string::String;
use core::fmt;

use serde::Serialize;

/// Why `handle` took nothing. Only new work is refused for lack of room, completions never.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Refused {
    /// No room for more of this kind; try again later.
    Busy,
    /// The channel is stopping or has stopped.
    Stopped,
    /// No such call is open.
    UnknownCall,
    /// No `Commit` with this `upto` is in flight.
    UnknownCommit,
    /// Larger than the bound for this kind of input.
    TooLarge,
    /// The configuration can't be taken; says why.
    BadConfig {
        /// What is wrong.
        reason: String,
    },
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => f.write_str("no room for more work at the moment; try again later"),
            Self::Stopped => f.write_str("the channel is stopping or has stopped"),
            Self::UnknownCall => f.write_str("no call with this id is open"),
            Self::UnknownCommit => f.write_str("no commit with this number is in flight"),
            Self::TooLarge => f.write_str("the input is larger than its bound"),
            Self::BadConfig { reason } => write!(f, "the configuration can't be taken: {reason}"),
        }
    }
}

impl core::error::Error for Refused {}

/// Why a journal can't be restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Damaged {
    /// Records are missing or out of order.
    Gap {
        /// The number that should have come.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// A record that can't follow on those before it.
    Contradiction {
        /// Its number.
        number: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// The journal belongs to another bot.
    OtherBot {
        /// The bot the journal belongs to.
        journal: String,
        /// The bot of the configuration.
        config: String,
    },
}

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gap { expected, found } => {
                write!(f, "the journal has a gap: record {expected} should come, {found} came")
            }
            Self::Contradiction { number, reason } => {
                write!(f, "record {number} of the journal contradicts those before it: {reason}")
            }
            Self::OtherBot { journal, config } => write!(
                f,
                "the journal belongs to bot {journal}, the token to bot {config}: \
                 rename the account, or erase its state with `zaloxide forget --all`"
            ),
        }
    }
}

impl core::error::Error for Damaged {}
