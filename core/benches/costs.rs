//! What something costs: time, allocations, and, where valgrind is installed, instructions; beside
//! what the record says that it cost before.
//!
//! Time is this machine's, so the record has the rest alone. What has changed is shown; nothing
//! fails by it. `-- --write` writes the record anew, `-- --json` has a line of JSON a time.

use std::collections::BTreeMap;
use std::env;
use std::fmt::{Display, Write as _};
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

/// Something to be measured.
pub(crate) struct Case {
    /// Before each round, outside all measures; `work` is then done `per_round` times.
    prepare: Box<dyn FnMut(usize)>,
    work: Box<dyn FnMut(usize)>,
}

impl Case {
    /// `work` is called with numbers from 0 on, each once.
    pub(crate) fn new(work: impl FnMut(usize) + 'static) -> Self {
        Self { prepare: Box::new(|_| {}), work: Box::new(work) }
    }

    /// The same, with something to be done before each round.
    #[allow(dead_code, reason = "not every bench has something to prepare")]
    pub(crate) fn prepared(
        prepare: impl FnMut(usize) + 'static,
        work: impl FnMut(usize) + 'static,
    ) -> Self {
        Self { prepare: Box::new(prepare), work: Box::new(work) }
    }
}

/// How often each is done.
#[derive(Clone, Copy)]
pub(crate) struct Effort {
    /// Rounds that are timed; the median counts.
    pub(crate) rounds: usize,
    /// Times in a round.
    pub(crate) per_round: usize,
}

/// Rounds in which allocations are counted.
const COUNTED: usize = 20;
/// Instructions that differ by less are the allocator's moods.
const SAME_PERCENT: f64 = 1.0;
const SKIPPED: &str = "SKIPPED: instructions: valgrind is missing (sudo apt-get install valgrind)";

#[derive(Clone, Copy, PartialEq)]
struct Cost {
    allocations: u64,
    bytes: u64,
    instructions: Option<u64>,
}

/// Makes a case, so that only those that run are made.
pub(crate) type Make = fn() -> Case;

/// Measures all, and shows a line for each.
pub(crate) fn run(bench: &str, effort: Effort, cases: &[(&str, Make)]) {
    let arguments: Vec<String> = env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--once") {
        let wanted = &arguments[at + 1];
        let (_, make) = cases.iter().find(|(name, _)| name == wanted).expect("it is a case");
        return once(make(), effort);
    }
    let mut record = read();
    let has_valgrind = Command::new("valgrind").arg("--version").output().is_ok();
    // Instructions take long, and are no business of who asks for times.
    let has_valgrind = has_valgrind && !is_json();
    if !has_valgrind && !is_json() {
        println!("{SKIPPED}");
    }
    println!("{bench}: medians of {} rounds", effort.rounds);
    for (name, make) in cases {
        let (ns, mut cost) = measure(make(), effort);
        if has_valgrind {
            cost.instructions = instructions(name, effort);
        }
        let before = record.insert(format!("{bench}/{name}"), cost);
        println!("{name:<44} {ns:>8} ns {}{}", shown(cost), changed(before, cost));
        if is_json() {
            figure(&format!("core/{bench}/{name}"), ns, "ns");
        }
    }
    if arguments.iter().any(|argument| argument == "--write") {
        write(&record);
    }
}

/// A number as a line of JSON, for programs.
pub(crate) fn figure(name: &str, value: impl Display, unit: &str) {
    println!(r#"{{"name":"{name}","value":{value},"unit":"{unit}"}}"#);
}

/// The same, and what part it is of another number that was measured beside it.
#[allow(dead_code, reason = "not every bench compares")]
pub(crate) fn beside(name: &str, value: f64, unit: &str, (of, ratio): (&str, f64)) {
    println!(r#"{{"name":"{name}","value":{value},"unit":"{unit}","of":"{of}","ratio":{ratio}}}"#);
}

/// Whether a program reads what is printed.
pub(crate) fn is_json() -> bool {
    env::args().any(|argument| argument == "--json")
}

fn measure(mut case: Case, effort: Effort) -> (u128, Cost) {
    let Effort { rounds, per_round } = effort;
    let mut times = Vec::with_capacity(rounds);
    for round in 0..rounds {
        (case.prepare)(round);
        let begun = Instant::now();
        for n in 0..per_round {
            (case.work)(round * per_round + n);
        }
        times.push(begun.elapsed().as_nanos() / per_round as u128);
    }
    let mut counts = Vec::with_capacity(COUNTED);
    for round in rounds..rounds + COUNTED {
        (case.prepare)(round);
        let info = allocation_counter::measure(|| (case.work)(round * per_round));
        counts.push((info.count_total, info.bytes_total));
    }
    times.sort_unstable();
    counts.sort_unstable();
    let (allocations, bytes) = counts[COUNTED / 2];
    (times[rounds / 2], Cost { allocations, bytes, instructions: None })
}

/// One round, to be looked at by valgrind: after a round that warms up.
fn once(mut case: Case, effort: Effort) {
    for round in 0..2 {
        (case.prepare)(round);
        for n in 0..effort.per_round {
            let n = round * effort.per_round + n;
            if round == 0 { (case.work)(n) } else { zaloxide_measured(&mut *case.work, n) }
        }
    }
}

/// What valgrind counts between its beginning and its end.
#[inline(never)]
fn zaloxide_measured(work: &mut dyn FnMut(usize), n: usize) {
    work(n);
    std::hint::black_box(n);
}

/// Instructions of one piece of work, by a run of this program under valgrind.
fn instructions(name: &str, effort: Effort) -> Option<u64> {
    let out = env::temp_dir().join(format!("callgrind.{}.out", std::process::id()));
    let ran = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=*zaloxide_measured*"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(env::current_exe().ok()?)
        .args(["--once", name])
        .output()
        .ok()?;
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let text = fs::read_to_string(&out).ok()?;
    let _ = fs::remove_file(&out);
    let line = text.lines().find_map(|line| line.strip_prefix("summary: "))?;
    let total: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(total / effort.per_round as u64)
}

fn shown(cost: Cost) -> String {
    let instructions = cost.instructions.map(|count| format!(" {count:>9} instructions"));
    let Cost { allocations, bytes, .. } = cost;
    format!("{allocations:>5} allocations {bytes:>8} bytes{}", instructions.unwrap_or_default())
}

/// What is otherwise than in the record.
fn changed(before: Option<Cost>, now: Cost) -> String {
    let Some(before) = before else { return "  (new)".into() };
    let mut text = String::new();
    if (before.allocations, before.bytes) != (now.allocations, now.bytes) {
        let _ = write!(text, "  (was {} allocations, {} bytes)", before.allocations, before.bytes);
    }
    if let (Some(before), Some(now)) = (before.instructions, now.instructions) {
        #[allow(clippy::cast_precision_loss, reason = "a percentage for people")]
        let percent = (now as f64 / before.max(1) as f64 - 1.0) * 100.0;
        if percent.abs() >= SAME_PERCENT {
            let _ = write!(text, "  (instructions {percent:+.1} %)");
        }
    }
    text
}

fn path() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/record.tsv"))
}

/// A line a case: its name, allocations, bytes, instructions or `-`.
fn read() -> BTreeMap<String, Cost> {
    let text = fs::read_to_string(path()).unwrap_or_default();
    let one = |line: &str| {
        let mut fields = line.split('\t');
        let name = fields.next()?.to_owned();
        let mut number = || fields.next()?.parse().ok();
        let (allocations, bytes) = (number()?, number()?);
        Some((name, Cost { allocations, bytes, instructions: number() }))
    };
    text.lines().filter_map(one).collect()
}

fn write(record: &BTreeMap<String, Cost>) {
    let mut text = String::new();
    for (name, Cost { allocations, bytes, instructions }) in record {
        let instructions = instructions.map_or("-".into(), |count| count.to_string());
        let _ = writeln!(text, "{name}\t{allocations}\t{bytes}\t{instructions}");
    }
    fs::write(path(), text).expect("the record can be written");
}
