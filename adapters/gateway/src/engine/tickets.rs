//! Tickets: who waits for which answer.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
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
pub struct Pending(Arc<Slot>);

/// Where an answer arrives.
#[derive(Default)]
struct Slot {
    arrival: Mutex<Arrival>,
    changed: Condvar,
}

#[derive(Default)]
enum Arrival {
    #[default]
    Awaited,
    /// Somebody wants to be called.
    Then(Box<dyn FnOnce(Result<Settled, NoAnswer>) + Send>),
    /// It is here, or never will be.
    Come(Result<Settled, NoAnswer>),
}

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
        let slot = Arc::new(Slot::default());
        let end = SlotEnd(Some(Arc::clone(&slot)));
        (Box::new(move |settled| end.come(settled)), Self(slot))
    }

    /// Waits for the answer, at most so long. May be called again.
    ///
    /// # Errors
    /// There is none yet, or there will be none.
    pub fn wait(&self, within: Duration) -> Result<Settled, NoAnswer> {
        let waits = |arrival: &mut Arrival| !matches!(arrival, Arrival::Come(_));
        let waited = self.0.changed.wait_timeout_while(self.0.lock(), within, waits);
        match &*waited.unwrap_or_else(PoisonError::into_inner).0 {
            Arrival::Come(answer) => answer.clone(),
            _ => Err(NoAnswer::NotYet),
        }
    }

    /// Calls `tell` once the answer is there, at once if it is already; never with
    /// [`NoAnswer::NotYet`]. It is called on the engine's threads and must not wait.
    pub fn then(self, tell: impl FnOnce(Result<Settled, NoAnswer>) + Send + 'static) {
        let mut arrival = self.0.lock();
        match std::mem::take(&mut *arrival) {
            Arrival::Come(answer) => {
                drop(arrival);
                tell(answer);
            }
            _ => *arrival = Arrival::Then(Box::new(tell)),
        }
    }
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, Arrival> {
        self.arrival.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fill(&self, answer: Result<Settled, NoAnswer>) {
        let mut arrival = self.lock();
        match std::mem::replace(&mut *arrival, Arrival::Come(answer.clone())) {
            Arrival::Then(tell) => {
                drop(arrival);
                tell(answer);
            }
            _ => self.changed.notify_all(),
        }
    }
}

/// Fills a slot once. Dropped without an answer, there will be none.
struct SlotEnd(Option<Arc<Slot>>);

impl SlotEnd {
    fn come(mut self, settled: Settled) {
        if let Some(slot) = self.0.take() {
            slot.fill(Ok(settled));
        }
    }
}

impl Drop for SlotEnd {
    fn drop(&mut self) {
        if let Some(slot) = self.0.take() {
            slot.fill(Err(NoAnswer::Ended));
        }
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pending")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_waited_for_or_told_and_its_lack_is_too() {
        let (tell, pending) = Pending::new();
        assert_eq!(pending.wait(Duration::ZERO), Err(NoAnswer::NotYet));
        tell(Settled::Status(200));
        assert_eq!(pending.wait(Duration::ZERO), Ok(Settled::Status(200)));
        let (seen, told) = std::sync::mpsc::channel();
        let say = |seen: &std::sync::mpsc::Sender<_>| {
            let seen = seen.clone();
            move |answer| seen.send(answer).unwrap()
        };
        pending.then(say(&seen));
        let (tell, pending) = Pending::new();
        pending.then(say(&seen));
        drop(tell);
        let (tell, pending) = Pending::new();
        pending.then(say(&seen));
        tell(Settled::Status(503));
        let told: Vec<_> = told.try_iter().collect();
        let wanted = [Ok(Settled::Status(200)), Err(NoAnswer::Ended), Ok(Settled::Status(503))];
        assert_eq!(told, wanted);
    }
}
