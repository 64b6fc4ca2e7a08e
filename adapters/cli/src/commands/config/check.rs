//! `config check`: whether the configuration can be used.

use serde_json::json;
use zaloxide::config::{Config, Standing};
use zaloxide::escape::shown;

use crate::context::Context;
use crate::exit::{Exit, Failure};

pub(super) fn run(context: &Context) -> Result<Exit, Failure> {
    check(&context.config()?, context)?;
    Ok(Exit::Done)
}

fn check(config: &Config, context: &Context) -> Result<(), Failure> {
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
