//! `dev --script`: the stage, played without a person. Each step does one thing as a Zalo user or
//! an operator would, waits for what must come of it, and says what came.

mod cast;
mod steps;
mod text;

use std::{fs, process};

use anstyle::{AnsiColor, Style};
use serde::Serialize;
use serde_json::{Value, json};

use crate::exit::{Exit, Failure};
use crate::output::Output;
use cast::Cast;
use steps::STEPS;
use zaloxide::signals::Signals;

/// A step's end: what happened, or what did not.
type Step = Result<Told, Miss>;

/// What happened.
#[derive(Debug)]
struct Told {
    /// For people.
    text: String,
    /// For programs: more fields of the step's object.
    details: Value,
}

impl Told {
    fn new(text: impl Into<String>, details: Value) -> Self {
        Self { text: text.into(), details }
    }
}

/// What should have come, and what came.
#[derive(Debug)]
struct Miss {
    expected: String,
    came: String,
}

impl Miss {
    fn new(expected: impl Into<String>, came: impl Into<String>) -> Self {
        Self { expected: expected.into(), came: came.into() }
    }
}

/// A step's object.
#[derive(Serialize)]
struct Line<'a> {
    step: usize,
    name: &'a str,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(flatten)]
    details: Value,
}

impl<'a> Line<'a> {
    fn new(step: usize, name: &'a str, result: &'a Step) -> Self {
        let (text, details) = match result {
            Ok(told) => (Some(told.text.as_str()), told.details.clone()),
            Err(miss) => (None, json!({"expected": miss.expected, "came": miss.came})),
        };
        Self { step, name, ok: result.is_ok(), text, details }
    }
}

/// Plays it. Each step is shown as it ends; the first that fails is the last.
///
/// # Errors
/// The stage can't be set, a step fails, or standard output can't be written.
pub(crate) fn play(out: Output) -> Result<Exit, Failure> {
    let cast = Cast::start()?;
    let state = cast.state_dir().to_owned();
    let _signals = Signals::watch(move |_| {
        // Nothing on the stage is worth a goodbye; only the directory would remain.
        let _ = fs::remove_dir_all(&state);
        process::exit(1);
    })
    .map_err(|error| Failure::failed(format!("can't wait for signals: {error}")))?;
    for (index, (name, step)) in STEPS.iter().enumerate() {
        let result = step(&cast);
        let number = index + 1;
        show(out, number, name, &result)?;
        if result.is_err() {
            cast.stop();
            return failed(out, number, name);
        }
    }
    let number = STEPS.len() + 1;
    let ended = match cast.stop() {
        ended if ended.cut_short.is_empty() => {
            Ok(Told::new("the bot ends, with nothing left under way", json!({})))
        }
        ended => {
            Err(Miss::new("a clean end", format!("cut short: {}", ended.cut_short.join(", "))))
        }
    };
    show(out, number, "end", &ended)?;
    if ended.is_err() { failed(out, number, "end") } else { Ok(Exit::Done) }
}

/// The step's own line has said what came; a program reads its object.
fn failed(out: Output, number: usize, name: &str) -> Result<Exit, Failure> {
    if out.is_json() {
        return Ok(Exit::Failed);
    }
    Err(Failure::failed(format!("step {number}, {name}, did not go as it should")))
}

fn show(out: Output, number: usize, name: &str, result: &Step) -> Result<(), Failure> {
    if out.is_json() {
        return out.json(&Line::new(number, name, result));
    }
    let coloured = |colour: AnsiColor, text| {
        out.styled(Style::new().bold().fg_color(Some(colour.into())), text)
    };
    match result {
        Ok(told) => {
            let ok = coloured(AnsiColor::Green, "ok");
            out.line(format!("{number:>2}  {ok}  {name:<12} {}", told.text))
        }
        Err(miss) => {
            let failed = coloured(AnsiColor::Red, "FAILED");
            out.line(format!(
                "{number:>2}  {failed}  {name}\n      expected  {}\n      came      {}",
                miss.expected, miss.came
            ))
        }
    }
}
