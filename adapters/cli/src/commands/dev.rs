//! `dev`: a bot and a local Zalo, to be tried by hand, by a script, or with a program of one's own.

use std::ffi::OsString;

use clap::Args;

use crate::context::Context;
use crate::dev::{program, script, talk};
use crate::exit::{Exit, Failure};
use crate::log;

const EXAMPLES: &str = "\
Examples:
  zaloxide dev                        you write as a Zalo user, an echo bot answers
  zaloxide dev --script               the same, played without a person
  zaloxide dev -- python my_bot.py    your own bot, in any language, instead of ours

Your own program gets ZALO_API_URL and ZALO_BOT_TOKEN; dev ends with it and has its exit code.
Nothing leaves this machine, and nothing stays: the state is kept in a temporary directory.";

/// Talk to a bot here, without Zalo
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Dev {
    /// Play it without a person; exits 1 if anything came otherwise than it should
    #[arg(long, conflicts_with = "command")]
    script: bool,
    /// Run this program as the bot
    #[arg(last = true, value_name = "PROGRAM")]
    command: Vec<OsString>,
}

pub(crate) fn run(args: &Dev, context: &Context) -> Result<Exit, Failure> {
    // What happens is on the screen; the log is for who asks for it.
    if context.global.verbose > 0 {
        log::start("info", context.global.verbose - 1);
    }
    if args.script {
        return script::play(context.out);
    }
    match args.command.split_first() {
        Some((name, arguments)) => program::run(name, arguments, context.out),
        None => talk::talk(context.out),
    }
}
