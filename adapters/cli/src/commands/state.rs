//! `state`: what is kept, as files.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;
use zaloxide::escape::shown;
use zaloxide::store::Sqlite;

use crate::context::Context;
use crate::exit::{Exit, Failure};

const EXAMPLES: &str = "\
Examples:
  zaloxide state backup zaloxide-monday.db
To start from a backup: end the gateway, move the state directory away, put the backup into a new
one (mode 700) as zaloxide.db, start the gateway. What happened since the backup is not in it:
messages answered since then may be answered again, approvals are missing.";

/// Copy what is kept to a file, also while the gateway runs
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct State {
    #[command(subcommand)]
    command: StateCommand,
}

#[derive(Debug, Subcommand)]
enum StateCommand {
    /// Copy approvals, open messages and the rest to a new file. It holds what people wrote
    Backup {
        /// The new file
        file: PathBuf,
    },
}

pub(crate) fn run(args: &State, context: &Context) -> Result<Exit, Failure> {
    let StateCommand::Backup { file } = &args.command;
    let database = context.database();
    if !database.exists() {
        let message = format!("there is no state in {}", context.state_dir().display());
        return Err(Failure::failed(format!("{message}: name its directory with --state-dir")));
    }
    let backup = Sqlite::backup(&database, file).map_err(Failure::failed)?;
    if context.out.is_json() {
        context.out.json(&json!({"file": file, "bytes": backup.bytes}))?;
    } else {
        let kib = backup.bytes.div_ceil(1_024);
        context.out.line(format!("copied to {}: {kib} KiB", shown(&file.to_string_lossy())))?;
    }
    Ok(Exit::Done)
}
