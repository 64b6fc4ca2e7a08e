//! The command line: plants bugs, and says who found each.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use zaloxide_planted::bug::{self, Bug};
use zaloxide_planted::copy::Copy;
use zaloxide_planted::mutant;
use zaloxide_planted::suite::{self, Found};
use zaloxide_planted::trials::{Fate, Trials};

const USAGE: &str = "\
Usage: zaloxide-planted [--check | --list] [NAME...]
       zaloxide-planted --mutants LIST FOLDER

Plants each bug of tests/planted/bugs.toml, or only the named ones, in a copy of the tree, one at a
time, and says which test found it. Exits 1 when one survives, or does not apply any more.

Options:
  --check    only see that each bug still applies
  --list     print their names
  --mutants  try what `cargo mutants --list --json` has said, and write which were `caught`, `missed` or
             `unviable` to files of these names
  --help     print this
";

fn main() -> ExitCode {
    let names: Vec<String> = std::env::args().skip(1).collect();
    let mut out = io::stdout().lock();
    let ended = match names.first().map(String::as_str) {
        Some("--help" | "-h") => out.write_all(USAGE.as_bytes()).map(|()| true),
        Some("--list") => {
            bug::all().iter().try_for_each(|bug| writeln!(out, "{}", bug.name)).map(|()| true)
        }
        Some("--check") => check(&mut out),
        Some("--mutants") => mutants(&names[1..], &mut out),
        _ => plant(&names, &mut out),
    };
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            // Nobody is there to be told that this could not be written.
            let _ = writeln!(io::stderr(), "zaloxide-planted: {error}");
            ExitCode::from(1)
        }
    }
}

/// Tries mutants.
fn mutants(arguments: &[String], out: &mut impl io::Write) -> io::Result<bool> {
    let [list, folder] = arguments else {
        return Err(io::Error::other("--mutants needs a list and a folder; see --help"));
    };
    let (mutants, folder) = (mutant::list(Path::new(list))?, Path::new(folder));
    fs::create_dir_all(folder)?;
    for name in ["caught", "missed", "unviable"] {
        fs::write(folder.join(name), "")?;
    }
    let copy = Copy::new(&bug::root(), &folder.join("tree"))?;
    let build = std::path::absolute(folder.join("build"))?;
    let trials = Trials { copy: &copy, build };
    trials.run(&mutants, |mutant, fate| {
        let (name, by) = match fate {
            Fate::Caught(by) => ("caught", by.as_str()),
            Fate::Missed => ("missed", ""),
            Fate::Unviable => ("unviable", ""),
        };
        let mut file = OpenOptions::new().append(true).open(folder.join(name))?;
        writeln!(file, "{}", mutant.name)?;
        writeln!(out, "{name:<8} {:<90} {by}", mutant.name)?;
        out.flush()
    })?;
    Ok(true)
}

/// Sees that each bug applies.
fn check(out: &mut impl io::Write) -> io::Result<bool> {
    let bugs = bug::all();
    for bug in &bugs {
        bug.planted(&bug::root())?;
    }
    writeln!(out, "{} bugs apply", bugs.len())?;
    Ok(true)
}

fn plant(names: &[String], out: &mut impl io::Write) -> io::Result<bool> {
    let bugs = bug::all();
    if let Some(unknown) = names.iter().find(|name| bugs.iter().all(|bug| bug.name != **name)) {
        return Err(io::Error::other(format!("no bug `{unknown}`; see --list")));
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let home = target.unwrap_or_else(|| bug::root().join("target")).join("planted");
    let copy = Copy::new(&bug::root(), &home.join("tree"))?;
    let build = std::path::absolute(home.join("build"))?;
    if let found @ (Found::By(..) | Found::NoBuild(_)) = suite::run(&copy.root, &build)? {
        return Err(io::Error::other(format!("the suite fails without a bug: {found:?}")));
    }
    let mut survived = 0;
    let chosen: Vec<&Bug> =
        bugs.iter().filter(|bug| names.is_empty() || names.contains(&bug.name)).collect();
    for bug in &chosen {
        let began = Instant::now();
        copy.plant(&bug.file, &bug.planted(&bug::root())?)?;
        let found = suite::run(&copy.root, &build);
        copy.mend(&bug.file)?;
        let (verdict, by) = match found? {
            Found::By(part, who) => ("found", format!("{part}: {who}")),
            Found::NoBuild(why) => ("NO BUILD", why),
            Found::Nothing => ("SURVIVED", String::new()),
        };
        survived += u32::from(verdict != "found");
        let seconds = began.elapsed().as_secs();
        writeln!(out, "{verdict:<8} {seconds:>4} s  {:<42} {by}", bug.name)?;
        out.flush()?;
    }
    writeln!(out, "{} bugs planted, {survived} not found", chosen.len())?;
    Ok(survived == 0)
}
