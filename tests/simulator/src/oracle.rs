//! `Oracle`: what is promised, watched after every step. Each promise has a file of its own.

mod book;
pub(crate) mod bounds;
mod chunks;
mod codes;
mod durable;
mod pace;
mod quota;
pub mod secrets;
mod tickets;
pub mod timers;
mod turns;

use std::collections::BTreeSet;
use std::fmt;

pub use book::Book;
pub use chunks::Chunks;
pub use tickets::{Expected, Tickets};
use turns::Grown;
pub use turns::Turns;

use zaloxide_core::{AccountConfig, Action, CallId, Channel, DropReason, Record, Time};

use crate::model::{Fate, Model};
use crate::update::Update;

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The promise: the name of the oracle's file.
    pub oracle: &'static str,
    /// What happened.
    pub text: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.oracle, self.text)
    }
}

/// What an oracle says.
pub type Check = Result<(), Violation>;

/// A promise is broken.
pub fn broken<T>(oracle: &'static str, text: impl Into<String>) -> Result<T, Violation> {
    Err(Violation { oracle, text: text.into() })
}

/// What oracles look at.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// The time.
    pub now: Time,
    /// The configuration in force.
    pub config: &'a AccountConfig,
    /// Who is who.
    pub model: &'a Model,
    /// The channel, after the step.
    pub channel: &'a Channel,
}

/// All oracles.
#[derive(Debug, Default)]
pub struct Oracle {
    /// What records say, and which are durable.
    pub book: Book,
    /// Turns.
    pub turns: Turns,
    /// Chunks.
    pub chunks: Chunks,
    /// Who waits.
    pub tickets: Tickets,
    /// Time-outs.
    pub timers: timers::Timers,
    /// The month's quota.
    pub quota: quota::Quota,
    pace: pace::Pace,
    calls: BTreeSet<CallId>,
    /// The number of the last record when bounds were looked at.
    looked_at: u64,
}

impl Oracle {
    /// All that a step brought, before any of it is done: records first, for an action may rest on
    /// a record that stands behind it in the same step. `revives`: a dead letter may become a turn.
    pub fn step(
        &mut self,
        scene: Scene<'_>,
        batch: &[Action],
        expected: &[(&Update, Fate)],
        revives: bool,
    ) -> Check {
        let grown = self.turns.observe(scene, expected);
        for action in batch {
            if let Action::Commit { upto, records } = action {
                let first = upto + 1 - records.len() as u64;
                for (number, record) in (first..).zip(records) {
                    if self.book.note(number, record) {
                        codes::recorded(&self.book, scene, record)?;
                        self.quota.recorded(record);
                        self.turns.recorded(record)?;
                        self.chunks.recorded(&self.turns, scene, record)?;
                    }
                }
            }
        }
        agrees_with_model(expected, batch, &grown, revives)?;
        let (last, _) = scene.channel.view().records();
        // All that is bounded there leaves a record.
        if std::mem::replace(&mut self.looked_at, last) == last {
            Ok(())
        } else {
            bounds::kept(scene)
        }
    }

    /// One action, about to be done.
    pub fn action(&mut self, scene: Scene<'_>, action: &Action) -> Check {
        durable::action(&self.book, &self.tickets, scene, action)?;
        self.quota.kept(scene, action)?;
        match action {
            Action::StartCall { call, .. } => self.new_call(*call)?,
            Action::SendChunk { call, chat, .. } => {
                self.new_call(*call)?;
                self.pace.sent(scene, chat)?;
                codes::told(&self.book, scene, action)?;
                self.chunks.sent(&self.book, scene, action)?;
            }
            Action::Deliver { .. } => self.turns.delivered(scene, action)?,
            Action::Abandon { turn, attempt } => self.turns.abandoned(*turn, *attempt)?,
            Action::IssueCode { sender, code, expires_at, .. } => {
                codes::issued(&self.book, sender, code, *expires_at)?;
            }
            Action::Settle { ticket, result } => {
                if let Some(Expected::Decision(sender)) = self.tickets.of(*ticket) {
                    self.book.answered(sender);
                }
                self.tickets.settled(*ticket, result)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn new_call(&mut self, call: CallId) -> Check {
        if self.calls.insert(call) {
            return Ok(());
        }
        broken("calls", format!("call {call} is started twice"))
    }

    /// The program died, and these records survive.
    pub fn crash(&mut self, records: &[Record]) {
        let stored = records.len() as u64;
        self.book.crash(stored);
        self.chunks.crash(&self.book);
        self.turns.crash(records);
        self.tickets.crash();
        self.quota.crash(records);
        self.pace = pace::Pace::default();
        self.timers = timers::Timers::default();
    }

    /// The program begins.
    pub fn restart(&mut self, now: Time) {
        self.quota.restart(now);
    }

    /// Rates begin anew when they change.
    pub fn reconfigured(&mut self) {
        self.pace = pace::Pace::default();
    }
}

/// The updates that a step brought came to what the model says, and nothing else became a turn.
fn agrees_with_model(
    expected: &[(&Update, Fate)],
    batch: &[Action],
    grown: &[Grown],
    revives: bool,
) -> Check {
    let drops = batch.iter().filter_map(|action| match action {
        // A turn that leaves its lane is none of these updates' business.
        Action::Drop { reason: DropReason::Revoked, .. } => None,
        Action::Drop { reason, .. } => Some(*reason),
        _ => None,
    });
    let drops: Vec<DropReason> = drops.collect();
    if expected.is_empty()
        && grown.len() <= usize::from(revives)
        && drops.iter().all(|reason| is_nothing(*reason))
    {
        return Ok(());
    }
    let refused = expected.iter().filter_map(|(_, fate)| fate.err());
    let mut taken = expected.iter().filter(|(_, fate)| fate.is_ok());
    let all_grew = grown.iter().all(|turn| taken.next().is_some_and(|(new, _)| turn.is(new)));
    if refused.eq(drops.iter().copied()) && all_grew && taken.next().is_none() {
        return Ok(());
    }
    let expected: Vec<_> = expected.iter().map(|(new, fate)| (fate, &new.json)).collect();
    broken("model", format!("dropped {drops:?}, turns {grown:?}, expected {expected:?}"))
}

/// What is no update comes to nothing.
fn is_nothing(reason: DropReason) -> bool {
    matches!(reason, DropReason::Empty | DropReason::Malformed)
}
