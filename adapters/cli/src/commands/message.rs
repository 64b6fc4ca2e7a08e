//! `message`: sends a message through the gateway that runs.

use clap::{Args, Subcommand};
use serde::Deserialize;
use zaloxide::control::Request;
use zaloxide::escape::shown;
use zaloxide_core::{ChatId, Reply, SendError};

use super::CHANNEL;
use crate::ask::{ask, read};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::target;

const EXAMPLES: &str = "\
Examples:
  zaloxide message send --channel zalo --target 6ede9afa66b88fe6d6a9 --message 'Xin chào'
  zaloxide message send --target group:zgr-1234 --message \"$(cat news.txt)\" --wait 0
  zaloxide message send --target 6ede9afa66b88fe6d6a9 --media menu.png --message 'Thực đơn'

A long text goes out in several messages. With --media the text is the caption. A file is hosted by
the gateway, which needs webhookUrl for that; a URL is passed on. The message is kept before this
command ends, and is sent also after a restart of a gateway whose store keeps things.";

/// Send a message
#[derive(Debug, Args)]
pub(crate) struct Message {
    #[command(subcommand)]
    command: MessageCommand,
}

#[derive(Debug, Subcommand)]
enum MessageCommand {
    /// Send a text or a picture to a person or a group
    Send(Send),
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
struct Send {
    /// The channel
    #[arg(long, default_value = "zalo", value_parser = CHANNEL)]
    channel: String,
    /// To whom: an id, also as user:ID, group:ID or zalo:ID
    #[arg(short, long, value_name = "ID", value_parser = target::parse)]
    target: ChatId,
    /// The text
    #[arg(short, long, value_name = "TEXT", allow_hyphen_values = true)]
    #[arg(required_unless_present = "media")]
    message: Option<String>,
    /// A picture: a URL, or a file of this machine; may be given several times
    #[arg(long, value_name = "URL|PATH")]
    media: Vec<String>,
    /// Wait so long until Zalo has it; then it stays queued
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(..=600))]
    wait: u64,
}

/// What became of it.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Ended {
    Queued,
    Sent { of: u32, sent: Vec<String>, error: Option<SendError> },
}

/// What is sent. A path means what it means here, wherever the gateway runs.
fn content(text: Option<String>, media: Vec<String>) -> Result<Reply, Failure> {
    let absolute = |source: String| {
        if ["http://", "https://", "file://"].iter().any(|scheme| source.starts_with(scheme)) {
            return Ok(source);
        }
        let path = std::path::absolute(&source)
            .map_err(|error| Failure::failed(format!("{}: {error}", shown(&source))))?;
        path.into_os_string()
            .into_string()
            .map_err(|_| Failure::failed(format!("{}: the path is not UTF-8", shown(&source))))
    };
    let media = media.into_iter().map(absolute).collect::<Result<Vec<_>, _>>()?;
    Ok(Reply([zaloxide_core::Message { text, media, ..Default::default() }].into()))
}

pub(crate) fn run(args: Message, context: &Context) -> Result<Exit, Failure> {
    let MessageCommand::Send(Send { target, message, media, wait, .. }) = args.command;
    let to = shown(target.as_str());
    let answer = ask(
        context,
        &Request::Send {
            account: context.global.account.clone(),
            chat: target,
            content: content(message, media)?,
            wait_ms: wait * 1_000,
        },
    )?;
    if context.out.is_json() {
        context.out.json(&answer)?;
    }
    match read(answer)? {
        Ended::Sent { of, sent, error: Some(error) } => {
            let failure = format!(
                "{} of {of} messages to {to} were sent, then: {}",
                sent.len(),
                shown(&error.message)
            );
            // The object above has said it to programs.
            if context.out.is_json() { Ok(Exit::Failed) } else { Err(Failure::Failed(failure)) }
        }
        _ if context.out.is_json() => Ok(Exit::Done),
        Ended::Queued => {
            context.out.line(format!("queued for {to}: it is sent as soon as Zalo takes it"))?;
            Ok(Exit::Done)
        }
        Ended::Sent { of, sent, .. } => {
            let ids = sent.iter().map(|id| shown(id)).collect::<Vec<_>>().join(", ");
            let count = if of == 1 { "1 message".into() } else { format!("{of} messages") };
            context.out.line(format!("sent to {to}: {count}, {ids}"))?;
            Ok(Exit::Done)
        }
    }
}
