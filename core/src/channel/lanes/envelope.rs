//! The envelope of a turn: what the agent is told.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::config::{AccountConfig, DmScope};
use crate::envelope::{ChatKind, Envelope, Medium};
use crate::event::Fetched;
use crate::ledger::Turn;
use crate::record::Incoming;
use crate::words;

pub(super) fn of(config: &AccountConfig, turn: &Turn) -> Box<Envelope> {
    let incoming = &*turn.incoming;
    let (media, text) = (media(turn), turn.text());
    let body = body(&text, &media);
    Box::new(Envelope {
        turn: turn.id,
        attempt: turn.attempt,
        channel: "zalo",
        account: config.account.clone(),
        session: session(config, incoming),
        from: ["zalo:", incoming.sender.id.as_str()].concat(),
        to: ["zalo:", incoming.chat.id.as_str()].concat(),
        sender: incoming.sender.clone(),
        chat: incoming.chat.clone(),
        message_id: incoming.message_id.clone(),
        message_ids: turn.messages().filter_map(|message| message.message_id.clone()).collect(),
        timestamp_ms: incoming.timestamp_ms,
        text,
        body,
        media,
        raw: incoming.raw.clone(),
    })
}

fn session(config: &AccountConfig, incoming: &Incoming) -> String {
    match (incoming.chat.kind, config.session.dm_scope) {
        (ChatKind::Group, _) => format!("zalo:group:{}", incoming.chat.id),
        (ChatKind::Private, DmScope::PerChat) => format!("zalo:dm:{}", incoming.chat.id),
        (ChatKind::Private, DmScope::Main) => String::from("main"),
    }
}

fn media(turn: &Turn) -> Vec<Medium> {
    let results = turn.media().zip(&turn.fetched);
    results.map(|(medium, result)| with(medium, result.as_ref())).collect()
}

fn with(medium: &Medium, result: Option<&Fetched>) -> Medium {
    match result {
        Some(Fetched::Kept { path, content_type, bytes }) => Medium {
            path: Some(path.clone()),
            content_type: Some(content_type.clone()),
            bytes: Some(*bytes),
            ..medium.clone()
        },
        _ => medium.clone(),
    }
}

/// Placeholders, one a line, then the text; nothing else.
fn body(text: &str, media: &[Medium]) -> String {
    if media.is_empty() {
        return String::from(text);
    }
    let mut lines: Vec<String> = Vec::new();
    for medium in media {
        // A sticker is known by its id: its picture is only a picture of it.
        let there = medium.path.is_some() || medium.sticker.is_some();
        let kind = medium.kind.name();
        lines.push(if there { format!("<media:{kind}>") } else { words::unavailable(kind) });
    }
    if !text.is_empty() {
        lines.push(String::from(text));
    }
    lines.join("\n")
}
