//! `turns`: messages that wait for an answer, and those given up.

mod show;

use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::Value;
use zaloxide::control::Request;
use zaloxide::escape::shown;
use zaloxide_core::{Time, TurnId};

use crate::ask::{Listed, ask, read};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::table::{ago, table};

/// How much of a text stands in a table.
const TEXT_CHARS: usize = 40;

const EXAMPLES: &str = "\
Examples:
  zaloxide turns list
  zaloxide turns show 0f8fad5bd9cb469fa16570867728950e
  zaloxide turns retry 0f8fad5bd9cb469fa16570867728950e";

/// Messages that wait for an answer, and those given up
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Turns {
    #[command(subcommand)]
    command: TurnsCommand,
}

#[derive(Debug, Subcommand)]
enum TurnsCommand {
    /// What is open, what is on its way to Zalo, and what was given up
    List,
    /// Everything about one of them
    Show {
        /// The turn's id, or that of a message given up
        turn: TurnId,
    },
    /// Send what is left of a reply, else ask the agent again
    Retry {
        /// The turn's id, or that of a message given up
        turn: TurnId,
    },
    /// Give a turn up; remove one that was given up
    Drop {
        /// The turn's id, or that of a message given up
        turn: TurnId,
    },
}

pub(crate) fn run(args: &Turns, context: &Context) -> Result<Exit, Failure> {
    let account = context.global.account.clone();
    let (request, done) = match args.command {
        TurnsCommand::List => return list(&Request::TurnsList { account }, context),
        TurnsCommand::Show { turn } => {
            return show::show(&Request::TurnsShow { account, turn }, context);
        }
        TurnsCommand::Retry { turn } => {
            (Request::TurnsRetry { account, turn }, format!("tried again: {turn}"))
        }
        TurnsCommand::Drop { turn } => {
            (Request::TurnsDrop { account, turn }, format!("given up: {turn}"))
        }
    };
    let answer = ask(context, &request)?;
    if context.out.is_json() {
        context.out.json(&answer)?;
    } else {
        context.out.line(done)?;
    }
    Ok(Exit::Done)
}

#[derive(Deserialize)]
struct Bot {
    account: String,
    open: Vec<Open>,
    sending: Vec<Sending>,
    dead: Vec<Dead>,
}

#[derive(Deserialize)]
struct Open {
    turn: String,
    message: Incoming,
    taken_at: Time,
    attempt: u32,
    replying: bool,
}

#[derive(Deserialize)]
struct Incoming {
    chat: Chat,
    sender: Sender,
    #[serde(default)]
    message_ids: Vec<String>,
    text: String,
}

#[derive(Deserialize)]
struct Chat {
    id: String,
}

#[derive(Deserialize)]
struct Sender {
    id: String,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Sending {
    cause: Value,
    chat: String,
    next: u32,
    of: u32,
    failures: u32,
    not_before: Time,
}

#[derive(Deserialize)]
struct Dead {
    turn: Option<String>,
    chat: String,
    reason: String,
    at: Time,
    message: Option<Incoming>,
}

fn list(request: &Request, context: &Context) -> Result<Exit, Failure> {
    let answer = ask(context, request)?;
    if context.out.is_json() {
        context.out.json(&answer)?;
        return Ok(Exit::Done);
    }
    let mut rows = Vec::new();
    for each in &read::<Listed<Bot>>(answer)?.accounts {
        let account = shown(&each.account);
        let mut row = |id: &str, state: String, chat: &str, when: String, what: &str| {
            let what: String = what.chars().take(TEXT_CHARS).collect();
            rows.push([account.clone(), id.to_owned(), state, shown(chat), when, shown(&what)]);
        };
        for open in &each.open {
            let state = match (open.attempt, open.replying) {
                (_, true) => "replying".to_owned(),
                (0, _) => "waiting".to_owned(),
                (attempt, _) => format!("attempt {attempt}"),
            };
            row(&open.turn, state, &open.message.chat.id, ago(open.taken_at), &open.message.text);
        }
        for sending in &each.sending {
            let id = sending.cause.get("id").and_then(Value::as_str).unwrap_or_default();
            let state = format!("sending {} of {}", sending.next + 1, sending.of);
            row(id, state, &sending.chat, String::new(), "");
        }
        for dead in &each.dead {
            let id = dead.turn.as_deref().unwrap_or_default();
            row(id, "given up".into(), &dead.chat, ago(dead.at), &dead.reason);
        }
    }
    let text = if rows.is_empty() {
        "Nothing waits, and nothing was given up.".into()
    } else {
        table(["ACCOUNT", "TURN", "STATE", "CHAT", "WHEN", "WHAT"], &rows)
    };
    context.out.line(text)?;
    Ok(Exit::Done)
}
