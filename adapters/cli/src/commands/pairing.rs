//! `pairing`: who may talk to the bots.

use clap::{Args, Subcommand};
use serde::Deserialize;
use zaloxide::control::{Request, Who};
use zaloxide::escape::shown;
use zaloxide_core::{Decision, HistoryEntry, SenderId, Time};

use super::CHANNEL;
use crate::ask::{Listed, ask, read};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::table::{ago, table, until};
use crate::target;

const EXAMPLES: &str = "\
Examples:
  zaloxide pairing list zalo
  zaloxide pairing approve zalo K7NE4V2T --notify
  zaloxide pairing reject zalo 6ede9afa66b88fe6d6a9 --block";

/// Let strangers in, turn them away, take it back
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Pairing {
    #[command(subcommand)]
    command: PairingCommand,
}

#[derive(Debug, Subcommand)]
enum PairingCommand {
    /// Who waits to be let in, and who was
    List(Channel),
    /// Let in who was given this code
    #[command(allow_missing_positional = true)]
    Approve {
        /// The channel
        #[arg(value_parser = CHANNEL, hide_possible_values = true, value_name = "zalo")]
        channel: Option<String>,
        /// The code, in any case
        #[arg(required = true, value_parser = named)]
        code: String,
        /// Tell the person so
        #[arg(long)]
        notify: bool,
    },
    /// Turn a stranger away: no code for 24 hours
    #[command(allow_missing_positional = true)]
    Reject {
        /// The channel
        #[arg(value_parser = CHANNEL, hide_possible_values = true, value_name = "zalo")]
        channel: Option<String>,
        /// The stranger's code or id
        #[arg(required = true, value_name = "CODE|SENDER", value_parser = named)]
        who: String,
        /// For good
        #[arg(long)]
        block: bool,
    },
    /// Take an approval back
    #[command(allow_missing_positional = true)]
    Revoke {
        /// The channel
        #[arg(value_parser = CHANNEL, hide_possible_values = true, value_name = "zalo")]
        channel: Option<String>,
        /// The person's id
        #[arg(required = true, value_parser = person)]
        sender: SenderId,
    },
    /// What was decided, by whom, when
    History(Channel),
}

#[derive(Debug, Args)]
struct Channel {
    /// The channel
    #[arg(value_parser = CHANNEL, hide_possible_values = true, value_name = "zalo")]
    channel: Option<String>,
}

/// Whom it is about: the channel's name alone is nobody.
fn named(text: &str) -> Result<String, &'static str> {
    if CHANNEL.contains(&text) { Err("a code or an id comes after it") } else { Ok(text.into()) }
}

fn person(text: &str) -> Result<SenderId, String> {
    target::sender(&named(text)?)
}

pub(crate) fn run(args: Pairing, context: &Context) -> Result<Exit, Failure> {
    let account = context.global.account.clone();
    let request = match args.command {
        PairingCommand::List(_) => {
            return list(context, &Request::PairingList { account }, show_list);
        }
        PairingCommand::History(_) => {
            return list(context, &Request::PairingHistory { account }, show_history);
        }
        PairingCommand::Approve { code, notify, .. } => {
            Request::PairingApprove { account, code, notify }
        }
        PairingCommand::Reject { who, block, .. } => {
            Request::PairingReject { account, who: Who::Either(who), block }
        }
        PairingCommand::Revoke { sender, .. } => Request::PairingRevoke { account, sender },
    };
    let answer = ask(context, &request)?;
    if context.out.is_json() {
        context.out.json(&answer)?;
    } else {
        context.out.line(read::<Decided>(answer)?.text())?;
    }
    Ok(Exit::Done)
}

/// What was decided.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Decided {
    Approved { sender: String, name: Option<String>, account: String },
    Rejected { sender: String, blocked: bool, account: String },
    Revoked { sender: String, account: String },
}

impl Decided {
    fn text(&self) -> String {
        match self {
            Self::Approved { sender, name, account } => {
                let name = name.as_ref().map(|name| format!(" ({})", shown(name)));
                let name = name.unwrap_or_default();
                format!("approved: {}{name} may talk to \"{}\"", shown(sender), shown(account))
            }
            Self::Rejected { sender, blocked, account } => {
                let long = if *blocked { "for good" } else { "for 24 hours" };
                format!(
                    "rejected: {} gets no code from \"{}\" {long}",
                    shown(sender),
                    shown(account)
                )
            }
            Self::Revoked { sender, account } => {
                format!("revoked: {} may no longer talk to \"{}\"", shown(sender), shown(account))
            }
        }
    }
}

fn list<T: for<'de> Deserialize<'de>>(
    context: &Context,
    request: &Request,
    show: fn(&[T]) -> String,
) -> Result<Exit, Failure> {
    let answer = ask(context, request)?;
    if context.out.is_json() {
        context.out.json(&answer)?;
    } else {
        context.out.line(show(&read::<Listed<T>>(answer)?.accounts))?;
    }
    Ok(Exit::Done)
}

#[derive(Deserialize)]
struct Strangers {
    account: String,
    pending: Vec<Pending>,
    approved: Vec<Approved>,
}

#[derive(Deserialize)]
struct Pending {
    sender: String,
    name: Option<String>,
    code: String,
    expires_at: Time,
    told: bool,
}

#[derive(Deserialize)]
struct Approved {
    sender: String,
    name: Option<String>,
    at: Time,
}

fn name(name: Option<&String>) -> String {
    name.map(|name| shown(name)).unwrap_or_default()
}

fn show_list(accounts: &[Strangers]) -> String {
    let mut pending = Vec::new();
    let mut approved = Vec::new();
    for each in accounts {
        let account = shown(&each.account);
        for one in &each.pending {
            let told = if one.told { "told" } else { "not told yet" };
            pending.push([
                account.clone(),
                one.code.clone(),
                shown(&one.sender),
                name(one.name.as_ref()),
                until(one.expires_at),
                told.to_owned(),
            ]);
        }
        for one in &each.approved {
            let name = name(one.name.as_ref());
            approved.push([account.clone(), shown(&one.sender), name, ago(one.at)]);
        }
    }
    let mut parts = Vec::new();
    if pending.is_empty() {
        parts.push("Nobody waits to be let in.".to_owned());
    } else {
        parts.push(table(["ACCOUNT", "CODE", "SENDER", "NAME", "EXPIRES", ""], &pending));
    }
    if !approved.is_empty() {
        parts.push(table(["ACCOUNT", "LET IN", "NAME", "WHEN"], &approved));
    }
    parts.join("\n\n")
}

#[derive(Deserialize)]
struct History {
    account: String,
    history: Vec<HistoryEntry>,
}

fn show_history(accounts: &[History]) -> String {
    let mut rows = Vec::new();
    for each in accounts {
        for entry in &each.history {
            let decision = match entry.decision {
                Decision::Approved => "approved",
                Decision::Rejected => "rejected",
                Decision::Blocked => "blocked",
                Decision::Revoked => "revoked",
                _ => "decided",
            };
            rows.push([
                shown(&each.account),
                ago(entry.at),
                decision.to_owned(),
                shown(entry.sender.as_str()),
                shown(&entry.source),
            ]);
        }
    }
    if rows.is_empty() {
        return "Nothing was decided yet.".into();
    }
    table(["ACCOUNT", "WHEN", "WHAT", "SENDER", "BY"], &rows)
}
