//! What beginning again costs: a channel from its journal, and from a snapshot of the same.
//!
//! `cargo bench -p zaloxide-core --bench restore` shows it beside the record.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock; the core does not"
)]

mod costs;
mod world;

use std::hint::black_box;

use zaloxide_core::{Action, Channel, Event, Record, Ticket};

use costs::{Case, Effort};
use world::{Who, config, reaction, text, time};

const EFFORT: Effort = Effort { rounds: 30, per_round: 1 };
/// Messages that were answered, and those that wait.
const ANSWERED: usize = 2_000;
const OPEN: usize = 100;

/// A channel that has worked for a while, and its journal.
fn worked() -> (Channel, Vec<(u64, Record)>) {
    let mut channel = Channel::new(config(Who::Everybody), [7; 32], time(0));
    let mut journal = Vec::new();
    drain(&mut channel, 0, true, &mut journal);
    for n in 0..ANSWERED + OPEN {
        let at = n as u64;
        let event = Event::UpdateReceived { ticket: Ticket(at), body: text(n, n).into() };
        channel.handle(time(at), event).expect("there is room");
        drain(&mut channel, at, n < ANSWERED, &mut journal);
    }
    (channel, journal)
}

fn drain(channel: &mut Channel, at: u64, answers: bool, journal: &mut Vec<(u64, Record)>) {
    while let Some(action) = channel.poll_action() {
        match &action {
            Action::Commit { upto, records } => {
                let first = upto + 1 - records.len() as u64;
                journal.extend((first..).zip(records.iter().cloned()));
            }
            Action::Deliver { .. } if !answers => continue,
            _ => {}
        }
        if let Some(event) = reaction(&action) {
            channel.handle(time(at), event).expect("the bench drives the channel as it should");
        }
    }
}

fn begins_from(records: Vec<(u64, Record)>) -> Case {
    Case::new(move |_| {
        let records = records.clone();
        let restored = Channel::restore(config(Who::Everybody), [7; 32], time(10_000), records);
        drop(black_box(restored.expect("the journal is whole")));
    })
}

fn from_journal() -> Case {
    begins_from(worked().1)
}

fn from_snapshot() -> Case {
    let snapshot = worked().0.snapshot();
    begins_from(vec![(snapshot.upto, snapshot.record)])
}

fn snapshot() -> Case {
    let (channel, _) = worked();
    Case::new(move |_| drop(black_box(channel.snapshot())))
}

fn main() {
    costs::run(
        "restore",
        EFFORT,
        &[
            ("from the journal of 2,100 messages", from_journal),
            ("from a snapshot of the same", from_snapshot),
            ("that snapshot is taken", snapshot),
        ],
    );
}
