//! Faults: each system call that touches the state fails, or kills the program, in turn.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::Result;
use crate::book::Book;
use crate::gateway::Gateway;
use crate::kills::{heal, progress};
use crate::load::Load;
use crate::points::{Tools, watch};
use crate::report::Report;
use crate::stage::Stage;

/// What the store does again and again: calls, and what becomes of one of them.
const OFTEN: [(&str, &str); 6] = [
    ("pwrite64", "error=EIO"),
    ("pwrite64", "error=ENOSPC"),
    ("pwrite64", "signal=KILL"),
    ("fsync,fdatasync", "error=EIO"),
    ("fsync,fdatasync", "signal=KILL"),
    ("pread64", "error=EIO"),
];

/// What it does a few times: when it starts, and when the log is taken in.
const SELDOM: [(&str, &str); 14] = [
    ("openat", "error=EIO"),
    ("openat", "error=EMFILE"),
    ("openat", "signal=KILL"),
    ("fallocate,pwritev", "error=EIO"),
    ("unlink,rename,link,linkat", "signal=KILL"),
    ("ftruncate", "error=EIO"),
    ("ftruncate", "error=ENOSPC"),
    ("ftruncate", "signal=KILL"),
    ("unlink", "error=EIO"),
    ("unlink", "signal=KILL"),
    ("mmap", "error=ENOMEM"),
    ("fcntl", "error=EIO"),
    ("fcntl", "error=ENOLCK"),
    ("fchmod,chmod,fchmodat,mkdir,statx,newfstatat", "error=EACCES"),
];

/// The highest count of a call that is seldom made.
const SELDOM_MAX: u32 = 12;
/// How long it is watched.
const LIFE: Duration = Duration::from_millis(80);
/// Stages at one time.
const STAGES: u32 = 2;
/// So many points, and then everything must be settled and a new stage is set.
const POINTS_A_STAGE: u32 = 25;

/// The system call that a point is about.
fn point(number: u32) -> (&'static str, &'static str, u32) {
    let (round, place) = (number / 3, number % 3);
    let at = |list: usize| usize::try_from(round).unwrap_or(0) % list;
    let turn = |list: usize| round / u32::try_from(list).unwrap_or(1);
    if place == 0 {
        let (calls, how) = SELDOM[at(SELDOM.len())];
        (calls, how, 1 + turn(SELDOM.len()) % SELDOM_MAX)
    } else {
        let (calls, how) = OFTEN[at(OFTEN.len())];
        (calls, how, 2 * turn(OFTEN.len()) + place)
    }
}

pub(crate) fn run(points: u32, first: u32, seed: u64) -> Report {
    let tools = Tools::find();
    let mut all = Report::default();
    if !tools.has_strace() {
        all.skipped.extend(tools.missing());
        return all;
    }
    let (next, reports) = (AtomicU32::new(0), Mutex::new(Vec::new()));
    let stages = points.div_ceil(POINTS_A_STAGE);
    thread::scope(|scope| {
        for _ in 0..STAGES {
            scope.spawn(|| {
                loop {
                    let stage = next.fetch_add(1, Ordering::Relaxed);
                    if stage >= stages {
                        return;
                    }
                    let from = stage * POINTS_A_STAGE;
                    let to = (from + POINTS_A_STAGE).min(points);
                    let played = play(first + from..first + to, seed + u64::from(stage));
                    let report = played.unwrap_or_else(|error| {
                        let mut report = Report::default();
                        report.broken(format!("at points {} on: {error}", first + from));
                        report
                    });
                    let mut reports = reports.lock().unwrap_or_else(PoisonError::into_inner);
                    reports.push(report);
                    progress(u32::try_from(reports.len()).unwrap_or(stages), stages);
                }
            });
        }
    });
    let reports = reports.into_inner().unwrap_or_else(PoisonError::into_inner);
    for report in reports {
        all.add(report);
    }
    all
}

fn play(points: std::ops::Range<u32>, seed: u64) -> Result<Report> {
    let stage = Stage::new(false)?;
    let mut book = Book::new(false);
    book.disk_may_fail();
    let mut load = Load::begin(seed, &stage, &mut book)?;
    for number in points {
        let (calls, how, when) = point(number);
        let how = format!("{how}:when={when}");
        let journal = stage.journal();
        let files = [journal.path(), &journal.log(), &journal.index(), stage.state()];
        let mut gateway = stage.start("watched", &watch(&files, calls, &how))?;
        load.write(&stage, &mut book)?;
        load.go_on(&stage, &mut book, &mut gateway, LIFE)?;
        load.approved(&mut book)?;
        ended(&mut gateway, &format!("point {number} ({calls} {how})"), &mut book)?;
        book.crashed(&stage, 1)?;
        // And then nothing fails: it runs, or says which file it can't use.
        let mut well = stage.start("well", &[])?;
        if !stage.is_ready(&mut well)? {
            let said = well.said();
            let is_named = said.contains(&journal.path().display().to_string());
            book.report.refused += 1;
            if !is_named {
                book.report.broken(format!("refused without a name at point {number}: {said}"));
            }
            return Ok(book.report);
        }
        well.kill()?;
        book.crashed(&stage, 1)?;
        book.report.did("points at which a system call failed or killed");
    }
    heal(stage, book)
}

/// It is over: what it has said must have told the cause, if it ended by itself.
fn ended(gateway: &mut Gateway, point: &str, book: &mut Book) -> Result<()> {
    let by_itself = gateway.has_ended()?;
    let status = gateway.kill()?;
    let said = gateway.said();
    if said.contains("panicked") {
        book.report.broken(format!("it panicked at {point}: {said}"));
    }
    if by_itself && status.code().is_some() && !said.contains("error: ") {
        book.report.broken(format!("it ended without a word at {point}: {status} {said}"));
    }
    Ok(())
}
