//! `completions`: lets a shell complete command lines.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::cli::Cli;
use crate::context::Context;
use crate::exit::{Exit, Failure};

const EXAMPLES: &str = "\
Examples:
  zaloxide completions bash > ~/.local/share/bash-completion/completions/zaloxide
  zaloxide completions fish > ~/.config/fish/completions/zaloxide.fish";

/// Print a shell's completions
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(args: &Completions, context: &Context) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "zaloxide", &mut script);
    context.out.bytes(&script)?;
    Ok(Exit::Done)
}
