//! `config`: what the configuration says, whether it can be used, and having it read again.

mod check;
#[cfg(unix)]
mod reload;
mod schema;

use clap::{Args, Subcommand};

use crate::context::Context;
use crate::exit::{Exit, Failure};

const EXAMPLES: &str = "\
Examples:
  zaloxide config check
  zaloxide config check --config ~/.openclaw/openclaw.json";

const SCHEMA: &str = "\
Examples:
  zaloxide config schema > zaloxide.schema.json

Many editors read it where the configuration says: \"$schema\": \"./zaloxide.schema.json\"";

#[cfg(unix)]
const RELOADS: &str = "\
Accounts that are new begin, those that are gone end, those that differ change; the others are not
touched. What waits in an account that ends goes on when it is back. A configuration that can't be
used changes nothing. Keys about the whole process (webhook.listen, ops.listen, agent, log, ...)
need a restart, and are named. The certificates of webhook.tls are read again too.";

/// Check the configuration; have a gateway read it again
#[derive(Debug, Args)]
pub(crate) struct Config {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Read the configuration and show all that is wrong with it; exits 3 if it can't be used
    #[command(after_help = EXAMPLES)]
    Check,
    /// Print the JSON Schema of a configuration, for editors that complete and explain keys
    #[command(after_help = SCHEMA)]
    Schema,
    /// Have the gateway that runs read the configuration again and do what it says now
    #[cfg(unix)]
    #[command(after_help = RELOADS)]
    Reload,
}

pub(crate) fn run(args: &Config, context: &Context) -> Result<Exit, Failure> {
    match args.command {
        ConfigCommand::Check => check::run(context),
        ConfigCommand::Schema => schema::run(context),
        #[cfg(unix)]
        ConfigCommand::Reload => reload::run(context),
    }
}
