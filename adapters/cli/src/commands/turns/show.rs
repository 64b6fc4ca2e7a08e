//! `turns show`: everything about one turn, reply or send.

use serde::Deserialize;
use zaloxide::control::Request;
use zaloxide::escape::shown;
use zaloxide_core::Part;

use super::{Dead, Incoming, Open, Sending};
use crate::ask::{ask, read};
use crate::clock::now;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::table::{ago, until};

#[derive(Deserialize)]
struct Shown {
    account: String,
    turn: String,
    state: String,
    open: Option<Open>,
    sending: Option<Sending>,
    parts: Option<Vec<Part>>,
    dead: Option<Dead>,
}

pub(super) fn show(request: &Request, context: &Context) -> Result<Exit, Failure> {
    let answer = ask(context, request)?;
    if context.out.is_json() {
        context.out.json(&answer)?;
    } else {
        context.out.line(page(&read(answer)?))?;
    }
    Ok(Exit::Done)
}

fn page(turn: &Shown) -> String {
    let mut lines = Vec::new();
    let mut line = |name: &str, value: String| {
        // A text of several lines stays in its column.
        lines.push(format!("{name:<9}{}", value.replace('\n', "\n         ")));
    };
    line("turn", shown(&turn.turn));
    line("account", shown(&turn.account));
    let state = if turn.state == "dead" { "given up" } else { &turn.state };
    line("state", shown(state));
    let asked = turn.open.as_ref().map(|open| &open.message);
    let given_up = turn.dead.as_ref().and_then(|dead| dead.message.as_ref());
    let chat = turn.sending.as_ref().map(|sending| &sending.chat);
    if let Some(chat) = asked.or(given_up).map(|message| &message.chat.id).or(chat) {
        line("chat", shown(chat));
    }
    if let Some(message) = asked.or(given_up) {
        line("from", person(message));
        if !message.message_ids.is_empty() {
            let ids: Vec<String> = message.message_ids.iter().map(|id| shown(id)).collect();
            line("message", ids.join("\n"));
        }
        line("text", texts(&message.text));
    }
    if let Some(open) = &turn.open {
        line("taken", ago(open.taken_at));
        line("attempt", open.attempt.to_string());
    }
    if let Some(sending) = &turn.sending {
        line("sent", format!("{} of {}", sending.next, sending.of));
        if sending.failures > 0 {
            line("failed", format!("{} times", sending.failures));
        }
        if turn.dead.is_none() && sending.not_before > now() {
            line("again", until(sending.not_before));
        }
        let next = usize::try_from(sending.next).unwrap_or(usize::MAX);
        for part in turn.parts.iter().flatten().skip(next) {
            line("left", said(part));
        }
    }
    if let Some(dead) = &turn.dead {
        line("given up", ago(dead.at));
        line("because", shown(&dead.reason));
    }
    lines.join("\n")
}

fn person(message: &Incoming) -> String {
    let id = shown(&message.sender.id);
    message.sender.name.as_deref().map_or(id.clone(), |name| format!("{id} ({})", shown(name)))
}

/// Line breaks stay, everything else that moves a terminal is escaped.
fn texts(text: &str) -> String {
    text.lines().map(shown).collect::<Vec<_>>().join("\n")
}

fn said(part: &Part) -> String {
    match part {
        Part::Text { text, .. } => texts(text),
        Part::Photo { url, caption } => {
            let caption = caption.as_deref().map(texts).unwrap_or_default();
            format!("photo {} {caption}", shown(url))
        }
        Part::Sticker { sticker } => format!("sticker {}", shown(sticker)),
        Part::Voice { url } => format!("voice {}", shown(url)),
        _ => "something that this program does not know".into(),
    }
}
