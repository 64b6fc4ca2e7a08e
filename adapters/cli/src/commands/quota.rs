//! `quota`: how much of the month's messages is used.

use clap::{Args, Subcommand};
use serde::Deserialize;
use zaloxide::control::Request;
use zaloxide::escape::shown;
use zaloxide_core::Time;

use crate::ask::{Listed, ask, read};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::table::{table, until};

/// See the month's quota; go on sending
#[derive(Debug, Args)]
pub(crate) struct Quota {
    #[command(subcommand)]
    command: Option<QuotaCommand>,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum QuotaCommand {
    /// Go on sending before the month ends, when a larger plan was bought
    Resume,
}

#[derive(Deserialize)]
struct Bot {
    account: String,
    sent: u64,
    monthly: u64,
    paused_until: Option<Time>,
}

pub(crate) fn run(args: &Quota, context: &Context) -> Result<Exit, Failure> {
    let account = context.global.account.clone();
    let request = match args.command {
        None => Request::Quota { account },
        Some(QuotaCommand::Resume) => Request::QuotaResume { account },
    };
    let answer = ask(context, &request)?;
    if context.out.is_json() {
        context.out.json(&answer)?;
    } else if args.command.is_some() {
        context.out.line("resumed: messages are sent again")?;
    } else {
        let row = |each: &Bot| {
            let state = each.paused_until.map_or_else(
                || "sending".into(),
                |time| format!("used up: sends go on {}", until(time)),
            );
            [shown(&each.account), each.sent.to_string(), each.monthly.to_string(), state]
        };
        let rows: Vec<_> = read::<Listed<Bot>>(answer)?.accounts.iter().map(row).collect();
        context.out.line(table(["ACCOUNT", "SENT", "OF", "STATE"], &rows))?;
    }
    Ok(Exit::Done)
}
