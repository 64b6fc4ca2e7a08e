//! `show FILE...`: runs cases and prints what the channel does at each step, to help write them.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use zaloxide_conformance::{Case, run};

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    let command = args.next();
    let files: Vec<PathBuf> = args.map(PathBuf::from).collect();
    let mut out = io::stdout().lock();
    let shown = match command {
        Some(command) if command == "show" && !files.is_empty() => show(&mut out, &files),
        _ => {
            let usage = "usage: zaloxide-conformance show FILE...\n";
            return io::stderr()
                .write_all(usage.as_bytes())
                .map_or(ExitCode::FAILURE, |()| 2.into());
        }
    };
    match shown {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) | Err(_) => ExitCode::FAILURE,
    }
}

/// Says whether all of them are as they should be.
fn show(out: &mut impl Write, files: &[PathBuf]) -> io::Result<bool> {
    let mut well = true;
    for file in files {
        writeln!(out, "{}", file.display())?;
        let case = match Case::load(file) {
            Ok(case) => case,
            Err(error) => {
                writeln!(out, "  {error}")?;
                well = false;
                continue;
            }
        };
        let ran = run(&case);
        for (index, (actions, timeout)) in ran.actions.iter().zip(&ran.timeouts).enumerate() {
            writeln!(out, "  step {}", index + 1)?;
            for action in actions {
                writeln!(out, "    {action}")?;
            }
            writeln!(out, "    timeout {timeout}")?;
        }
        for failure in &ran.failures {
            write!(out, "{failure}")?;
        }
        well &= ran.failures.is_empty();
    }
    Ok(well)
}
