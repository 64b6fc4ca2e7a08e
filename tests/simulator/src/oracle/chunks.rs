//! Chunks: joined they are the text, they go to the chat that asked, one after the other, each to
//! its end, and at most one is repeated per chat per crash or per answer that was lost or a 5xx.

use std::collections::{BTreeMap, BTreeSet};

use zaloxide_core::{
    AccountConfig, Action, CallId, Cause, ChatId, Parcel, Part, Record, Reply, TurnId, chunks,
};

use super::{Book, Check, Scene, Turns, broken};
use crate::zalo::{Known, Sent};

/// What became of a chunk that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// The call is open.
    Open,
    /// The bot was told.
    Told,
    /// The bot can't know.
    Untold,
    /// The program died before it knew for good.
    Crash(u32),
}

/// What is known of chunks.
#[derive(Debug, Default)]
pub struct Chunks {
    /// Answers of the agent that were taken, until they are recorded.
    replies: BTreeMap<TurnId, Reply>,
    /// Messages that somebody asked to have sent, until they are recorded.
    sends: Vec<(ChatId, Reply)>,
    /// The open call of each chat.
    in_flight: BTreeMap<ChatId, CallId>,
    /// What each open call is for.
    calls: BTreeMap<CallId, (ChatId, Cause, u32)>,
    /// Chunks of replies and sends that arrived.
    arrived: BTreeMap<(Cause, u32), Fate>,
    /// A person had it tried again.
    hurried: BTreeSet<Cause>,
    /// Chunks that were repeated because of a crash, by chat and crash.
    repeated: BTreeMap<(ChatId, u32), u32>,
    /// `delivery` was never anything but at-most-once.
    pub at_most_once: bool,
    crashes: u32,
}

impl Chunks {
    /// The agent's answer is taken.
    pub fn replied(&mut self, turn: TurnId, reply: Reply) {
        self.replies.insert(turn, reply);
    }

    /// Somebody asks to have something sent.
    pub fn asked(&mut self, chat: ChatId, content: Reply) {
        self.sends.push((chat, content));
    }

    /// A person has it tried again.
    pub fn hurry(&mut self, cause: Cause) {
        self.hurried.insert(cause);
    }

    /// No call of a chunk is open.
    pub fn is_idle(&self) -> bool {
        self.calls.is_empty()
    }

    /// What an open call is for.
    pub fn cause(&self, call: CallId) -> Option<&Cause> {
        self.calls.get(&call).map(|(_, cause, _)| cause)
    }

    pub(super) fn recorded(&mut self, turns: &Turns, scene: Scene<'_>, record: &Record) -> Check {
        match record {
            Record::ReplyTaken { turn, parts, .. } => {
                let Some(reply) = self.replies.remove(turn) else {
                    return broken("chunks", format!("turn {turn} has a reply nobody gave"));
                };
                // A turn that is closed by now had an empty reply; its chat does not matter.
                let group = turns.chat(*turn).is_some_and(|chat| chat.as_str().starts_with("zgr-"));
                joined(scene.config, &reply, parts, group)
            }
            Record::SendTaken { chat, parts, .. } => {
                let group = chat.as_str().starts_with("zgr-");
                let fits = |(to, reply): &(ChatId, Reply)| {
                    to == chat && joined(scene.config, reply, parts, group).is_ok()
                };
                let Some(place) = self.sends.iter().position(fits) else {
                    return broken("chunks", format!("nobody asked to send {parts:?} to {chat}"));
                };
                self.sends.swap_remove(place);
                Ok(())
            }
            Record::ChunkAcked { cause, index, .. } => {
                if self.arrived.contains_key(&(cause.clone(), *index)) {
                    return Ok(());
                }
                broken("chunks", format!("chunk {index} of {cause:?} never arrived, and is acked"))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn sent(&mut self, book: &Book, scene: Scene<'_>, action: &Action) -> Check {
        let Action::SendChunk { call, chat, cause, index, of, body, .. } = action else {
            return Ok(());
        };
        let wrong = |text: String| broken("chunks", format!("{index} of {cause:?}: {text}"));
        if let Some(other) = self.in_flight.insert(chat.clone(), *call) {
            return wrong(format!("sent to {chat} while call {other} is open"));
        }
        self.calls.insert(*call, (chat.clone(), cause.clone(), *index));
        let sent: Sent = match serde_json::from_str(body) {
            Ok(sent) => sent,
            Err(error) => return wrong(format!("{error} in {body}")),
        };
        if sent.chat_id != chat.as_str() {
            return wrong(format!("for {chat}, and sent to {}", sent.chat_id));
        }
        if sent.voice_url.is_some() && chat.as_str().starts_with("zgr-") {
            return wrong(String::from(
                "a recording to a group, where it would be lost in silence",
            ));
        }
        if let Cause::Turn { .. } | Cause::Send { .. } = cause {
            let Some(taken) = book.parcels.get(cause) else {
                return wrong(String::from("sent without a record"));
            };
            if taken.chat != *chat || taken.parts.len() != *of as usize {
                return wrong(format!("sent to {chat}, {of} in all; taken was {taken:?}"));
            }
            if !taken.parts.get(*index as usize).is_some_and(|part| is_part(&sent, part)) {
                return wrong(format!("another text: {body}"));
            }
            if book.acked.contains_key(&(cause.clone(), *index)) {
                return wrong(String::from("sent again after it was acknowledged"));
            }
        }
        let view = scene.channel.view();
        let begun = view.parcels().find(|other| other.chat == *chat && other.next > 0);
        // What a person had tried again stands behind what came meanwhile.
        let other = |other: &Parcel| other.cause != *cause && !self.hurried.contains(&other.cause);
        if let Some(begun) = begun.filter(|begun| other(begun)) {
            return wrong(format!("sent between the chunks of {:?}", begun.cause));
        }
        Ok(())
    }

    /// A chunk was taken by Zalo, or not.
    pub fn done(&mut self, call: CallId, known: Known) -> Check {
        let Some((chat, cause, index)) = self.calls.get(&call).cloned() else { return Ok(()) };
        if known == Known::Not || !matches!(cause, Cause::Turn { .. } | Cause::Send { .. }) {
            return Ok(());
        }
        let before = self.arrived.insert((cause.clone(), index), Fate::Open);
        let wrong = |why: &str| broken("chunks", format!("{index} of {cause:?} {why}"));
        let Some(before) = before else { return Ok(()) };
        if self.hurried.contains(&cause) {
            return Ok(());
        }
        if self.at_most_once {
            return wrong("arrived twice under at-most-once");
        }
        match before {
            Fate::Open => wrong("arrived twice at one time"),
            Fate::Told => wrong("arrived again after the bot was told so"),
            Fate::Untold => Ok(()),
            Fate::Crash(crash) => {
                let times = self.repeated.entry((chat.clone(), crash)).or_default();
                *times += 1;
                if *times > 1 {
                    return wrong("is the second chunk repeated in its chat after one crash");
                }
                Ok(())
            }
        }
    }

    /// The bot hears how a call ended.
    pub fn heard(&mut self, call: CallId, known: Known) {
        let Some((chat, cause, index)) = self.calls.remove(&call) else { return };
        self.in_flight.remove(&chat);
        if let Some(fate) = self.arrived.get_mut(&(cause, index))
            && *fate == Fate::Open
        {
            *fate = if known == Known::Told { Fate::Told } else { Fate::Untold };
        }
    }

    pub(super) fn crash(&mut self, book: &Book) {
        self.crashes += 1;
        self.replies.clear();
        self.sends.clear();
        self.in_flight.clear();
        self.calls.clear();
        let crash = Fate::Crash(self.crashes);
        for (chunk, fate) in &mut self.arrived {
            let durable = book.is_durable(book.acked.get(chunk).copied());
            if *fate == Fate::Open || (*fate == Fate::Told && !durable) {
                *fate = crash;
            }
        }
    }
}

fn is_part(sent: &Sent, part: &Part) -> bool {
    match part {
        Part::Text { text, .. } => sent.text.as_ref() == Some(text),
        Part::Photo { url, caption } => {
            sent.photo.as_ref() == Some(url) && sent.caption.as_ref() == caption.as_ref()
        }
        Part::Sticker { sticker } => sent.sticker.as_ref() == Some(sticker),
        Part::Voice { url } => sent.voice_url.as_ref() == Some(url),
        _ => false,
    }
}

/// The parts are the reply: the texts joined but for white space at cuts, each within its bound.
fn joined(config: &AccountConfig, reply: &Reply, parts: &[Part], group: bool) -> Check {
    let wrong = |text: String| broken("chunks", text);
    let texts: Vec<&str> = reply.0.iter().filter_map(|message| message.text.as_deref()).collect();
    let whole = chunks::nfc(&texts.join("\n")).into_owned();
    let mut rest = whole.as_str();
    let mut stickers = reply.0.iter().filter_map(|message| message.sticker.as_ref());
    let mut voices = reply.0.iter().filter(|_| !group).filter_map(|message| message.voice.as_ref());
    for part in parts {
        let text = match part {
            Part::Text { text, .. } => text.as_str(),
            Part::Photo { caption, .. } => caption.as_deref().unwrap_or_default(),
            Part::Sticker { sticker } if stickers.any(|wanted| wanted == sticker) => "",
            Part::Voice { url } if voices.any(|wanted| url.ends_with(wanted)) => "",
            other => return wrong(format!("{other:?} is not in {reply:?}")),
        };
        let limit = config.text_chunk_limit.max(2) as usize;
        if chunks::utf16_len(text) > limit {
            return wrong(format!("a chunk of more than {limit} units: {text}"));
        }
        rest = rest.trim_start();
        match rest.strip_prefix(text.trim_start()) {
            Some(behind) => rest = behind,
            None => return wrong(format!("`{text}` does not follow; next is `{rest}`")),
        }
    }
    if !rest.trim().is_empty() {
        return wrong(format!("a reply lost its end: {rest}"));
    }
    Ok(())
}
