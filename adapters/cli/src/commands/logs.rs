//! `logs`: what the gateway has logged, and what it logs.

mod choice;
mod reader;

use std::fs;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use clap::Args;

use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::log::Line;
use choice::Choice;
use reader::Reader;
use zaloxide::signals::Signals;

/// How often it is looked for new lines.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// Lines that are shown when nothing else is said.
const LINES: usize = 200;

const EXAMPLES: &str = "\
Examples:
  zaloxide logs --follow
  zaloxide logs --since 2h --level warn
  zaloxide logs --chat 6ede9afa66b88fe6d6a9 --json | jq .text

The file is zaloxide.log in the state directory, or the configuration's log.file; `--path` prints
its name. At log.maxMb (20) it is begun anew, and one older file is kept; both are read. It holds
one JSON object a line. What people wrote and secrets are never in it. No gateway need run.";

/// Show the log of the gateway, as it is written if you like
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Logs {
    /// Go on with what is written from now on, until Ctrl-C
    #[arg(short, long)]
    follow: bool,
    /// The last so many lines of those chosen [default: 200; with --since: all]
    #[arg(short = 'n', long, value_name = "N")]
    lines: Option<usize>,
    #[command(flatten)]
    choice: Choice,
    /// Print the name of the file, and nothing else
    #[arg(long, conflicts_with_all = ["follow", "lines", "chat", "level", "since"])]
    path: bool,
}

pub(crate) fn run(args: &Logs, context: &Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let path = context.log_file(&config.log);
    if args.path {
        if context.out.is_json() {
            context.out.json(&serde_json::json!({"path": path}))?;
        } else {
            context.out.line(path.display())?;
        }
        return Ok(Exit::Done);
    }
    let chosen = args.choice.for_account(context.global.account.as_deref());
    // Before the first line is shown: who has seen it may end it.
    let (tell, told) = channel();
    let watch = || Signals::watch(move |_| tell.send(()).unwrap_or_default());
    let _signals =
        if args.follow { Some(watch().map_err(|error| unwatched(&error))?) } else { None };

    let mut reader = Reader::open(&path).map_err(|error| unreadable(&path, &error))?;
    let all = if args.choice.has_since() { usize::MAX } else { LINES };
    let last = reader.last(args.lines.unwrap_or(all), |line| chosen.has(line));
    for line in last.map_err(|error| unreadable(&path, &error))? {
        show(&line, context)?;
    }
    while args.follow && !is_reader_gone() {
        while let Some(line) = reader.next_line().map_err(|error| unreadable(&path, &error))? {
            if chosen.has(&line) {
                show(&line, context)?;
            }
        }
        match told.recv_timeout(LOOK_AGAIN) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) => break,
            // Signals end the process themselves here.
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(LOOK_AGAIN),
        }
    }
    Ok(Exit::Done)
}

fn show(line: &Line, context: &Context) -> Result<(), Failure> {
    if context.out.is_json() {
        context.out.json(line)
    } else {
        context.out.line(line.human(context.out.has_colours()))
    }
}

fn unwatched(error: &std::io::Error) -> Failure {
    Failure::failed(format!("can't wait for signals: {error}"))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    let shown = path.display();
    if error.kind() == std::io::ErrorKind::NotFound && fs::symlink_metadata(path).is_err() {
        return Failure::failed(format!(
            "there is no log at {shown}: `zaloxide run` writes it; another one's directory is named \
             with --state-dir, or its configuration with --config"
        ));
    }
    Failure::failed(format!("can't read the log {shown}: {error}"))
}

/// Whether standard output is a pipe that nobody reads any more. Writing would tell too, but there
/// may be nothing to write for a long time.
#[cfg(unix)]
fn is_reader_gone() -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    let out = std::io::stdout();
    let mut fds = [PollFd::new(&out, PollFlags::empty())];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut fds, Some(&now)).is_ok()
        && fds.iter().any(|fd| fd.revents().intersects(PollFlags::ERR | PollFlags::NVAL))
}

#[cfg(not(unix))]
fn is_reader_gone() -> bool {
    false
}
