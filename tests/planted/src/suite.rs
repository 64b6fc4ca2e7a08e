//! `Suite`: what is there to find bugs, cheapest first, and which of it found one.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

/// A part of the suite: its name, what cargo is told, and whether it is a test or a program.
type Part = (&'static str, &'static [&'static str]);

const PARTS: [Part; 3] = [
    ("conformance", &["test", "--package", "zaloxide-conformance", "--test", "cases"]),
    ("core", &["test", "--package", "zaloxide-core", "--lib", "--tests", "--no-fail-fast"]),
    ("simulator", &["run", "--package", "zaloxide-simulator", "--", "--seeds", SEEDS]),
];
/// Worlds that are tried.
const SEEDS: &str = "60";
/// What a bug that loops for ever is given, in seconds.
const SECONDS_MAX: &str = "300";
/// The first build takes whatever all it stands on takes.
const BUILD_SECONDS_MAX: &str = "1800";

/// Characters of what is shown of a failure.
const LINE_CHARS_MAX: usize = 200;

/// What the suite says of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// This part found a bug, in these words.
    By(&'static str, String),
    /// Nothing did.
    Nothing,
    /// It does not compile.
    NoBuild(String),
}

/// Runs the suite in a tree until a part of it fails.
///
/// # Errors
/// Cargo can't be started.
pub fn run(tree: &Path, target: &Path) -> io::Result<Found> {
    for (name, arguments) in PARTS {
        let mut build: Vec<&str> = arguments.to_vec();
        match name {
            "simulator" => build = vec!["build", "--package", "zaloxide-simulator"],
            _ => build.push("--no-run"),
        }
        let built = cargo(tree, target, &build, BUILD_SECONDS_MAX)?;
        if !built.0 {
            return Ok(Found::NoBuild(first(&built.1, |line| line.starts_with("error"))));
        }
        let (passed, said) = cargo(tree, target, arguments, SECONDS_MAX)?;
        if !passed {
            return Ok(Found::By(name, who(name, &said)));
        }
    }
    Ok(Found::Nothing)
}

fn cargo(
    tree: &Path,
    target: &Path,
    arguments: &[&str],
    seconds_max: &str,
) -> io::Result<(bool, String)> {
    let output = Command::new("timeout")
        .args(["--kill-after=5", seconds_max, "cargo"])
        .args(arguments)
        .current_dir(tree)
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_INCREMENTAL", "1")
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("RUSTFLAGS", "--cap-lints=allow")
        .stdin(Stdio::null())
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    Ok((output.status.success(), said.into_owned()))
}

/// The first thing that failed.
fn who(part: &str, said: &str) -> String {
    match part {
        // A case's file, from its folder on.
        "conformance" => {
            let line = first(said, |line| line.contains("cases/") && line.contains(".json"));
            let case = line.split("cases/").last().unwrap_or_default();
            case.split(':').next().unwrap_or_default().to_owned()
        }
        "core" => {
            let line = first(said, |line| line.starts_with("test ") && line.ends_with("FAILED"));
            line.trim_start_matches("test ").split(" ... ").next().unwrap_or_default().to_owned()
        }
        _ => first(said, |line| line.contains("seed ")),
    }
}

fn first(said: &str, wanted: impl Fn(&str) -> bool) -> String {
    let line = said.lines().map(str::trim).find(|line| wanted(line));
    let line = line.unwrap_or("it did not end well");
    line.chars().take(LINE_CHARS_MAX).collect()
}
