//! `Trials`: every mutant against core's tests and the conformance cases. Those that can be written
//! beside what they replace are built together; each other one costs a build of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::copy::Copy;
use crate::mutant::Mutant;
use crate::schemata;

/// What tests a mutant.
const TESTS: [&str; 7] = [
    "test",
    "--package=zaloxide-core",
    "--package=zaloxide-conformance",
    "--lib",
    "--tests",
    "--no-run",
    "--message-format=json",
];
const CHECK: [&str; 4] = ["check", "--package=zaloxide-core", "--lib", "--message-format=json"];
/// Processor seconds that a program of tests may take: the longest takes one.
const SECONDS_MAX: &str = "5";
/// Lines above an error in which the mutant stands that is at fault.
const LINES_AROUND: usize = 8;

/// What became of a mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A test fails, or runs for ever: of this program.
    Caught(String),
    /// No test does.
    Missed,
    /// It does not compile.
    Unviable,
}

/// A program of tests.
struct Program {
    name: String,
    path: PathBuf,
    /// Where cargo would run it.
    folder: PathBuf,
}

/// A copy of the tree, and where it is built.
pub struct Trials<'a> {
    /// Core, and what tests it.
    pub copy: &'a Copy,
    /// What cargo builds it in.
    pub build: PathBuf,
}

impl Trials<'_> {
    /// Tries all of them; `tell` hears of each when its fate is known.
    ///
    /// # Errors
    /// Cargo can't be started, a file can't be written, or the tests fail without a mutant.
    pub fn run(
        &self,
        mutants: &[Mutant],
        mut tell: impl FnMut(&Mutant, &Fate) -> io::Result<()>,
    ) -> io::Result<()> {
        let planted = self.plant(mutants)?;
        let programs = self.programs()?;
        let Some(mut programs) = programs else {
            return Err(io::Error::other("core's tests do not build with the mutants in them"));
        };
        if let Fate::Caught(by) = tried(&mut programs, 0)? {
            return Err(io::Error::other(format!("{by} fails without a mutant")));
        }
        let (together, alone): (Vec<_>, Vec<_>) =
            mutants.iter().partition(|mutant| planted.contains(&mutant.number));
        for mutant in together {
            tell(mutant, &tried(&mut programs, mutant.number)?)?;
        }
        self.mend(mutants)?;
        for mutant in alone {
            tell(mutant, &self.alone(mutant)?)?;
        }
        Ok(())
    }

    /// Plants all that can be, and says which those are.
    fn plant(&self, mutants: &[Mutant]) -> io::Result<BTreeSet<u32>> {
        let mut unfit = BTreeSet::new();
        let root = "core/src/lib.rs";
        self.copy.plant(root, &(self.copy.original(root)? + schemata::ASKED))?;
        loop {
            let mut planted = BTreeSet::new();
            for (file, there) in by_file(mutants) {
                let fit = there.into_iter().filter(|mutant| !unfit.contains(&mutant.number));
                let done = schemata::plant(&self.copy.original(file)?, fit);
                let done = done.map_err(|error| io::Error::other(format!("{file}: {error}")))?;
                self.copy.plant(file, &done.text)?;
                planted.extend(done.numbers);
            }
            let said = self.cargo(&CHECK)?;
            if said.status.success() {
                return Ok(planted);
            }
            let before = unfit.len();
            unfit.extend(self.at_fault(&said));
            if unfit.len() == before {
                let said = String::from_utf8_lossy(&said.stderr).into_owned();
                return Err(io::Error::other(format!("core does not build: {said}")));
            }
        }
    }

    /// The mutants that stand where the compiler complains.
    fn at_fault(&self, said: &Output) -> BTreeSet<u32> {
        let mut found = BTreeSet::new();
        for error in messages(said).filter(|message| message["message"]["level"] == "error") {
            for span in error["message"]["spans"].as_array().into_iter().flatten() {
                let line = span["line_start"].as_u64().and_then(|line| usize::try_from(line).ok());
                let file = span["file_name"].as_str().unwrap_or_default();
                let Ok(text) = fs::read_to_string(self.copy.root.join(file)) else { continue };
                let above: Vec<&str> = text.lines().take(line.unwrap_or(0)).collect();
                let near = above.iter().rev().take(LINES_AROUND);
                let first = near.map(|line| schemata::asked(line).collect::<Vec<_>>());
                found.extend(
                    first.into_iter().find(|numbers| !numbers.is_empty()).unwrap_or_default(),
                );
            }
        }
        found
    }

    /// A mutant on its own, as text.
    fn alone(&self, mutant: &Mutant) -> io::Result<Fate> {
        let text = mutant.changed(&self.copy.original(&mutant.file)?);
        self.copy.plant(&mutant.file, &text)?;
        let viable = self.cargo(&CHECK)?.status.success();
        let programs = if viable { self.programs()? } else { None };
        let fate = programs.map_or(Ok(Fate::Unviable), |mut programs| tried(&mut programs, 0));
        self.copy.mend(&mutant.file)?;
        fate
    }

    fn mend(&self, mutants: &[Mutant]) -> io::Result<()> {
        let files = by_file(mutants).into_keys().chain(["core/src/lib.rs"]);
        files.into_iter().try_for_each(|file| self.copy.mend(file))
    }

    /// Builds the tests: nothing when they do not compile.
    fn programs(&self) -> io::Result<Option<Vec<Program>>> {
        let said = self.cargo(&TESTS)?;
        if !said.status.success() {
            return Ok(None);
        }
        let program = |message: Value| {
            let manifest = Path::new(message["manifest_path"].as_str()?);
            Some(Program {
                name: String::from(message["target"]["name"].as_str()?),
                path: PathBuf::from(message["executable"].as_str()?),
                folder: manifest.parent()?.to_owned(),
            })
        };
        let tests = messages(&said).filter(|message| message["profile"]["test"] == true);
        let mut programs: Vec<Program> = tests.filter_map(program).collect();
        // The longest last.
        let long = ["chunks", "cases", "full"];
        programs.sort_by_key(|program| long.iter().position(|name| *name == program.name));
        Ok(Some(programs))
    }

    fn cargo(&self, arguments: &[&str]) -> io::Result<Output> {
        Command::new("cargo")
            .args(arguments)
            .current_dir(&self.copy.root)
            .env("CARGO_TARGET_DIR", &self.build)
            .env("CARGO_INCREMENTAL", "1")
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("CARGO_PROFILE_DEV_OPT_LEVEL", "1")
            .env("RUSTFLAGS", "--cap-lints=allow")
            .stdin(Stdio::null())
            .output()
    }
}

/// Runs the tests until one fails, which comes first the next time: neighbours are caught alike. Time
/// is the processor's: a busy machine catches nothing.
fn tried(programs: &mut [Program], number: u32) -> io::Result<Fate> {
    for (place, Program { name, path, folder }) in programs.iter().enumerate() {
        let limited = format!("ulimit -t {SECONDS_MAX}; exec \"$0\" --quiet --test-threads=1");
        let status = Command::new("sh")
            .args(["-c", &limited])
            .arg(path)
            .current_dir(folder)
            .env("CARGO_MANIFEST_DIR", folder)
            .env("ZALOXIDE_MUTANT", number.to_string())
            .env("INSTA_UPDATE", "no")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        if !status.success() {
            let fate = Fate::Caught(name.clone());
            programs[..=place].rotate_right(1);
            return Ok(fate);
        }
    }
    Ok(Fate::Missed)
}

fn by_file(mutants: &[Mutant]) -> BTreeMap<&str, Vec<&Mutant>> {
    let mut files: BTreeMap<&str, Vec<&Mutant>> = BTreeMap::new();
    for mutant in mutants {
        files.entry(&mutant.file).or_default().push(mutant);
    }
    files
}

fn messages(said: &Output) -> impl Iterator<Item = Value> {
    said.stdout.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok())
}
