//! Intake: what an update goes through until it is a turn, or is dropped with a reason.
//!
//! `parse -> own, bot, test, blank dropped -> duplicate dropped -> access -> turn`

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher13};

use super::context::Context;
use super::journal::Wake;
use super::mail::Mail;
use super::recent::Recent;
use super::{debounce, notices, pairing};
use crate::access::{Access, judge};
use crate::action::{DropReason, UpdateRef};
use crate::config::Handling;
use crate::envelope::{Chat, ChatKind, MediaKind, Medium, Raw, Sender};
use crate::id::{ChatId, MessageId, SenderId, UpdateKey};
use crate::limits::{ACCOUNT_TURNS_MAX, LANE_TURNS_MAX, RAW_BYTES_MAX};
use crate::note::{Level, NoteCode};
use crate::record::{Incoming, Record};
use crate::wire::{self, Kind, Unreadable, Update};

/// Room for so many keys is kept by an account at rest.
const FRESH_KEPT: usize = 4;

/// Takes updates in.
#[derive(Debug, Default)]
pub(super) struct Intake {
    /// Keys of updates that came to nothing: in memory only.
    dropped: Recent,
    /// Keys whose records are not durable yet, with their numbers, which only rise.
    fresh: VecDeque<(UpdateKey, u64)>,
}

/// A message that has passed all but access.
struct Candidate<'a> {
    update: &'a Update<'a>,
    chat: Chat,
    sender: SenderId,
    message_id: Option<MessageId>,
    key: UpdateKey,
}

impl Intake {
    /// Takes a webhook's body in: whatever it holds, flat or wrapped, is taken without complaint.
    /// Answers as `take` does, or that it is no JSON object.
    pub(super) fn take_body(
        &mut self,
        cx: &mut Context,
        mail: &mut Mail,
        text: &str,
    ) -> Result<u64, Unreadable> {
        let several = match wire::update(text) {
            Err(Unreadable::Several) => wire::updates(text)?,
            Err(no_object @ (Unreadable::NotJson | Unreadable::NotObject)) => {
                self.take_read(cx, mail, Err(no_object));
                return Err(no_object);
            }
            one => return Ok(self.take_read(cx, mail, one)),
        };
        let numbers = several.into_iter().map(|update| self.take(cx, mail, update));
        Ok(numbers.max().unwrap_or(0))
    }

    /// Takes one update in. Answers the number of the record that has to be durable before the
    /// update may be acknowledged; 0 when nothing has to.
    pub(super) fn take(&mut self, cx: &mut Context, mail: &mut Mail, text: &str) -> u64 {
        self.take_read(cx, mail, wire::update(text))
    }

    fn take_read(
        &mut self,
        cx: &mut Context,
        mail: &mut Mail,
        read: Result<Update<'_>, Unreadable>,
    ) -> u64 {
        cx.counters.received += 1;
        cx.counters.last_in = Some(cx.now);
        let before = cx.journal.last();
        let update = match read {
            Ok(update) => update,
            Err(unreadable) => {
                let empty = unreadable == Unreadable::Empty;
                let reason = if empty { DropReason::Empty } else { DropReason::Malformed };
                cx.drop_update(reason, UpdateRef::default());
                return 0;
            }
        };
        match self.sift(cx, &update) {
            Err((reason, durable_at)) => {
                cx.drop_update(reason, reference(&update));
                durable_at
            }
            Ok(candidate) => {
                self.judge(cx, mail, &candidate);
                let last = cx.journal.last();
                if last == before {
                    return 0;
                }
                self.fresh.push_back((candidate.key, last));
                last
            }
        }
    }

    /// Records up to this number are durable.
    pub(super) fn durable(&mut self, upto: u64) {
        while self.fresh.front().is_some_and(|(_, number)| *number <= upto) {
            self.fresh.pop_front();
        }
        if self.fresh.is_empty() {
            self.fresh.shrink_to(FRESH_KEPT);
        }
    }

    /// All that is dropped before access is asked.
    fn sift<'a>(
        &mut self,
        cx: &Context,
        update: &'a Update<'a>,
    ) -> Result<Candidate<'a>, (DropReason, u64)> {
        let message = &update.message;
        let early = |reason| Err((reason, 0));
        if update.kind == Kind::Test {
            return early(DropReason::Test);
        }
        if update.id_too_long {
            return early(DropReason::IdTooLong);
        }
        let Some(from) = &message.from else {
            return early(match update.kind {
                Kind::Unsupported => DropReason::Unsupported,
                Kind::Unknown => DropReason::UnknownKind,
                _ => DropReason::NoSender,
            });
        };
        let Some(place) = &message.chat else {
            return early(DropReason::NoChat);
        };
        if from.id == cx.config.bot_id.as_str() {
            return early(DropReason::Own);
        }
        if from.is_bot {
            return early(DropReason::Bot);
        }
        let blank = message.text.as_deref().unwrap_or_default().trim().is_empty();
        if update.kind == Kind::Text && blank {
            return early(DropReason::Blank);
        }
        let key = key_of(update, &place.id, &from.id);
        if cx.ledger.seen.contains(key, cx.now) || self.dropped.contains(key, cx.now) {
            // It is acknowledged no earlier than the first.
            let first = self.fresh.iter().find(|(fresh, _)| *fresh == key);
            let number = first.map_or(0, |(_, number)| *number);
            return Err((DropReason::Duplicate, number));
        }
        let sender = SenderId::from(&*from.id);
        let in_private = place.id == from.id;
        let chat = if in_private { ChatId::from(&sender) } else { ChatId::from(&*place.id) };
        Ok(Candidate {
            update,
            chat: Chat { id: chat, kind: place.kind },
            sender,
            message_id: message.id.as_deref().map(MessageId::from),
            key,
        })
    }

    fn judge(&mut self, cx: &mut Context, mail: &mut Mail, candidate: &Candidate<'_>) {
        let approved = cx.ledger.pairing.is_approved(&candidate.sender);
        let reason = match judge(&cx.config, approved, &candidate.chat, &candidate.sender) {
            Access::Admitted => match admit(cx, mail, candidate) {
                Ok(()) => return,
                Err(reason) => reason,
            },
            Access::Stranger => {
                let from = candidate.update.message.from.as_ref();
                let name = from.and_then(|from| from.name.as_deref());
                pairing::stranger(cx, mail, &candidate.sender, name, &candidate.chat.id)
            }
            Access::Refused(reason) => reason,
        };
        // Who finds no room may find some when Zalo delivers the message once more.
        let transient = matches!(reason, DropReason::LaneFull | DropReason::AccountFull);
        if !transient {
            self.dropped.insert(candidate.key, cx.now);
        }
        let update = UpdateRef {
            chat: Some(candidate.chat.id.clone()),
            sender: Some(candidate.sender.clone()),
            message_id: candidate.message_id.clone(),
            event: event_of(candidate.update),
        };
        cx.drop_update(reason, update);
    }
}

/// Makes a turn of it, if its kind and the bounds allow that.
fn admit(cx: &mut Context, mail: &mut Mail, candidate: &Candidate<'_>) -> Result<(), DropReason> {
    let kind = candidate.update.kind;
    let logged = match kind {
        Kind::Sticker if cx.config.inbound.sticker == Handling::Log => DropReason::Sticker,
        Kind::Voice if cx.config.inbound.voice == Handling::Log => DropReason::Voice,
        Kind::Unsupported => DropReason::Unsupported,
        Kind::Text | Kind::Image | Kind::Sticker | Kind::Voice => {
            return take_turn(cx, candidate);
        }
        _ => DropReason::UnknownKind,
    };
    let shown = matches!(logged, DropReason::Unsupported | DropReason::UnknownKind);
    // Where a person answers, the bot keeps silent.
    if shown && !cx.ledger.paused.contains(&candidate.chat.id) {
        notices::unsupported(cx, mail, &candidate.sender, &candidate.chat.id);
    }
    Err(logged)
}

fn take_turn(cx: &mut Context, candidate: &Candidate<'_>) -> Result<(), DropReason> {
    let chat = &candidate.chat.id;
    if cx.ledger.paused.contains(chat) {
        let incoming = Arc::new(incoming(cx, candidate));
        cx.record(Record::Listed { incoming, at: cx.now });
        return Err(DropReason::ChatPaused);
    }
    if cx.ledger.turns.messages() >= ACCOUNT_TURNS_MAX {
        return Err(DropReason::AccountFull);
    }
    if cx.ledger.turns.lane_messages(chat) >= LANE_TURNS_MAX {
        return Err(DropReason::LaneFull);
    }
    if candidate.update.message.truncated {
        let text = "a message of more than 64 KiB was cut";
        cx.note_chat(Level::Warn, NoteCode::TextCut, chat, None, text);
    }
    let incoming = Arc::new(incoming(cx, candidate));
    let evicted = cx.ledger.seen.evicted();
    let turn = debounce::take(cx, incoming);
    if evicted == 0 && cx.ledger.seen.evicted() > 0 {
        let text = "so many messages came that the oldest are no longer known as duplicates";
        cx.note(Level::Warn, NoteCode::KeysEvicted, text);
    }
    cx.when_durable(Wake::Turn(turn));
    Ok(())
}

/// The key of an update: chat, sender and message id, for the id alone is not unique across chats;
/// without an id, the whole update.
fn key_of(update: &Update<'_>, chat: &str, sender: &str) -> UpdateKey {
    // The keys are no secret: ids come from Zalo, and they have to be the same after a restart.
    let mut hasher = SipHasher13::new_with_keys(0x7a61_6c6f, 0x7869_6465);
    let mut part = |bytes: &[u8]| {
        hasher.write_u64(bytes.len() as u64);
        hasher.write(bytes);
    };
    match update.message.id.as_deref() {
        Some(id) => {
            part(chat.as_bytes());
            part(sender.as_bytes());
            part(id.as_bytes());
        }
        None => part(update.raw.as_bytes()),
    }
    UpdateKey(hasher.finish128().as_u128())
}

fn reference(update: &Update<'_>) -> UpdateRef {
    let message = &update.message;
    UpdateRef {
        chat: message.chat.as_ref().map(|chat| ChatId::from(&*chat.id)),
        sender: message.from.as_ref().map(|from| SenderId::from(&*from.id)),
        message_id: message.id.as_deref().map(MessageId::from),
        event: event_of(update),
    }
}

/// The event's name, where it says more than the kind.
fn event_of(update: &Update<'_>) -> Option<String> {
    let known = matches!(update.kind, Kind::Text | Kind::Image | Kind::Sticker | Kind::Voice);
    update.event.as_deref().filter(|_| !known).map(String::from)
}

fn incoming(cx: &Context, candidate: &Candidate<'_>) -> Incoming {
    let message = &candidate.update.message;
    // A picture may come with an empty text beside its caption.
    let text = message.text.as_deref().filter(|text| !text.trim().is_empty());
    let text = text.or(message.caption.as_deref()).unwrap_or_default();
    let text = match candidate.chat.kind {
        ChatKind::Group => without_mention(text, cx.bot_name.as_deref()),
        ChatKind::Private => text,
    };
    let raw = message.raw.filter(|raw| raw.len() <= RAW_BYTES_MAX);
    Incoming {
        key: candidate.key,
        chat: candidate.chat.clone(),
        sender: Sender {
            id: candidate.sender.clone(),
            name: message.from.as_ref().and_then(|from| from.name.as_deref()).map(String::from),
        },
        message_id: candidate.message_id.clone(),
        timestamp_ms: message.date.unwrap_or(cx.now).as_ms(),
        text: String::from(text),
        media: media(candidate.update),
        raw: Raw::new(raw),
    }
}

fn media(update: &Update<'_>) -> Vec<Medium> {
    let message = &update.message;
    let (kind, url) = match update.kind {
        Kind::Image => (MediaKind::Image, &message.photo_url),
        Kind::Voice => (MediaKind::Voice, &message.voice_url),
        Kind::Sticker => (MediaKind::Sticker, &message.url),
        _ => return Vec::new(),
    };
    let sticker = message.sticker.as_deref().filter(|_| kind == MediaKind::Sticker);
    let (url, sticker) = (url.as_deref().map(String::from), sticker.map(String::from));
    [Medium { kind, path: None, content_type: None, bytes: None, url, sticker }].into()
}

/// Group messages start with a literal `@<bot name>`; nothing else marks a mention.
fn without_mention<'a>(text: &'a str, bot_name: Option<&str>) -> &'a str {
    let rest = bot_name
        .filter(|name| !name.is_empty())
        .and_then(|name| text.trim_start().strip_prefix('@')?.strip_prefix(name));
    match rest {
        // `@Bot` must not eat the beginning of `@Botany`.
        Some(rest) if !rest.starts_with(char::is_alphanumeric) => rest.trim_start(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::without_mention;

    #[test]
    fn the_leading_mention_is_stripped() {
        let table = [
            ("@Bot Thử  /help", Some("Bot Thử"), "/help"),
            (" @Bot Thử", Some("Bot Thử"), ""),
            ("@Botany is fun", Some("Bot"), "@Botany is fun"),
            ("ý bạn là sao?", Some("Bot Thử"), "ý bạn là sao?"),
            ("@Bot hi", None, "@Bot hi"),
            ("hi @Bot", Some("Bot"), "hi @Bot"),
            ("@", Some(""), "@"),
        ];
        for (text, name, expected) in table {
            assert_eq!(without_mention(text, name), expected, "{text:?}");
        }
    }
}
