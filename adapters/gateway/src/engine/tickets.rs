//! Tickets: who waits for which answer.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use zaloxide_core::{Settled, Ticket};

/// The tickets of one account that wait.
#[derive(Default)]
pub(crate) struct Tickets(Mutex<Waiting>);

/// Told the answer. Dropped, there will be none.
pub(crate) type Tell = Box<dyn FnOnce(Settled) + Send>;

#[derive(Default)]
struct Waiting {
    last: u64,
    tell: BTreeMap<u64, Tell>,
    closed: bool,
}

impl Tickets {
    /// A new ticket for whoever is told the answer.
    pub(crate) fn issue(&self, tell: Tell) -> Ticket {
        let mut waiting = self.lock();
        waiting.last += 1;
        let number = waiting.last;
        if !waiting.closed {
            waiting.tell.insert(number, tell);
        }
        Ticket(number)
    }

    /// The answer has come.
    pub(crate) fn settle(&self, ticket: Ticket, result: Settled) {
        let tell = self.lock().tell.remove(&ticket.0);
        if let Some(tell) = tell {
            tell(result);
        }
    }

    /// Nothing will come for this one.
    pub(crate) fn forget(&self, ticket: Ticket) {
        // Whoever is dropped may look at the tickets.
        let tell = self.lock().tell.remove(&ticket.0);
        drop(tell);
    }

    /// Nothing more will come for anybody.
    pub(crate) fn close(&self) {
        let mut waiting = self.lock();
        waiting.closed = true;
        let tell = std::mem::take(&mut waiting.tell);
        drop(waiting);
        drop(tell);
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
    /// An answer to come, and who is told it.
    pub(crate) fn new() -> (Tell, Self) {
        let (tell, told) = channel();
        // Who has stopped waiting is not told.
        (Box::new(move |settled| drop(tell.send(settled))), Self(told))
    }

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
