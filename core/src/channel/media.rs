//! Downloads: what users sent is fetched as soon as its turn is durable, for its URLs expire.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::String;

use super::context::{Context, Phase};
use crate::action::Action;
use crate::event::Fetched;
use crate::id::{ChatId, TurnId};
use crate::ledger::Turn;
use crate::limits::{DOWNLOAD_BYTES_MAX, URL_BYTES_MAX};
use crate::note::{Level, NoteCode};
use crate::record::Record;

/// Downloads, and the room they take.
#[derive(Debug, Default)]
pub(super) struct Downloads {
    /// Turns whose downloads have begun.
    begun: BTreeMap<TurnId, Begun>,
    /// Turns that wait for room; they get it when they are the oldest of their lane.
    waiting: VecDeque<TurnId>,
    bytes: u64,
}

/// How far a turn's downloads have begun: a message may join it later.
#[derive(Clone, Copy, Debug, Default)]
struct Begun {
    /// So many of its media.
    media: usize,
    /// Set aside for them.
    bytes: u64,
}

impl Downloads {
    /// Begins what can begin in a chat: the newest turns if there is room, the oldest at any rate.
    pub(super) fn advance(&mut self, cx: &mut Context, chat: &ChatId) {
        let head = cx.ledger.turns.head(chat).map(|turn| turn.id);
        if let Some(head) = head {
            self.begin(cx, head, true);
        }
    }

    /// A turn is durable: its downloads may begin.
    pub(super) fn turn_durable(&mut self, cx: &mut Context, turn: TurnId) {
        self.begin(cx, turn, false);
    }

    fn begin(&mut self, cx: &mut Context, id: TurnId, at_any_rate: bool) {
        if cx.phase != Phase::Running {
            return;
        }
        let Some(turn) = cx.ledger.turns.get(id) else { return };
        let durable = cx.journal.is_durable(turn.number.0);
        let begun = self.begun.get(&id).copied().unwrap_or_default();
        let media = turn.fetched.len();
        if turn.media_complete() || !durable || begun.media >= media {
            return;
        }
        let bytes_max = cx.config.media_bytes_max();
        let bytes = bytes_max.saturating_mul((media - begun.media) as u64);
        if !at_any_rate && self.bytes.saturating_add(bytes) > DOWNLOAD_BYTES_MAX {
            if !self.waiting.contains(&id) {
                self.waiting.push_back(id);
            }
            return;
        }
        self.begun.insert(id, Begun { media, bytes: begun.bytes.saturating_add(bytes) });
        self.bytes = self.bytes.saturating_add(bytes);
        for (index, url) in missing(turn, begun.media) {
            if let Some(url) = url {
                cx.act(Action::FetchMedia { turn: id, index, url, bytes_max });
            } else {
                let reason = String::from("Zalo sent no usable URL for it");
                fetched(cx, id, index, Fetched::Failed { reason });
            }
        }
    }

    /// A turn is closed: the room goes to those who wait.
    pub(super) fn closed(&mut self, cx: &mut Context, turn: TurnId) {
        if let Some(begun) = self.begun.remove(&turn) {
            self.bytes = self.bytes.saturating_sub(begun.bytes);
        }
        for _ in 0..self.waiting.len() {
            if self.bytes >= DOWNLOAD_BYTES_MAX {
                return;
            }
            let Some(next) = self.waiting.pop_front() else { return };
            self.begin(cx, next, false);
        }
    }
}

/// Media from `first` on whose downloads have not ended, with their URLs.
fn missing(turn: &Turn, first: usize) -> VecDeque<(u32, Option<String>)> {
    let media = (0..).zip(turn.media().zip(&turn.fetched)).skip(first);
    let open = media.filter(|(_, (_, result))| result.is_none());
    open.map(|(index, (medium, _))| {
        let url = medium.url.clone().filter(|url| url.len() <= URL_BYTES_MAX);
        (index, url)
    })
    .collect()
}

/// A download has ended. An answer for a turn that is gone is dropped.
pub(super) fn fetched(cx: &mut Context, id: TurnId, index: u32, result: Fetched) {
    let Some(turn) = cx.ledger.turns.get(id) else { return };
    if turn.fetched.get(index as usize) != Some(&None) {
        return;
    }
    let chat = turn.chat().clone();
    if let Fetched::Failed { reason } = &result {
        let text =
            alloc::format!("an attachment could not be had: {}", super::context::bounded(reason));
        cx.note_chat(Level::Warn, NoteCode::Media, &chat, Some(id), text);
    }
    cx.record(Record::MediaFetched { turn: id, index, result });
    cx.when_durable(super::journal::Wake::Turn(id));
}
