//! The commands, one a file.

#[cfg(unix)]
mod capabilities;
#[cfg(unix)]
pub(crate) mod channels;
#[cfg(unix)]
pub(crate) mod chats;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod dev;
#[cfg(unix)]
pub(crate) mod doctor;
pub(crate) mod emulator;
#[cfg(unix)]
pub(crate) mod forget;
#[cfg(unix)]
pub(crate) mod import;
pub(crate) mod logs;
pub(crate) mod man;
#[cfg(unix)]
pub(crate) mod message;
#[cfg(unix)]
pub(crate) mod pairing;
#[cfg(unix)]
pub(crate) mod quota;
pub(crate) mod replay;
pub(crate) mod run;
pub(crate) mod state;
#[cfg(unix)]
pub(crate) mod turns;
#[cfg(unix)]
pub(crate) mod webhook;

use crate::cli::Command;
use crate::context::Context;
use crate::exit::{Exit, Failure};

/// The one channel there is, for who names it.
#[cfg(unix)]
const CHANNEL: [&str; 1] = ["zalo"];

/// Runs a command.
///
/// # Errors
/// It did not do what it was asked to.
pub(crate) fn run(command: Command, context: &Context) -> Result<Exit, Failure> {
    match command {
        Command::Dev(args) => dev::run(&args, context),
        Command::Emulator(args) => emulator::run(args, context),
        Command::Run(args) => run::run(args, context),
        Command::Config(args) => config::run(&args, context),
        #[cfg(unix)]
        Command::Channels(args) => channels::run(&args, context),
        #[cfg(unix)]
        Command::Webhook(args) => webhook::run(&args, context),
        #[cfg(unix)]
        Command::Doctor(args) => doctor::run(&args, context),
        Command::Logs(args) => logs::run(&args, context),
        #[cfg(unix)]
        Command::Pairing(args) => pairing::run(args, context),
        #[cfg(unix)]
        Command::Forget(args) => forget::run(&args, context),
        #[cfg(unix)]
        Command::Message(args) => message::run(args, context),
        #[cfg(unix)]
        Command::Turns(args) => turns::run(&args, context),
        #[cfg(unix)]
        Command::Chats(args) => chats::run(args, context),
        #[cfg(unix)]
        Command::Quota(args) => quota::run(&args, context),
        #[cfg(unix)]
        Command::Import(args) => import::run(args, context),
        Command::State(args) => state::run(&args, context),
        Command::Replay(args) => replay::run(&args, context),
        Command::Completions(args) => completions::run(&args, context),
        Command::Man(args) => man::run(&args, context),
    }
}
