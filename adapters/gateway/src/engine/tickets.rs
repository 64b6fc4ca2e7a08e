//! Tickets: who waits for which answer.

use std::collections::HashMap;
use std::fmt;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use zaloxide_core::{Settled, Ticket};

/// The tickets of one account that wait.
#[derive(Debug, Default)]
pub(crate) struct Tickets(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    last: u64,
    tell: HashMap<u64, Sender<Settled>>,
    closed: bool,
}

impl Tickets {
    /// A new ticket, and its holder's end.
    pub(crate) fn issue(&self) -> (Ticket, Pending) {
        let mut waiting = self.lock();
        let (tell, told) = channel();
        waiting.last += 1;
        let number = waiting.last;
        if !waiting.closed {
            waiting.tell.insert(number, tell);
        }
        (Ticket(number), Pending(told))
    }

    /// The answer has come.
    pub(crate) fn settle(&self, ticket: Ticket, result: Settled) {
        let tell = self.lock().tell.remove(&ticket.0);
        if let Some(tell) = tell {
            // Who has stopped waiting is not told.
            let _ = tell.send(result);
        }
    }

    /// Nothing will come for this one.
    pub(crate) fn forget(&self, ticket: Ticket) {
        self.lock().tell.remove(&ticket.0);
    }

    /// Nothing more will come for anybody.
    pub(crate) fn close(&self) {
        let mut waiting = self.lock();
        waiting.closed = true;
        waiting.tell.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answer that will come.
#[derive(Debug)]
pub struct Pending(Receiver<Settled>);

/// Why an answer has not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoAnswer {
    /// Not in that time; it may still come.
    NotYet,
    /// The engine has ended.
    Ended,
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotYet => "no answer has come yet",
            Self::Ended => "the engine ended before there was an answer",
        })
    }
}

impl std::error::Error for NoAnswer {}

impl Pending {
    /// Waits for the answer, at most so long. May be called again.
    ///
    /// # Errors
    /// There is none yet, or there will be none.
    pub fn wait(&self, within: Duration) -> Result<Settled, NoAnswer> {
        self.0.recv_timeout(within).map_err(|error| match error {
            RecvTimeoutError::Timeout => NoAnswer::NotYet,
            RecvTimeoutError::Disconnected => NoAnswer::Ended,
        })
    }
}
