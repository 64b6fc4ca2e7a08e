//! Kills: at random moments and at named points, in both ways of delivery; and stops.

use std::io::{IsTerminal, Write};

use serde_json::Value;

use crate::Result;
use crate::book::Book;
use crate::gateway::{BOUND, wait_until};
use crate::load::Load;
use crate::points::{POINTS, Tools};
use crate::report::Report;
use crate::stage::Stage;
use crate::stops;

pub(crate) fn run(kills: u32, stops: u32, seed: u64) -> Result<Report> {
    let mut report = Report::default();
    for (part, at_most_once) in [false, true].into_iter().enumerate() {
        let part = u32::try_from(part)?;
        let share = |all: u32| all / 2 + if part == 0 { all % 2 } else { 0 };
        report.add(play(share(kills), share(stops), seed + u64::from(part), at_most_once)?);
    }
    Ok(report)
}

fn play(kills: u32, stops: u32, seed: u64, at_most_once: bool) -> Result<Report> {
    let stage = Stage::new(at_most_once)?;
    let tools = Tools::find();
    let mut book = Book::new(at_most_once);
    book.report.skipped.extend(tools.missing());
    let mut load = Load::begin(seed, &stage, &mut book)?;
    for kill in 0..kills {
        let points = POINTS.iter().filter(|point| !point.needs_strace || tools.has_strace());
        let point = points.cycle().nth(usize::try_from(kill)?).ok_or("there are no points")?;
        (point.provoke)(&stage, &mut load, &mut book)?;
        load.approved(&mut book)?;
        book.crashed(&stage, 1)?;
        book.report.did(point.name);
        progress(kill + 1, kills);
    }
    for _ in 0..stops {
        stops::stop(&stage, &mut load, &mut book)?;
    }
    heal(stage, book)
}

/// Shows on a terminal how far it is.
pub(crate) fn progress(done: u32, all: u32) {
    let mut out = std::io::stderr();
    if out.is_terminal() {
        // Nobody misses it.
        let _ = write!(out, "\r{done} of {all}");
        let _ = if done == all { writeln!(out) } else { out.flush() };
    }
}

/// Nothing goes wrong any more: whatever is owed must come. Then the book is closed.
pub(crate) fn heal(stage: Stage, mut book: Book) -> Result<Report> {
    let mut gateway = stage.start_well()?;
    let settled = |book: &mut Book| -> Result<bool> {
        book.read(&stage.zalo, false);
        if book.is_all_answered() {
            return Ok(true);
        }
        // What was given up is not answered; only the program knows.
        let turns = stage.ask(&["turns", "list"])?;
        let none = |list: &Value| list.as_array().is_some_and(Vec::is_empty);
        Ok(stage.at_most_once && none(&turns["open"]) && none(&turns["sending"]))
    };
    let mut result = Ok(false);
    wait_until(BOUND, || {
        result = settled(&mut book);
        !matches!(result, Ok(false))
    });
    result?;
    // What arrived while the program was asked.
    book.read(&stage.zalo, false);
    let listed = stage.ask(&["pairing", "list"])?;
    let approved = texts(&listed["approved"], "/sender");
    let dead = texts(&stage.ask(&["turns", "list"])?["dead"], "/message/text");
    if gateway.said().contains("panicked") {
        book.report.broken(format!("it panicked: {}", gateway.said()));
    }
    gateway.kill()?;
    book.close(&stage.agent(), &approved, &dead);
    if !book.report.is_kept() {
        book.report.kept.push(stage.keep());
    }
    Ok(book.report)
}

fn texts(list: &Value, at: &str) -> Vec<String> {
    let each = list.as_array().into_iter().flatten();
    each.filter_map(|entry| Some(entry.pointer(at)?.as_str()?.to_owned())).collect()
}
