//! The journal's edge: numbers records, offers them as Commits, and wakes what waits for them.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::action::Action;
use crate::event::Question;
use crate::id::{ChatId, Ticket, TurnId};
use crate::record::Record;
use crate::refused::Refused;
use crate::settle::Settled;

/// What becomes possible once a record is durable.
#[derive(Debug)]
pub(super) enum Wake {
    /// An action that was withheld.
    Act(Box<Action>),
    /// An answer that was withheld.
    Settle(Ticket, Settled),
    /// A question to Zalo that was withheld.
    Ask(Ticket, Question),
    /// The turn may begin: its downloads, then its delivery.
    Turn(TurnId),
    /// The next chunk of this chat may go out.
    Mail(ChatId),
}

/// What happened to a Commit.
pub(super) enum Completion {
    /// It says nothing: a Commit before it failed.
    Void,
    /// Records are durable; intake was closed before.
    Healed(Vec<Wake>),
    /// Records are durable.
    Durable(Vec<Wake>),
    /// Records are not durable. Who waited is handed back; what else waits goes on
    /// waiting.
    Failed(Vec<Waiter>),
}

/// Who waited for a record that may not come to be durable.
#[derive(Clone, Copy, Debug)]
pub(super) enum Waiter {
    /// A webhook.
    Webhook(Ticket),
    /// A person.
    Person(Ticket),
}

/// Numbers records and knows which of them are durable.
#[derive(Debug)]
pub(super) struct Journal {
    /// Records `committed + 1 ..= last`.
    pending: VecDeque<Record>,
    committed: u64,
    offered: u64,
    last: u64,
    in_flight: VecDeque<Offer>,
    /// Failures in a row; intake is closed while there are any.
    failures: u32,
    /// Ordered by number.
    waiting: VecDeque<(u64, Wake)>,
}

#[derive(Debug)]
struct Offer {
    upto: u64,
    void: bool,
}

impl Journal {
    /// A journal whose records up to `last` are durable.
    pub(super) fn at(last: u64) -> Self {
        Self {
            pending: VecDeque::new(),
            committed: last,
            offered: last,
            last,
            in_flight: VecDeque::new(),
            failures: 0,
            waiting: VecDeque::new(),
        }
    }

    /// The number of the last record.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// The number of the last durable record.
    pub(super) fn committed(&self) -> u64 {
        self.committed
    }

    pub(super) fn is_durable(&self, number: u64) -> bool {
        number <= self.committed
    }

    /// Everything is durable.
    pub(super) fn is_settled(&self) -> bool {
        self.committed == self.last
    }

    /// Failures in a row.
    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    /// No new work is taken until the store works again.
    pub(super) fn is_closed(&self) -> bool {
        self.failures > 0
    }

    pub(super) fn push(&mut self, record: Record) {
        self.pending.push_back(record);
        self.last += 1;
    }

    /// Runs `wake` once record `number` is durable. Numbers never fall from call to call but for
    /// those of older records; order among equal numbers is kept.
    pub(super) fn wait(&mut self, number: u64, wake: Wake) {
        let place = self.waiting.partition_point(|(other, _)| *other <= number);
        self.waiting.insert(place, (number, wake));
    }

    /// A Commit of all records since the last one, if there are any and the store works.
    pub(super) fn offer(&mut self) -> Option<Action> {
        if self.is_closed() { None } else { self.offer_rest() }
    }

    /// After a failure: one Commit of all records that are not durable, with the same numbers.
    pub(super) fn offer_again(&mut self) -> Option<Action> {
        if self.in_flight.iter().any(|offer| !offer.void) {
            return None;
        }
        self.offered = self.committed;
        self.offer_rest()
    }

    fn offer_rest(&mut self) -> Option<Action> {
        if self.offered == self.last {
            return None;
        }
        let skip = usize::try_from(self.offered - self.committed).unwrap_or(usize::MAX);
        let records = self.pending.iter().skip(skip).cloned().collect();
        self.offered = self.last;
        self.in_flight.push_back(Offer { upto: self.last, void: false });
        Some(Action::Commit { upto: self.last, records })
    }

    pub(super) fn completed(&mut self, upto: u64, well: bool) -> Result<Completion, Refused> {
        // The store completes in number order, so that a void offer is told from its repetition.
        let offer = self.in_flight.front().filter(|offer| offer.upto == upto);
        let void = offer.ok_or(Refused::UnknownCommit)?.void;
        self.in_flight.pop_front();
        if void {
            return Ok(Completion::Void);
        }
        if !well {
            self.failures = self.failures.saturating_add(1);
            for offer in &mut self.in_flight {
                offer.void = true;
            }
            return Ok(Completion::Failed(self.take_waiters()));
        }
        while self.committed < upto {
            self.committed += 1;
            self.pending.pop_front();
        }
        let durable = self.waiting.partition_point(|(number, _)| *number <= upto);
        let wakes = self.waiting.drain(..durable).map(|(_, wake)| wake).collect();
        if self.failures > 0 {
            self.failures = 0;
            return Ok(Completion::Healed(wakes));
        }
        Ok(Completion::Durable(wakes))
    }

    /// Who waits, so that nobody waits for a store that does not work.
    pub(super) fn take_waiters(&mut self) -> Vec<Waiter> {
        let mut waiters = Vec::new();
        for (number, wake) in core::mem::take(&mut self.waiting) {
            match wake {
                Wake::Settle(ticket, Settled::Status(_)) => waiters.push(Waiter::Webhook(ticket)),
                Wake::Settle(ticket, _) | Wake::Ask(ticket, _) => {
                    waiters.push(Waiter::Person(ticket));
                }
                other => self.waiting.push_back((number, other)),
            }
        }
        waiters
    }
}
