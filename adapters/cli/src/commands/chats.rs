//! `chats`: a person takes a chat over from the agent, and gives it back.

use clap::{Args, Subcommand};
use serde::Deserialize;
use zaloxide::control::Request;
use zaloxide::escape::shown;
use zaloxide_core::{ChatId, Time};

use crate::ask::{Listed, ask, read};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::table::{ago, table};
use crate::target;

/// Take a chat over from the agent, and give it back
#[derive(Debug, Args)]
pub(crate) struct Chats {
    #[command(subcommand)]
    command: ChatsCommand,
}

#[derive(Debug, Subcommand)]
enum ChatsCommand {
    /// Chats with open messages, and chats that people have taken over
    List,
    /// Take a chat over: its messages are listed, and the agent does not see them
    Pause {
        /// The chat's id
        #[arg(value_parser = target::parse)]
        chat: ChatId,
    },
    /// Give it back to the agent
    Resume {
        /// The chat's id
        #[arg(value_parser = target::parse)]
        chat: ChatId,
    },
}

#[derive(Deserialize)]
struct Bot {
    account: String,
    open: Vec<Open>,
    paused: Vec<Paused>,
}

#[derive(Deserialize)]
struct Open {
    chat: String,
    turns: usize,
}

#[derive(Deserialize)]
struct Paused {
    chat: String,
    since: Time,
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Message {
    text: String,
}

pub(crate) fn run(args: Chats, context: &Context) -> Result<Exit, Failure> {
    let account = context.global.account.clone();
    let (request, done) = match args.command {
        ChatsCommand::List => (Request::ChatsList { account }, None),
        ChatsCommand::Pause { chat } => {
            let done = format!("paused: you have {}, the agent waits", shown(chat.as_str()));
            (Request::ChatsPause { account, chat }, Some(done))
        }
        ChatsCommand::Resume { chat } => {
            let done = format!("resumed: the agent has {}", shown(chat.as_str()));
            (Request::ChatsResume { account, chat }, Some(done))
        }
    };
    let answer = ask(context, &request)?;
    match done {
        _ if context.out.is_json() => context.out.json(&answer)?,
        Some(done) => context.out.line(done)?,
        None => context.out.line(show(&read::<Listed<Bot>>(answer)?.accounts))?,
    }
    Ok(Exit::Done)
}

fn show(accounts: &[Bot]) -> String {
    let mut rows = Vec::new();
    for each in accounts {
        let account = shown(&each.account);
        for open in &each.open {
            let what = format!("{} open", open.turns);
            rows.push([account.clone(), shown(&open.chat), "agent".into(), String::new(), what]);
        }
        for paused in &each.paused {
            let last = paused.messages.last().map(|message| shown(&message.text));
            let what = format!("{} listed; {}", paused.messages.len(), last.unwrap_or_default());
            rows.push([
                account.clone(),
                shown(&paused.chat),
                "you".into(),
                ago(paused.since),
                what,
            ]);
        }
    }
    if rows.is_empty() {
        return "No chat has open messages, and none was taken over.".into();
    }
    table(["ACCOUNT", "CHAT", "WHO HAS IT", "SINCE", "MESSAGES"], &rows)
}
