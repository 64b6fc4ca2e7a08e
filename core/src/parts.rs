//! Parts: a reply cut into the messages that Zalo takes, in order.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::chunks;
use crate::config::{AccountConfig, Format};
use crate::event::Prepared;
use crate::limits::{REPLY_BYTES_MAX, REPLY_CHUNKS_MAX, REPLY_MESSAGES_MAX};
use crate::record::Part;
use crate::reply::{Message, Reply};

/// What is to be sent, and what can't be.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// In order; at most 100.
    pub(crate) parts: Vec<Part>,
    /// For people: what was left out, and why.
    pub(crate) left_out: Vec<String>,
}

/// The URLs and paths in a reply that have to be prepared, in the order in which `plan` wants them.
pub(crate) fn sources(reply: &Reply) -> impl Iterator<Item = &str> {
    let messages = reply.0.iter().take(REPLY_MESSAGES_MAX);
    messages.flat_map(|m| m.media.iter().chain(&m.voice)).map(String::as_str).take(REPLY_CHUNKS_MAX)
}

/// Bytes of all texts.
pub(crate) fn text_bytes(reply: &Reply) -> usize {
    reply.0.iter().filter_map(|message| message.text.as_ref()).map(String::len).sum()
}

/// Cuts a reply. `prepared` has a result for each of `sources`. A medium that can't be sent never
/// costs the text.
pub(crate) fn plan(
    config: &AccountConfig,
    group: bool,
    reply: &Reply,
    prepared: &[Prepared],
) -> Plan {
    let mut plan = Plan::default();
    let mut prepared = prepared.iter();
    let mut bytes_left = REPLY_BYTES_MAX;
    if reply.0.len() > REPLY_MESSAGES_MAX {
        plan.left_out.push(format!("all messages after the first {REPLY_MESSAGES_MAX}"));
    }
    for message in reply.0.iter().take(REPLY_MESSAGES_MAX) {
        plan_message(config, group, message, &mut prepared, &mut bytes_left, &mut plan);
    }
    if plan.parts.len() > REPLY_CHUNKS_MAX {
        let over = plan.parts.len() - REPLY_CHUNKS_MAX;
        plan.parts.truncate(REPLY_CHUNKS_MAX);
        plan.left_out
            .push(format!("the last {over} chunks: a reply has at most {REPLY_CHUNKS_MAX}"));
    }
    plan
}

fn plan_message<'a>(
    config: &AccountConfig,
    group: bool,
    message: &Message,
    prepared: &mut impl Iterator<Item = &'a Prepared>,
    bytes_left: &mut usize,
    plan: &mut Plan,
) {
    let mut urls = Vec::new();
    for source in &message.media {
        match prepared.next() {
            Some(Prepared::Url { url }) => urls.push(url.clone()),
            Some(Prepared::Refused { reason }) => {
                plan.left_out.push(format!("a picture: {reason}"));
            }
            None => plan
                .left_out
                .push(format!("a picture after the first {REPLY_CHUNKS_MAX}: {source}")),
        }
    }
    let whole = message.text.as_deref().unwrap_or_default();
    let text = whole.get(..floor(whole, *bytes_left)).unwrap_or_default();
    if text.len() < whole.len() {
        plan.left_out
            .push(format!("{} bytes of text: a reply has at most 1 MiB", whole.len() - text.len()));
    }
    *bytes_left -= text.len();

    let text = chunks::nfc(text);
    let mut chunks = chunks::split(&text, config.text_chunk_limit, config.chunk_mode);
    let mut urls = urls.into_iter();
    if let Some(url) = urls.next() {
        plan.parts.push(Part::Photo { url, caption: chunks.next().map(ToString::to_string) });
    }
    // Chunks beyond the bound are counted, not kept.
    let format = config.format;
    plan.parts.extend(chunks.map(|chunk| Part::Text { text: chunk.to_string(), format }));
    plan.parts.extend(urls.map(|url| Part::Photo { url, caption: None }));
    if let Some(sticker) = message.sticker.as_ref().filter(|id| !id.is_empty()) {
        plan.parts.push(Part::Sticker { sticker: sticker.clone() });
    }
    if message.voice.is_some() {
        match prepared.next() {
            _ if group => plan.left_out.push(String::from(
                "a recording: Zalo accepts it for a group and delivers nothing",
            )),
            Some(Prepared::Url { url }) if is_aac(url) => {
                plan.parts.push(Part::Voice { url: url.clone() });
            }
            Some(Prepared::Url { .. }) => {
                plan.left_out.push(String::from("a recording: its URL has to end in .aac"));
            }
            Some(Prepared::Refused { reason }) => {
                plan.left_out.push(format!("a recording: {reason}"));
            }
            None => plan.left_out.push(String::from("a recording after too many media")),
        }
    }
}

/// A line of the bot's own as parts.
pub(crate) fn line(text: &str) -> Vec<Part> {
    let text = chunks::nfc(text);
    chunks::split(&text, 2_000, crate::config::ChunkMode::Length)
        .map(|chunk| Part::Text { text: chunk.to_string(), format: Format::Text })
        .collect()
}

/// The path of a URL ends in `.aac`.
fn is_aac(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    path.len() >= 4
        && path.get(path.len() - 4..).is_some_and(|end| end.eq_ignore_ascii_case(".aac"))
}

/// The largest character boundary not above `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
