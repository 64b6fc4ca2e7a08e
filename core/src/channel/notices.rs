//! Notices: lines of the bot's own, to owners, to who was let in, to who sent what bots can't see.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;

use super::context::Context;
use super::mail::Mail;
use crate::id::{Cause, ChatId, NoticeId, SenderId};
use crate::ledger::Parcel;
use crate::limits::NOTICES_MAX;
use crate::parts;
use crate::time::{HOUR_MS, Time};
use crate::words;

/// Who was told what bots can't see, and when: at most once an hour.
#[derive(Debug, Default)]
pub(super) struct Told(BTreeMap<SenderId, Time>);

/// Senders that are remembered; the one told longest ago makes room.
const TOLD_MAX: usize = 10_000;

impl Told {
    /// Whether a sender may be told now; remembers that they are.
    fn claim(&mut self, sender: &SenderId, now: Time) -> bool {
        if self.0.get(sender).is_some_and(|at| now.since(*at) < HOUR_MS) {
            return false;
        }
        if self.0.len() >= TOLD_MAX {
            self.0.retain(|_, at| now.since(*at) < HOUR_MS);
        }
        if self.0.len() >= TOLD_MAX {
            return false;
        }
        self.0.insert(sender.clone(), now);
        true
    }
}

/// Says `unsupportedReply`, if there is one.
pub(super) fn unsupported(cx: &mut Context, mail: &mut Mail, sender: &SenderId, chat: &ChatId) {
    if cx.config.unsupported_reply.trim().is_empty() || !mail.told.claim(sender, cx.now) {
        return;
    }
    let text = cx.config.unsupported_reply.clone();
    say(cx, mail, chat, &text);
}

/// Tells somebody that they were let in.
pub(super) fn approved(cx: &mut Context, mail: &mut Mail, chat: &ChatId) {
    let text = words::approved(cx.config.pairing.language);
    say(cx, mail, chat, &text);
}

/// Tells the owners that a stranger asks.
pub(super) fn stranger(
    cx: &mut Context,
    mail: &mut Mail,
    sender: &SenderId,
    name: Option<&str>,
    code: &str,
) {
    let text = words::stranger(cx.config.pairing.language, sender, name, code);
    for chat in cx.config.pairing.notify.clone() {
        say(cx, mail, &chat, &text);
    }
}

/// Queues a line, once all records so far are durable.
fn say(cx: &mut Context, mail: &mut Mail, chat: &ChatId, text: &str) {
    if mail.notices() >= NOTICES_MAX {
        return;
    }
    let cause = Cause::Notice { id: NoticeId(cx.dice.id()) };
    let parts = Arc::from(parts::line(text));
    mail.post_notice(cx, Parcel::new(cause, chat.clone(), parts, cx.now));
}
