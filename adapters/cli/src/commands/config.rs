//! `config`: what the configuration says, whether it can be used, and having it read again.

use clap::{Args, Subcommand};
use serde_json::json;
use zaloxide::config::{Config as Loaded, Standing};
use zaloxide::escape::shown;

use crate::context::Context;
use crate::exit::{Exit, Failure};

const EXAMPLES: &str = "\
Examples:
  zaloxide config check
  zaloxide config check --config ~/.openclaw/openclaw.json";

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
    /// Have the gateway that runs read the configuration again and do what it says now
    #[cfg(unix)]
    #[command(after_help = RELOADS)]
    Reload,
}

pub(crate) fn run(args: &Config, context: &Context) -> Result<Exit, Failure> {
    match args.command {
        ConfigCommand::Check => {
            check(&context.config()?, context)?;
            Ok(Exit::Done)
        }
        #[cfg(unix)]
        ConfigCommand::Reload => reload(context),
    }
}

#[cfg(unix)]
fn reload(context: &Context) -> Result<Exit, Failure> {
    use zaloxide::control::{Failed, Report, Request};

    let answer = crate::ask::ask_running(context, &Request::Reload {})?;
    if context.out.is_json() {
        context.out.json(&answer)?;
    }
    let report: Report = crate::ask::read(answer)?;
    let exit = if report.failed.is_empty() { Exit::Done } else { Exit::Failed };
    if context.out.is_json() {
        return Ok(exit);
    }
    let lines = [
        ("added", &report.added),
        ("changed", &report.changed),
        ("removed", &report.removed),
        ("needs a restart", &report.restart),
    ];
    for (what, names) in lines.into_iter().filter(|(_, names)| !names.is_empty()) {
        context.out.line(format!("{what}: {}", shown(&names.join(", "))))?;
    }
    for Failed { what, reason } in &report.failed {
        context.out.line(format!("failed: {}: {}", shown(what), shown(reason)))?;
    }
    if report.is_empty() {
        context.out.line("nothing has changed")?;
    }
    Ok(exit)
}

fn check(config: &Loaded, context: &Context) -> Result<(), Failure> {
    let file = config.file.as_ref().map(|file| file.display().to_string());
    let agent = config.agent.as_ref().map(ToString::to_string);
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
