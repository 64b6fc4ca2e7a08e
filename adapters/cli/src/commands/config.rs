//! `config`: what the configuration says, and whether it can be used.

use clap::{Args, Subcommand};
use serde_json::json;
use zaloxide::config::{AgentConfig, Config as Loaded, Standing};
use zaloxide::escape::shown;

use crate::context::Context;
use crate::exit::{Exit, Failure};

const EXAMPLES: &str = "\
Examples:
  zaloxide config check
  zaloxide config check --config ~/.openclaw/openclaw.json";

/// Check the configuration
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
}

pub(crate) fn run(args: &Config, context: &Context) -> Result<Exit, Failure> {
    match args.command {
        ConfigCommand::Check => check(&context.config()?, context)?,
    }
    Ok(Exit::Done)
}

fn check(config: &Loaded, context: &Context) -> Result<(), Failure> {
    let file = config.file.as_ref().map(|file| file.display().to_string());
    let agent = config.agent.as_ref().map(|agent| match agent {
        AgentConfig::Exec { command, .. } => format!("exec: {}", shown(&command.join(" "))),
        _ => "echo".to_owned(),
    });
    let accounts = config.accounts.iter();
    if context.out.is_json() {
        let accounts: Vec<_> = accounts
            .map(|entry| json!({"account": entry.account, "state": state(&entry.standing)}))
            .collect();
        let warnings: Vec<&str> =
            config.warnings.iter().map(|each| each.message.as_str()).collect();
        return context.out.json(
            &json!({"file": file, "accounts": accounts, "agent": agent, "warnings": warnings}),
        );
    }
    context
        .out
        .line(format!("file     {}", file.as_deref().unwrap_or("none: the environment alone")))?;
    for entry in accounts {
        let bot = match &entry.standing {
            Standing::Ready(account) => format!(", bot {}", account.config.bot_id),
            _ => String::new(),
        };
        context.out.line(format!(
            "account  {}: {}{bot}",
            shown(&entry.account),
            state(&entry.standing).replace('_', " ")
        ))?;
    }
    if config.accounts.is_empty() {
        context.out.line("account  none: set ZALO_BOT_TOKEN, or channels.zalo.botToken")?;
    }
    context
        .out
        .line(format!("agent    {}", agent.as_deref().unwrap_or("none: see `zaloxide run --help`")))
}

fn state(standing: &Standing) -> &'static str {
    match standing {
        Standing::Ready(_) => "ready",
        Standing::Disabled => "disabled",
        _ => "not_configured",
    }
}
