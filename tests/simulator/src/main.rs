//! The command line: so many worlds, from such a seed on.

use std::io::{self, IsTerminal, Write as _};
use std::process::ExitCode;
use std::time::Instant;

use zaloxide_simulator::run;

const USAGE: &str = "\
Usage: zaloxide-simulator [--seeds N] [--first-seed M] [--json] [--log]

Runs N simulated worlds (100) with the seeds from M (0) on and prints what happened in them.
Exits 1 when a promise was broken; each broken world is named with the command that shows it again.

Options:
  --seeds N       how many worlds
  --first-seed M  the seed of the first
  --json          print one JSON object
  --log           print every event and action of the world with the first seed, as JSON lines
  --help          print this
";

struct Options {
    seeds: u64,
    first_seed: u64,
    json: bool,
    log: bool,
}

fn options(mut args: impl Iterator<Item = String>) -> Result<Option<Options>, String> {
    let mut options = Options { seeds: 100, first_seed: 0, json: false, log: false };
    while let Some(arg) = args.next() {
        let mut number = || {
            let value = args.next().ok_or_else(|| format!("{arg} needs a number"))?;
            value.parse().map_err(|_| format!("{arg} needs a number, not `{value}`"))
        };
        match arg.as_str() {
            "--seeds" => options.seeds = number()?,
            "--first-seed" => options.first_seed = number()?,
            "--json" => options.json = true,
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
        Ok(Some(options)) => simulate(&options),
        Err(text) => end(writeln!(io::stderr(), "zaloxide-simulator: {text}"), 2),
    }
}

fn simulate(options: &Options) -> ExitCode {
    if options.log {
        let (ended, _) = run::seed(options.first_seed, run::How::logged());
        let mut out = io::stdout().lock();
        let mut written = out.write_all(ended.written.log.as_bytes());
        if let Some(violation) = &ended.violation {
            written = written.and_then(|()| writeln!(io::stderr(), "{violation}"));
        }
        return end(written, u8::from(ended.violation.is_some()));
    }
    let began = Instant::now();
    let terminal = io::stderr().is_terminal();
    let report = run::worlds(options.first_seed, options.seeds, |done| {
        if terminal && done.is_multiple_of(100) {
            // Nobody is there to be told that this could not be written.
            let _ = write!(io::stderr(), "\r{done} of {} worlds", options.seeds);
        }
    });
    let seconds = began.elapsed().as_secs_f64();
    let mut out = io::stdout().lock();
    let written = if options.json {
        let json = serde_json::to_string(&report).expect("a report has a JSON form");
        writeln!(out, "{json}")
    } else {
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = report.tally.events as f64 / seconds;
        if terminal {
            let _ = write!(io::stderr(), "\r");
        }
        writeln!(out, "{report}\n{seconds:.1} s, {rate:.0} events a second")
    };
    end(written, u8::from(report.violations > 0))
}

/// A closed pipe is no reason to complain; what was found counts.
fn end(written: io::Result<()>, code: u8) -> ExitCode {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::from(1),
        _ => ExitCode::from(code),
    }
}
