//! The runner: one driver of a channel that has no clock, no network and no disk but a case.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};
use zaloxide_core::{Action, Channel, Event, Record, Time};

use crate::case::{Case, Keep, Restart, Step};
use crate::pattern::mismatches;
use crate::vars::{Vars, build};

/// What came of a case.
#[derive(Debug, Default)]
pub struct Ran {
    /// For each step: the actions, in the JSON form of the boundary.
    pub actions: Vec<Vec<Value>>,
    /// For each step: what `poll_timeout` said.
    pub timeouts: Vec<Value>,
    /// Events that were handed in.
    pub events: Vec<Value>,
    /// What was not as expected.
    pub failures: Vec<Failure>,
}

/// A step that was not as expected.
#[derive(Debug)]
pub struct Failure {
    /// Which, from 1; the prelude's count too. 0 is before the first.
    pub step: usize,
    /// What happened there.
    pub what: String,
    /// What differs, a line each.
    pub lines: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  step {} ({})", self.step, self.what)?;
        self.lines.iter().try_for_each(|line| writeln!(f, "    {line}"))
    }
}

/// Runs a case to its end, or to the first step that can't be done.
pub fn run(case: &Case) -> Ran {
    let mut ran = Ran::default();
    let mut vars = Vars::new();
    let config = case.config.clone();
    let mut driver = match Driver::begin(config, &case.seed, case.now, case.records.as_deref()) {
        Ok(driver) => driver,
        Err(error) => {
            let expected = case.damaged.clone().unwrap_or(Value::Null);
            let lines = mismatches(&expected, &error, &mut vars);
            if !lines.is_empty() {
                ran.failures.push(Failure { step: 0, what: "restore".into(), lines });
            }
            return ran;
        }
    };
    if case.damaged.is_some() {
        let lines = vec!["the journal was restored, and should not have been".into()];
        ran.failures.push(Failure { step: 0, what: "restore".into(), lines });
        return ran;
    }
    let mut at = case.now;
    for (index, step) in case.steps.iter().enumerate() {
        at = step.at.unwrap_or(at);
        let lines = match driver.step(step, at, &mut vars, &mut ran) {
            Ok(lines) => lines,
            Err(reason) => vec![reason],
        };
        if !lines.is_empty() {
            let what = format!("at {at}, {}", what(step));
            ran.failures.push(Failure { step: index + 1, what, lines });
            // What follows would only repeat it.
            return ran;
        }
    }
    ran
}

fn what(step: &Step) -> String {
    let event = step.event.as_ref().and_then(|event| event.get("type")?.as_str());
    match (event, &step.restart) {
        (Some(event), _) => event.into(),
        (None, Some(_)) => "restart".into(),
        (None, None) => "nothing happens".into(),
    }
}

struct Driver {
    channel: Channel,
    config: Value,
    /// All records that were offered.
    journal: BTreeMap<u64, Value>,
    /// The number of the last that is durable.
    durable: u64,
}

impl Driver {
    fn begin(
        config: Value,
        seed: &str,
        now: u64,
        records: Option<&[(u64, Value)]>,
    ) -> Result<Self, Value> {
        let bad = |what: &str, error: &dyn fmt::Display| json!(format!("{what}: {error}"));
        let typed = serde_json::from_value(config.clone()).map_err(|e| bad("config", &e))?;
        let (seed, now) = (bytes(seed).map_err(|e| bad("seed", &e))?, Time::from_ms(now));
        let journal: BTreeMap<u64, Value> = records.unwrap_or_default().iter().cloned().collect();
        let channel = match records {
            None => Channel::new(typed, seed, now),
            Some(records) => {
                let mut list = Vec::new();
                for (number, record) in records {
                    let record: Record =
                        serde_json::from_value(record.clone()).map_err(|e| bad("record", &e))?;
                    list.push((*number, record));
                }
                Channel::restore(typed, seed, now, list)
                    .map_err(|e| serde_json::to_value(e).unwrap_or_default())?
            }
        };
        let durable = journal.keys().next_back().copied().unwrap_or_default();
        Ok(Self { channel, config, journal, durable })
    }

    fn step(
        &mut self,
        step: &Step,
        at: u64,
        vars: &mut Vars,
        ran: &mut Ran,
    ) -> Result<Vec<String>, String> {
        let mut lines = Vec::new();
        if let Some(restart) = &step.restart {
            self.restart(restart, at, vars)?;
        }
        if let Some(event) = &step.event {
            let event = build(event, vars)?;
            let answer = self.handle(at, &event)?;
            ran.events.push(event);
            lines.extend(mismatches(&step.expect, &answer, vars));
        }
        let mut actual = Vec::new();
        while let Some(action) = self.channel.poll_action() {
            self.keep(&action)?;
            actual.push(serde_json::to_value(&action).map_err(|error| error.to_string())?);
        }
        match &step.actions {
            Value::Array(expected) => lines.extend(compare(expected, &actual, vars)),
            pattern => lines.extend(mismatches(pattern, &actual.clone().into(), vars)),
        }
        ran.actions.push(actual);
        let timeout = self.channel.poll_timeout();
        let timeout =
            timeout.map_or(Value::Null, |(at, reason)| json!({"at": at, "reason": reason}));
        if let Some(expected) = &step.timeout {
            let wrong = mismatches(expected, &timeout, vars);
            lines.extend(wrong.into_iter().map(|line| format!("timeout {line}")));
        }
        ran.timeouts.push(timeout);
        Ok(lines)
    }

    /// Hands an event in; `"ok"` or `{"refused": ..}`.
    fn handle(&mut self, at: u64, event: &Value) -> Result<Value, String> {
        let typed: Event<'_> =
            serde_json::from_value(event.clone()).map_err(|e| format!("no event: {e}"))?;
        let committed = if let Event::Committed { upto } = &typed { Some(*upto) } else { None };
        if let Err(refused) = self.channel.handle(Time::from_ms(at), typed) {
            return Ok(json!({"refused": refused}));
        }
        self.durable = self.durable.max(committed.unwrap_or_default());
        Ok("ok".into())
    }

    /// Writes what a Commit offers; a number that is there already is left as it is.
    fn keep(&mut self, action: &Action) -> Result<(), String> {
        let Action::Commit { upto, records } = action else { return Ok(()) };
        let first = upto + 1 - records.len() as u64;
        for (number, record) in (first..).zip(records) {
            let record = serde_json::to_value(record).map_err(|error| error.to_string())?;
            self.journal.entry(number).or_insert(record);
        }
        Ok(())
    }

    fn restart(&mut self, restart: &Restart, at: u64, vars: &Vars) -> Result<(), String> {
        let mut records = std::mem::take(&mut self.journal);
        match restart.keep {
            Keep::Durable => records.retain(|number, _| *number <= self.durable),
            Keep::Offered => {}
            Keep::Nothing => records.clear(),
            Keep::Snapshot => {
                let snapshot = self.channel.snapshot();
                let record =
                    serde_json::to_value(&snapshot.record).map_err(|error| error.to_string())?;
                records = BTreeMap::from([(snapshot.upto, record)]);
            }
        }
        let records: Vec<_> = records.into_iter().collect();
        let config = match &restart.config {
            Some(config) => build(config, vars)?,
            None => self.config.clone(),
        };
        let records = (restart.keep != Keep::Nothing).then_some(records);
        *self = Self::begin(config, &restart.seed, at, records.as_deref())
            .map_err(|damaged| format!("the journal can't be restored: {damaged}"))?;
        Ok(())
    }
}

/// A seed from 64 hex digits.
fn bytes(hex: &str) -> Result<[u8; 32], String> {
    let mut seed = [0; 32];
    if hex.len() != 64 || !hex.is_ascii() {
        return Err("a seed is 64 hex digits".into());
    }
    for (byte, at) in seed.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&hex[at..at + 2], 16).map_err(|error| error.to_string())?;
    }
    Ok(seed)
}

/// What differs between two lists of actions; if anything does, both are shown side by side.
fn compare(expected: &[Value], actual: &[Value], vars: &mut Vars) -> Vec<String> {
    let mut lines = Vec::new();
    let mut listed = Vec::new();
    for (index, (pattern, actual)) in expected.iter().zip(actual).enumerate() {
        let wrong = mismatches(pattern, actual, vars);
        if wrong.is_empty() {
            listed.push(format!("  {actual}"));
        } else {
            listed.push(format!("- {pattern}"));
            listed.push(format!("+ {actual}"));
        }
        lines.extend(wrong.into_iter().map(|line| format!("action {index} {line}")));
    }
    if expected.len() != actual.len() {
        lines.push(format!("expected {} actions, got {}", expected.len(), actual.len()));
        let common = expected.len().min(actual.len());
        listed.extend(expected.iter().skip(common).map(|pattern| format!("- {pattern}")));
        listed.extend(actual.iter().skip(common).map(|action| format!("+ {action}")));
    }
    if !lines.is_empty() {
        lines.push("all actions (- expected, + actual):".into());
        lines.extend(listed.into_iter().map(shortened));
    }
    lines
}

/// A line that a terminal can show.
fn shortened(line: String) -> String {
    const CHARS_MAX: usize = 1_200;
    match line.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
