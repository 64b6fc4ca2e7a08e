//! Crashes: the real program against a local Zalo, killed, paused, and given failing disks. A book
//! is kept of what it was given and what it promised; at the end every promise is looked at.
//!
//! Build the program first: `cargo build --release`. Then, for example,
//! `cargo run --release -p zaloxide-crash -- kills --kills 500`.

mod agent;
mod book;
mod dice;
mod faults;
mod gateway;
mod journal;
mod kills;
mod load;
mod points;
mod power;
mod report;
mod stage;
mod stops;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use report::Report;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Crashes the program on purpose and looks at what it promised.
#[derive(Debug, Parser)]
struct Crash {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct Common {
    /// Where chance begins; the same one makes the same choices, though not the same moments
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write the report as one object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Kill it at random moments and at named points; stop it until another takes over
    Kills {
        /// How often
        #[arg(long, default_value_t = 20)]
        kills: u32,
        /// How often it is stopped until its lease is old, and let go on
        #[arg(long, default_value_t = 1)]
        stops: u32,
        #[command(flatten)]
        common: Common,
    },
    /// Let each of its system calls that touch the state fail or kill it, in turn
    Faults {
        /// How many points
        #[arg(long, default_value_t = 300)]
        points: u32,
        /// The first of them
        #[arg(long, default_value_t = 0)]
        first: u32,
        #[command(flatten)]
        common: Common,
    },
    /// Cut the power of a disk under it
    Power {
        /// How often
        #[arg(long, default_value_t = 10)]
        cuts: u32,
        /// The disk is seen from here alone, and goes with this process
        #[arg(long, hide = true)]
        alone: bool,
        #[command(flatten)]
        common: Common,
    },
    /// Answers a turn; the program under test runs it
    #[command(hide = true)]
    Agent {
        /// Where each turn is written down
        log: PathBuf,
    },
}

fn main() -> ExitCode {
    match run(Crash::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    let (report, json) = match command {
        Command::Kills { kills, stops, common } => {
            (kills::run(kills, stops, common.seed)?, common.json)
        }
        Command::Faults { points, first, common } => {
            (faults::run(points, first, common.seed), common.json)
        }
        Command::Power { cuts, alone, common } => {
            if !alone && let Some(code) = power::run_alone()? {
                return Ok(code);
            }
            (power::run(cuts, common.seed)?, common.json)
        }
        Command::Agent { log } => {
            agent::answer(&log)?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    Ok(finish(&report, json))
}

fn finish(report: &Report, json: bool) -> ExitCode {
    if json {
        println!("{}", report.json());
    } else {
        println!("{}", report.text());
    }
    if report.is_kept() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
