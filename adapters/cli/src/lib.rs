//! The program `zaloxide`, as a library: [`main`] is all of it.
//!
//! Each command is a file under `commands/`; `dev`, which has a stage, a screen and a script, also
//! has a folder of its own. Nothing here decides anything about messages: commands start the
//! engine, or ask one that runs.

mod accounts;
#[cfg(unix)]
mod ask;
mod cli;
mod clock;
mod commands;
mod context;
mod dev;
mod exit;
mod log;
pub mod manual;
#[cfg(unix)]
mod openclaw;
mod output;
mod supervisor;
mod table;
mod target;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use cli::Cli;
use context::Context;
use exit::{Exit, Failure};

/// Runs a command line, the program's name first, and says with which code to exit: 0 done,
/// 1 refused or failed, 2 wrong usage, 3 wrong configuration. `dev -- PROGRAM` has the program's.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    zaloxide::signals::survive_file_size_limit();
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return not_parsed(&error).into(),
    };
    let context = Context::new(cli.global);
    let result = commands::run(cli.command, &context);
    result.unwrap_or_else(|failure| report(&failure, &context)).into()
}

/// Help, the version, or what is wrong with the command line.
fn not_parsed(error: &clap::Error) -> Exit {
    let text = error.render().to_string();
    let shown = zaloxide::escape::lines(&text);
    // What somebody typed or pasted is repeated in it.
    let printed = if text == shown || !error.use_stderr() {
        error.print()
    } else {
        write!(io::stderr().lock(), "{shown}")
    };
    match printed {
        Err(failed) if !error.use_stderr() => Failure::from(failed).exit(),
        _ if error.use_stderr() => Exit::Usage,
        _ => Exit::Done,
    }
}

/// Says what failed: on standard error for people, as one object on standard output for programs.
fn report(failure: &Failure, context: &Context) -> Exit {
    if let Some(message) = failure.message() {
        if context.out.is_json() && !matches!(failure, Failure::Output(_)) {
            // Whether or not somebody reads it, the exit code says it too.
            let _ = context.out.json(&failure.object(&message));
        } else {
            let _ = writeln!(io::stderr().lock(), "{message}");
        }
    }
    failure.exit()
}
