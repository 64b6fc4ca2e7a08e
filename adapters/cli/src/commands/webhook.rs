//! `webhook`: the webhook that Zalo has for a bot.

use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::Value;
use zaloxide::control::Request;
use zaloxide::escape::shown;

use crate::ask::{ask, read};
use crate::context::Context;
use crate::exit::{Exit, Failure};

const EXAMPLES: &str = "\
Examples:
  zaloxide webhook info
  zaloxide webhook delete --account shop

A gateway sets the webhook that is configured by itself, looks at it every hour, and sets it again
when somebody has changed it. Without a configured one it removes the one it has set. A webhook
that somebody else has set is left alone: `webhook delete` removes it.";

/// See, set, remove and test a bot's webhook
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Webhook {
    #[command(subcommand)]
    command: WebhookCommand,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum WebhookCommand {
    /// Show the webhook that Zalo has, and the configured one
    Info,
    /// Set the configured webhook now
    Set,
    /// Remove the webhook, whoever has set it; updates can be polled then
    Delete,
    /// Have Zalo call the webhook once, and say what came of it
    Test,
}

/// What Zalo said.
#[derive(Deserialize)]
struct Said {
    account: String,
    configured: Option<String>,
    #[serde(default)]
    zalo: Value,
}

pub(crate) fn run(args: &Webhook, context: &Context) -> Result<Exit, Failure> {
    let account = context.global.account.clone();
    let answer = ask(
        context,
        &match args.command {
            WebhookCommand::Info => Request::WebhookInfo { account },
            WebhookCommand::Set => Request::WebhookSet { account },
            WebhookCommand::Delete => Request::WebhookDelete { account },
            WebhookCommand::Test => Request::WebhookTest { account },
        },
    )?;
    if context.out.is_json() {
        context.out.json(&answer)?;
    }
    let said: Said = read(answer)?;
    let exit = if is_unreachable(&said.zalo) { Exit::Failed } else { Exit::Done };
    if !context.out.is_json() {
        context.out.line(told(args.command, &said))?;
    }
    Ok(exit)
}

fn told(command: WebhookCommand, said: &Said) -> String {
    let account = shown(&said.account);
    let url = text(&said.zalo, "url");
    match command {
        WebhookCommand::Info => {
            let found = url.as_deref().unwrap_or("none: updates can be polled");
            let wanted = said.configured.as_deref().map(shown);
            let note = match (&wanted, &url) {
                (Some(wanted), Some(found)) if wanted == found => "they are the same",
                (Some(_), _) => "they differ: a gateway that runs sets it again",
                (None, Some(_)) => "nothing is received here while it is set: `webhook delete`",
                (None, None) => "that is as it should be",
            };
            let wanted = wanted.as_deref().unwrap_or("none: updates are polled");
            format!("{account}\n  Zalo has    {found}\n  configured  {wanted}\n  {note}")
        }
        WebhookCommand::Set => {
            let url = url.or_else(|| said.configured.as_deref().map(shown)).unwrap_or_default();
            format!("{account}: set to {url}{}", verdict(said.zalo.get("verification")))
        }
        WebhookCommand::Delete => {
            let again = if said.configured.is_some() {
                "\nwebhookUrl is configured: a gateway that runs sets it again within the hour"
            } else {
                ""
            };
            format!("{account}: removed{again}")
        }
        WebhookCommand::Test => format!("{account}: tested{}", verdict(Some(&said.zalo))),
    }
}

/// Whether Zalo says that it could not reach the webhook.
fn is_unreachable(zalo: &Value) -> bool {
    let ok = zalo.get("verification").unwrap_or(zalo).get("ok");
    ok == Some(&Value::Bool(false))
}

/// What Zalo saw when it called the webhook.
fn verdict(verification: Option<&Value>) -> String {
    let Some(seen) = verification.filter(|seen| seen.get("ok").is_some()) else {
        return String::new();
    };
    let number = |key| seen.get(key).and_then(Value::as_u64);
    let mut words = String::from(if is_unreachable(seen) {
        "; Zalo could NOT reach it"
    } else {
        "; Zalo has reached it"
    });
    let parts = [
        text(seen, "outcome"),
        number("status_code").map(|code| format!("status {code}")),
        number("latency_ms").map(|ms| format!("{ms} ms")),
        text(seen, "hint"),
    ];
    for part in parts.into_iter().flatten() {
        words.push_str(", ");
        words.push_str(&part);
    }
    words
}

/// A text of Zalo's, safe to show; none when it is empty.
fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(shown)
}
