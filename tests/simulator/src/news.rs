//! `News`: what an account tells whoever draws its steps: what is under way now and will have an end.

use zaloxide_core::{CallId, Method};

use crate::step::Line;

/// Something is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// A call is open.
    Called {
        /// Of which kind.
        line: Line,
        /// Which.
        call: CallId,
        /// What is asked.
        method: Method,
    },
    /// A call was given up; it has an end all the same.
    Cancelled {
        /// Of which kind.
        line: Line,
        /// Which.
        call: CallId,
    },
    /// A Commit is being written.
    Committing,
    /// Something is being downloaded.
    Fetching,
    /// A medium is being prepared.
    Preparing,
    /// The agent was given a turn.
    Delivered {
        /// In which chat.
        chat: u8,
        /// How long there is.
        time_ms: u64,
    },
    /// The owner was shown a code.
    Code {
        /// Whose.
        person: u8,
    },
    /// A message waits at Zalo.
    Waiting,
    /// The program has died or stopped.
    Ended,
}
