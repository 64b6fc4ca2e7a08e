//! The command line: so many worlds, from such a seed on.

use std::io::{self, IsTerminal, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use zaloxide_simulator::fleet::{self, Evidence};
use zaloxide_simulator::report::Report;
use zaloxide_simulator::run::{self, Ended, How};
use zaloxide_simulator::script::Script;

const USAGE: &str = "\
Usage: zaloxide-simulator [--seeds N] [--first-seed M] [--json]
       zaloxide-simulator --sweep --first-seed M [--json]
       zaloxide-simulator --log --first-seed M
       zaloxide-simulator --script FILE

Runs N simulated worlds (100) with the seeds from M (0) on and prints what happened in them.
Exits 1 when a promise was broken. Broken worlds are shrunk, and for each one there is a file
SEED.script, which --script runs again, and SEED.jsonl, which `zaloxide replay` shows.

Options:
  --seeds N       how many worlds
  --first-seed M  the seed of the first
  --json          print one JSON object
  --out DIR       where the files of broken worlds go (target/simulator)
  --sweep         run the world of the first seed once for each of its actions, and have the program
                  die there
  --log           print every event and action of the world of the first seed, as JSON lines
  --script FILE   print every event and action of a script's world
  --help          print this
";

struct Options {
    seeds: u64,
    first_seed: u64,
    json: bool,
    out: PathBuf,
    sweep: bool,
    log: bool,
    script: Option<PathBuf>,
}

fn options(mut args: impl Iterator<Item = String>) -> Result<Option<Options>, String> {
    let mut options = Options {
        seeds: 100,
        first_seed: 0,
        json: false,
        out: PathBuf::from("target/simulator"),
        sweep: false,
        log: false,
        script: None,
    };
    while let Some(arg) = args.next() {
        let mut value = |what| args.next().ok_or_else(|| format!("{arg} needs {what}"));
        let number = |value: String| {
            value.parse().map_err(|_| format!("{arg} needs a number, not `{value}`"))
        };
        match arg.as_str() {
            "--seeds" => options.seeds = number(value("a number")?)?,
            "--first-seed" => options.first_seed = number(value("a number")?)?,
            "--out" => options.out = PathBuf::from(value("a directory")?),
            "--script" => options.script = Some(PathBuf::from(value("a file")?)),
            "--json" => options.json = true,
            "--sweep" => options.sweep = true,
            "--log" => options.log = true,
            "--help" | "-h" => return Ok(None),
            _ => return Err(format!("unknown argument `{arg}`; see --help")),
        }
    }
    Ok(Some(options))
}

fn main() -> ExitCode {
    match options(std::env::args().skip(1)) {
        Ok(None) => end(io::stdout().write_all(USAGE.as_bytes()), 0),
        Ok(Some(Options { script: Some(path), .. })) => {
            let read = std::fs::read_to_string(&path).map_err(|error| error.to_string());
            match read.and_then(|text| Script::from_lines(&text)) {
                Ok(script) => show(&run::script(&script, How::logged())),
                Err(text) => complain(&format!("{}: {text}", path.display())),
            }
        }
        Ok(Some(options)) if options.log => show(&run::seed(options.first_seed, How::logged()).0),
        Ok(Some(options)) => simulate(&options),
        Err(text) => complain(&text),
    }
}

fn complain(text: &str) -> ExitCode {
    end(writeln!(io::stderr(), "zaloxide-simulator: {text}"), 2)
}

/// The log of one world.
fn show(ended: &Ended) -> ExitCode {
    let mut written = io::stdout().lock().write_all(ended.written.log.as_bytes());
    if let Some(violation) = &ended.violation {
        written = written.and_then(|()| writeln!(io::stderr(), "{violation}"));
    }
    end(written, u8::from(ended.violation.is_some()))
}

fn simulate(options: &Options) -> ExitCode {
    let began = Instant::now();
    let terminal = io::stderr().is_terminal();
    let progress = |done: u64| {
        if terminal && done.is_multiple_of(100) {
            // Nobody is there to be told that this could not be written.
            let _ = write!(io::stderr(), "\r{done} worlds");
        }
    };
    let mut report = if options.sweep {
        fleet::sweep(options.first_seed, progress)
    } else {
        fleet::worlds(options.first_seed, options.seeds, progress)
    };
    report.took(began.elapsed());
    if terminal {
        let _ = write!(io::stderr(), "\r");
    }
    let mut out = io::stdout().lock();
    let mut written = if options.json {
        let json = serde_json::to_string(&report).expect("a report has a JSON form");
        writeln!(out, "{json}")
    } else {
        writeln!(out, "{report}")
    };
    if report.violations > 0 {
        written = written.and(keep(options, &report));
    }
    end(written, u8::from(report.violations > 0))
}

/// Keeps what shows the broken worlds, as small as they could be made.
fn keep(options: &Options, report: &Report) -> io::Result<()> {
    std::fs::create_dir_all(&options.out)?;
    for Evidence { seed, text, script, record } in fleet::evidence(report, options.sweep) {
        let file = |end: &str| options.out.join(format!("{seed}.{end}"));
        std::fs::write(file("script"), script)?;
        std::fs::write(file("jsonl"), record)?;
        let (script, record) = (file("script"), file("jsonl"));
        let mut to = io::stderr().lock();
        writeln!(to, "seed {seed}: {text}")?;
        writeln!(to, "  zaloxide-simulator --script {}", script.display())?;
        writeln!(to, "  zaloxide replay {}", record.display())?;
    }
    Ok(())
}

/// A closed pipe is no reason to complain; what was found counts.
fn end(written: io::Result<()>, code: u8) -> ExitCode {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::from(1),
        _ => ExitCode::from(code),
    }
}
