//! `channels`: how the bots are.

use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::Value;
use zaloxide::control::Request;
use zaloxide::escape::shown;
use zaloxide_core::Time;

use crate::ask::{Listed, ask, read};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::table::{ago, table};

/// See how the bots are
#[derive(Debug, Args)]
pub(crate) struct Channels {
    #[command(subcommand)]
    command: ChannelsCommand,
}

#[derive(Debug, Subcommand)]
enum ChannelsCommand {
    /// Each bot's state, what it works on, and when it last heard and spoke
    Status,
}

#[derive(Deserialize)]
struct Status {
    account: String,
    bot_name: Option<String>,
    state: Value,
    turns: usize,
    chunks: usize,
    dead_letters: usize,
    pairing_pending: usize,
    counters: Counters,
}

#[derive(Deserialize)]
struct Counters {
    last_in: Option<Time>,
    last_out: Option<Time>,
}

pub(crate) fn run(args: &Channels, context: &Context) -> Result<Exit, Failure> {
    let ChannelsCommand::Status = args.command;
    let answer = ask(context, &Request::Status { account: context.global.account.clone() })?;
    if context.out.is_json() {
        context.out.json(&answer)?;
        return Ok(Exit::Done);
    }
    let when = |time: Option<Time>| time.map_or_else(|| "never".into(), ago);
    let row = |each: &Status| {
        let state = each.state.get("type").and_then(Value::as_str).unwrap_or_default();
        let state = if state == "errands" { "not running" } else { state };
        [
            shown(&each.account),
            each.bot_name.as_deref().map(shown).unwrap_or_default(),
            state.replace('_', " "),
            each.turns.to_string(),
            each.chunks.to_string(),
            each.dead_letters.to_string(),
            each.pairing_pending.to_string(),
            when(each.counters.last_in),
            when(each.counters.last_out),
        ]
    };
    let rows: Vec<_> = read::<Listed<Status>>(answer)?.accounts.iter().map(row).collect();
    let head =
        ["ACCOUNT", "BOT", "STATE", "TURNS", "CHUNKS", "DEAD", "STRANGERS", "HEARD", "SPOKE"];
    context.out.line(table(head, &rows))?;
    Ok(Exit::Done)
}
