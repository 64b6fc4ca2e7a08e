//! The command line: the commands in their groups, and the flags that may stand anywhere on it.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand};

#[cfg(unix)]
use crate::commands::{
    channels, chats, doctor, forget, import, message, pairing, quota, turns, webhook,
};
use crate::commands::{completions, config, dev, emulator, logs, man, replay, run, state};

/// The help's page. The groups are written out: a test compares them with the commands there are.
const HELP: &str = "\
{about}

{usage-heading} {usage}

Try it:
  dev          Talk to a bot here, without Zalo
  emulator     Run a local Zalo Bot Platform, for tests of any bot

Run it:
  run          Run the bots of the configuration
  config       Check the configuration; have a gateway read it again
  channels     See how the bots are, and what Zalo bots can do
  webhook      See, set, remove and test a bot's webhook
  doctor       Find what is wrong, and say what to do
  logs         Show the log of the gateway, as it is written if you like

People:
  pairing      Let strangers in, turn them away, take it back
  forget       Erase what is known of a person
  message      Send a message

When something waits:
  turns        Messages that wait for an answer, and those given up
  chats        Take a chat over from the agent, and give it back
  quota        See the month's quota; go on sending
  state        Copy what is kept to a file, also while the gateway runs
  import       Take over whom another program had let in

Tools:
  replay       Run a recorded file through the core
  completions  Print a shell's completions
  man          Print the manual page, or write all of them
  help         Print this, or a command's help

Options:
{options}{after-help}";

const EXAMPLES: &str = "\
Examples:
  zaloxide dev
  ZALO_BOT_TOKEN=12345689:abc-xyz zaloxide run --agent echo
  zaloxide pairing approve zalo K7NE4V2T

Environment:
  ZALO_BOT_TOKEN      the token of the bot `default`, if the configuration has none
  ZALO_API_URL        where the Bot API is, if the configuration does not say
  ZALOXIDE_CONFIG     the configuration file
  ZALOXIDE_STATE_DIR  the state directory
  NO_COLOR            no colours

Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 wrong configuration.";

/// A Zalo bot engine: polls, pairs with strangers, and hands messages to your agent.
#[derive(Debug, Parser)]
#[command(name = "zaloxide", version)]
#[command(help_template = HELP, after_help = EXAMPLES)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags that may stand anywhere on the line.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// The configuration [default: ./zaloxide.json5, else in ~/.config/zaloxide]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where state is kept [default: ~/.local/state/zaloxide]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) state_dir: Option<PathBuf>,
    /// The bot that is meant, by its name in the configuration
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) account: Option<String>,
    /// Write JSON for programs
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Log more; twice: everything
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Dev(dev::Dev),
    Emulator(emulator::Emulate),
    Run(run::Run),
    Config(config::Config),
    #[cfg(unix)]
    Channels(channels::Channels),
    #[cfg(unix)]
    Webhook(webhook::Webhook),
    #[cfg(unix)]
    Doctor(doctor::Doctor),
    Logs(logs::Logs),
    #[cfg(unix)]
    Pairing(pairing::Pairing),
    #[cfg(unix)]
    Forget(forget::Forget),
    #[cfg(unix)]
    Message(message::Message),
    #[cfg(unix)]
    Turns(turns::Turns),
    #[cfg(unix)]
    Chats(chats::Chats),
    #[cfg(unix)]
    Quota(quota::Quota),
    #[cfg(unix)]
    Import(import::Import),
    State(state::State),
    Replay(replay::Replay),
    Completions(completions::Completions),
    Man(man::Man),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    #[cfg(unix)]
    fn the_help_names_every_command() {
        let command = Cli::command();
        let mut names: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
        names.push("help");
        let mut listed: Vec<&str> = HELP
            .lines()
            .filter(|line| line.starts_with("  "))
            .filter_map(|line| line.split_whitespace().next())
            .collect();
        names.sort_unstable();
        listed.sort_unstable();
        assert_eq!(listed, names);
    }
}
