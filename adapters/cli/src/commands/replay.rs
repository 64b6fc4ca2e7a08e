//! `replay`: runs a recorded file through the core.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read};
use std::path::PathBuf;

use clap::Args;
use zaloxide::record_file::{ReplayError, replay};

use crate::context::Context;
use crate::exit::{Exit, Failure};

const EXAMPLES: &str = "\
Examples:
  zaloxide run --agent echo --record bot.jsonl
  zaloxide replay bot.jsonl | grep '\"type\":\"drop\"'

The core is a function of what happened: the same file gives the same actions, to the byte.";

/// Run a recorded file through the core: events as JSON lines in, actions as JSON lines out
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Replay {
    /// What `run --record` wrote; `-` for standard input
    file: PathBuf,
}

pub(crate) fn run(args: &Replay, _: &Context) -> Result<Exit, Failure> {
    let from: Box<dyn Read> = if args.file.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        let open = File::open(&args.file);
        let path = args.file.display();
        Box::new(open.map_err(|error| Failure::failed(format!("can't read {path}: {error}")))?)
    };
    let to = BufWriter::new(io::stdout().lock());
    match replay(BufReader::new(from), to) {
        Ok(()) => Ok(Exit::Done),
        Err(ReplayError::Write(error)) => Err(Failure::Output(error)),
        Err(ReplayError::Line { number, reason }) => Err(Failure::failed(format!(
            "{}, line {number}: {}: was it written by `run --record`?",
            args.file.display(),
            zaloxide::escape::shown(&reason)
        ))),
        Err(error) => Err(Failure::failed(format!("{}: {error}", args.file.display()))),
    }
}
