//! Tickets: whoever waits is answered once, and approvals are answered as the model says.

use std::collections::{BTreeMap, BTreeSet};

use zaloxide_core::{Answer, ChatId, FaultKind, SenderId, Settled, Ticket};

use super::{Check, broken};

/// What somebody waits for.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// A webhook's status; with the update's key when its record has to be durable first.
    Update(Option<(ChatId, SenderId, String)>),
    /// The answer to a decision that can be made.
    Decision(SenderId),
    /// The refusal of one that can't.
    Fault(FaultKind),
    /// The status of a webhook that brought no update.
    Nothing,
    /// Whatever is said.
    Any,
}

/// Who waits.
#[derive(Debug, Default)]
pub struct Tickets {
    open: BTreeMap<Ticket, Expected>,
    settled: BTreeSet<Ticket>,
    last: u64,
}

impl Tickets {
    /// A ticket that was never used.
    pub fn issue(&mut self) -> Ticket {
        self.last += 1;
        Ticket(self.last)
    }

    /// Somebody waits with it.
    pub fn wait(&mut self, ticket: Ticket, expected: Expected) {
        self.open.insert(ticket, expected);
    }

    /// Nobody does: it was refused.
    pub fn refused(&mut self, ticket: Ticket) {
        self.open.remove(&ticket);
    }

    /// What is waited for.
    pub fn of(&self, ticket: Ticket) -> Option<&Expected> {
        self.open.get(&ticket)
    }

    /// Nobody waits.
    pub fn is_idle(&self) -> bool {
        self.open.is_empty()
    }

    /// Everybody who waits, for people.
    pub fn waiting(&self) -> String {
        format!("{:?}", self.open)
    }

    /// The program died, and nobody waits any more.
    pub(super) fn crash(&mut self) {
        self.open.clear();
    }

    pub(super) fn settled(&mut self, ticket: Ticket, result: &Settled) -> Check {
        let Some(expected) = self.open.remove(&ticket) else {
            let twice = self.settled.contains(&ticket);
            let how = if twice { "twice" } else { "and nobody waits" };
            return broken("tickets", format!("{ticket:?} is settled {how}: {result:?}"));
        };
        self.settled.insert(ticket);
        let in_vain = matches!(result, Settled::Error(fault)
            if matches!(fault.kind, FaultKind::NotDurableYet | FaultKind::Stopping));
        let fits = match (&expected, result) {
            (Expected::Update(_), Settled::Status(200 | 503))
            | (Expected::Nothing, Settled::Status(_))
            | (Expected::Any, Settled::Ok(_) | Settled::Error(_)) => true,
            (Expected::Decision(sender), Settled::Ok(answer)) => matches!(answer,
                Answer::Approved { sender: who, .. }
                | Answer::Rejected { sender: who, .. }
                | Answer::Revoked { sender: who } if who == sender),
            (Expected::Fault(kind), Settled::Error(fault)) => fault.kind == *kind || in_vain,
            (Expected::Decision(_), Settled::Error(_)) => in_vain,
            _ => false,
        };
        if fits {
            return Ok(());
        }
        broken("tickets", format!("{ticket:?}: {expected:?} expected, {result:?} came"))
    }
}
