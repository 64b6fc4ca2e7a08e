//! `Tally` and `Report`: what happened in a world, and in all of them.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;
use zaloxide_core::DropReason;

use crate::oracle::Violation;

/// What happened in a world.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Tally {
    /// Events handed in.
    pub events: u64,
    /// Actions that came of them.
    pub actions: u64,
    /// Turns handed to the agent.
    pub deliveries: u64,
    /// Times the program died.
    pub crashes: u64,
    /// Times it was asked to stop, and did.
    pub stops: u64,
    /// Messages that people wrote.
    pub written: u64,
    /// Chunks that arrived.
    pub chunks: u64,
    /// Codes that were shown to the owner.
    pub codes: u64,
    /// Senders that were let in, turned away or put out.
    pub decisions: u64,
    /// Times the configuration changed.
    pub changes: u64,
    /// Dead letters.
    pub dead: u64,
    /// Comparisons of a restored channel with a live one.
    pub compared: u64,
    /// What went wrong, by kind.
    pub faults: BTreeMap<&'static str, u64>,
    /// Updates that came to nothing, by reason.
    pub drops: BTreeMap<DropReason, u64>,
}

impl Tally {
    /// Counts a fault.
    pub fn fault(&mut self, name: &'static str) {
        *self.faults.entry(name).or_default() += 1;
    }

    /// Adds what happened elsewhere.
    pub fn add(&mut self, other: &Self) {
        self.events += other.events;
        self.actions += other.actions;
        self.deliveries += other.deliveries;
        self.crashes += other.crashes;
        self.stops += other.stops;
        self.written += other.written;
        self.chunks += other.chunks;
        self.codes += other.codes;
        self.decisions += other.decisions;
        self.changes += other.changes;
        self.dead += other.dead;
        self.compared += other.compared;
        for (fault, times) in &other.faults {
            *self.faults.entry(fault).or_default() += times;
        }
        for (reason, times) in &other.drops {
            *self.drops.entry(*reason).or_default() += times;
        }
    }
}

/// A world in which a promise was broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Broken {
    /// Its seed.
    pub seed: u64,
    /// Which of the worlds it was, from 0.
    pub place: u64,
    /// The promise: the name of the oracle.
    pub oracle: &'static str,
    /// What happened.
    pub text: String,
    /// How to see it again.
    pub rerun: String,
}

/// What happened in many worlds.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// How many.
    pub seeds: u64,
    /// The first of them.
    pub first_seed: u64,
    /// How long that took, in seconds.
    pub seconds: f64,
    /// Events a second.
    pub events_per_second: f64,
    /// What happened in all.
    #[serde(flatten)]
    pub tally: Tally,
    /// How many were not well, of which `broken` has the first.
    pub violations: u64,
    /// Worlds in which a promise was broken, by seed.
    pub broken: Vec<Broken>,
}

/// Broken worlds that are told one by one.
const TOLD_MAX: usize = 20;

impl Report {
    /// Takes a world into account.
    pub fn add(&mut self, seed: u64, place: u64, tally: &Tally, violation: Option<Violation>) {
        self.seeds += 1;
        self.tally.add(tally);
        let Some(Violation { oracle, text }) = violation else { return };
        self.violations += 1;
        let rerun =
            format!("cargo run --release -p zaloxide-simulator -- --first-seed {seed} --log");
        self.broken.push(Broken { seed, place, oracle, text, rerun });
        self.broken.sort_by_key(|broken| broken.place);
        self.broken.truncate(TOLD_MAX);
    }

    /// It took so long.
    pub fn took(&mut self, time: Duration) {
        self.seconds = time.as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let events = self.tally.events as f64;
        self.events_per_second = events / self.seconds;
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tally = &self.tally;
        let rows = [
            ("worlds", self.seeds),
            ("events", tally.events),
            ("actions", tally.actions),
            ("messages written", tally.written),
            ("deliveries", tally.deliveries),
            ("chunks arrived", tally.chunks),
            ("codes", tally.codes),
            ("decisions", tally.decisions),
            ("reconfigured", tally.changes),
            ("dead letters", tally.dead),
            ("crashes", tally.crashes),
            ("stops", tally.stops),
            ("restored = live", tally.compared),
        ];
        for (name, number) in rows {
            writeln!(f, "{name:<32}{number:>12}")?;
        }
        for (name, number) in &tally.faults {
            writeln!(f, "fault: {name:<25}{number:>12}")?;
        }
        for (reason, number) in &tally.drops {
            let reason = format!("{reason:?}");
            writeln!(f, "drop: {reason:<26}{number:>12}")?;
        }
        writeln!(f, "{:<32}{:>12}", "violations", self.violations)?;
        for Broken { seed, oracle, text, rerun, .. } in &self.broken {
            writeln!(f, "\nseed {seed}: {oracle}: {text}\n  {rerun}")?;
        }
        write!(f, "{:.1} s, {:.0} events a second", self.seconds, self.events_per_second)
    }
}
