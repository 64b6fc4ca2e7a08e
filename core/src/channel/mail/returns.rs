//! What comes back from a send: the chunk is acknowledged, tried again, or the rest is given up.

use alloc::format;
use alloc::string::String;

use super::{Mail, closed, ending, is_void};
use crate::channel::backoff;
use crate::channel::context::{Context, Signal};
use crate::channel::journal::Wake;
use crate::channel::timers::Timer;
use crate::channel::verdict::{self, Chunk, Next, Verdict};
use crate::config::Format;
use crate::event::Outcome;
use crate::id::{Cause, ChatId, MessageId};
use crate::ledger::{CODE_LIFE_MS, Delay, Parcel};
use crate::method::Method;
use crate::note::{Level, NoteCode};
use crate::record::{DeadWhy, Part, Record};
use crate::settle::SendError;
use crate::time::SECOND_MS;

/// Why the rest of a parcel is given up.
pub(super) struct GivenUp {
    pub(super) why: DeadWhy,
    pub(super) code: u32,
    pub(super) reason: String,
}

impl Mail {
    /// A send has ended.
    pub(in crate::channel) fn returned(
        &mut self,
        cx: &mut Context,
        method: Method,
        (chat, cause, index): (&ChatId, &Cause, u32),
        outcome: &Outcome<'_>,
    ) {
        if let Some(b) = self.boxes.get_mut(chat) {
            b.in_flight = None;
        }
        let verdict = verdict::read(method, outcome, cx.config.delivery);
        if matches!(verdict, Verdict::Unknown { .. }) {
            cx.counters.unknown += 1;
        }
        if matches!(verdict, Verdict::Acked(_)) {
            cx.counters.chunks_sent += 1;
            cx.counters.last_out = Some(cx.now);
        }
        if self.parcel(cx, chat, cause).is_some_and(|parcel| is_void(cx, parcel)) {
            self.remove_notice(chat, cause);
        }
        let parcel = self.parcel(cx, chat, cause).filter(|parcel| parcel.next == index);
        match (parcel, verdict) {
            (Some(parcel), verdict) => {
                let chunk = chunk(cx, parcel);
                let next = verdict::decide(verdict, chunk, cx.config.delivery);
                self.proceed(cx, chat, cause, index, next);
            }
            // Nobody waits for it any more, but what is said of the bot holds for all it sends.
            (None, Verdict::Quota) => quota_used_up(cx),
            (None, Verdict::Auth) => cx.signal(Signal::AuthDoubted),
            (None, _) => {}
        }
        cx.signal(Signal::Mail(chat.clone()));
    }

    fn proceed(&mut self, cx: &mut Context, chat: &ChatId, cause: &Cause, index: u32, next: Next) {
        match next {
            Next::Acked(message_id) => self.acknowledged(cx, chat, cause, index, message_id),
            Next::Plain => self.postpone(cx, chat, cause, index, 0, (false, true)),
            Next::Again { doubtful, at_least_ms, reason } => {
                let failures = self.parcel(cx, chat, cause).map_or(0, |parcel| parcel.failures);
                let delay =
                    backoff::SENDS.delay_ms(failures.saturating_add(1), at_least_ms, &mut cx.dice);
                self.postpone(cx, chat, cause, index, delay, (doubtful, false));
                cx.counters.chunks_retried += 1;
                let (code, what) = if doubtful {
                    (NoteCode::SendUnknown, "may or may not have arrived; sent once more")
                } else {
                    (NoteCode::SendRetry, "was not sent; tried again")
                };
                let text = format!("chunk {} {what} in {delay} ms: {reason}", index + 1);
                cx.note_chat(Level::Warn, code, chat, None, text);
            }
            Next::GiveUp { why, code, reason } => {
                self.give_up(cx, chat, cause, index, GivenUp { why, code, reason });
            }
            Next::Quota => {
                self.postpone(cx, chat, cause, index, 0, (false, false));
                quota_used_up(cx);
            }
            Next::Auth => {
                let failures = self.parcel(cx, chat, cause).map_or(0, |parcel| parcel.failures);
                let delay = backoff::SENDS.delay_ms(failures.saturating_add(1), None, &mut cx.dice);
                self.postpone(cx, chat, cause, index, delay, (false, false));
                cx.signal(Signal::AuthDoubted);
            }
        }
    }

    fn acknowledged(
        &mut self,
        cx: &mut Context,
        chat: &ChatId,
        cause: &Cause,
        index: u32,
        message_id: Option<MessageId>,
    ) {
        if let Some(parcel) = cx.ledger.posts.get(cause) {
            let ending = ending(parcel, message_id.clone(), None);
            let before = cx.ledger.quota.sent(cx.now);
            let (cause, at) = (cause.clone(), cx.now);
            cx.record(Record::ChunkAcked { cause: cause.clone(), index, message_id, at });
            if let Some(b) = self.boxes.get_mut(chat) {
                b.acked = cx.journal.last();
            }
            warn_of_quota(cx, before);
            cx.when_durable(Wake::Mail(chat.clone()));
            if cx.ledger.posts.get(&cause).is_none() {
                closed(cx, chat, &cause, ending);
            }
            return;
        }
        let Some(parcel) = self.notice_mut(chat, cause) else { return };
        let taken_at = parcel.taken_at;
        if parcel.acknowledge(0, index, None) == Ok(true) {
            self.remove_notice(chat, cause);
            let (before, at) = (cx.ledger.quota.sent(cx.now), cx.now);
            let told = match cause {
                // The code that was told may have died on its way, and another one be out.
                Cause::Code { sender } => {
                    let request = cx.ledger.pairing.request(sender, at);
                    request.filter(|request| request.issued_at <= taken_at).and(Some(sender))
                }
                _ => None,
            };
            cx.record(match told {
                Some(sender) => Record::CodeTold { sender: sender.clone(), at },
                None => Record::NoticeSent { at },
            });
            warn_of_quota(cx, before);
        }
    }

    fn postpone(
        &mut self,
        cx: &mut Context,
        chat: &ChatId,
        cause: &Cause,
        index: u32,
        delay_ms: u64,
        (doubtful, plain): (bool, bool),
    ) {
        let (until, at) = (cx.now.plus(delay_ms), cx.now);
        if cx.ledger.posts.get(cause).is_some() {
            let cause = cause.clone();
            cx.record(Record::ChunkPostponed { cause, index, until, at, doubtful, plain });
            cx.when_durable(Wake::Mail(chat.clone()));
        } else if let Some(parcel) = self.notice_mut(chat, cause) {
            let number = parcel.number.0;
            // A chunk out of order can't be: the index was compared before.
            let _ = parcel.postpone(number, index, Delay { until, at, doubtful, plain });
        }
    }

    pub(super) fn give_up(
        &mut self,
        cx: &mut Context,
        chat: &ChatId,
        cause: &Cause,
        index: u32,
        given_up: GivenUp,
    ) {
        let GivenUp { why, code, reason } = given_up;
        let doubt = if why == DeadWhy::Doubtful { " (it may have arrived)" } else { "" };
        let text = format!("given up at chunk {}{doubt}: {reason}", index + 1);
        let Some(parcel) = cx.ledger.posts.get(cause) else {
            self.remove_notice(chat, cause);
            cx.note_chat(Level::Warn, NoteCode::DeadLetter, chat, None, text);
            return;
        };
        let ending = ending(parcel, None, Some(SendError { index, code, message: reason.clone() }));
        cx.counters.dead += 1;
        let turn = if let Cause::Turn { id } = cause { Some(*id) } else { None };
        cx.note_chat(Level::Error, NoteCode::DeadLetter, chat, turn, text);
        let (cause, message, at) = (cause.clone(), reason, cx.now);
        cx.record(Record::PostDead { cause: cause.clone(), index, why, code, message, at });
        closed(cx, chat, &cause, ending);
    }

    /// After a restart: what was about to be sent, and nobody knows whether it was.
    pub(in crate::channel) fn settle_intents(&mut self, cx: &mut Context) {
        let intended = cx.ledger.posts.iter().filter(|parcel| parcel.intended);
        let doubtful: alloc::vec::Vec<_> = intended
            .map(|parcel| (parcel.chat.clone(), parcel.cause.clone(), parcel.next))
            .collect();
        for (chat, cause, index) in doubtful {
            let reason = String::from("the program ended while it was being sent");
            let verdict = Verdict::Unknown { code: 0, reason };
            let Some(parcel) = cx.ledger.posts.get(&cause) else { continue };
            let next = verdict::decide(verdict, chunk(cx, parcel), cx.config.delivery);
            self.proceed(cx, &chat, &cause, index, next);
        }
    }

    fn parcel<'a>(&'a self, cx: &'a Context, chat: &ChatId, cause: &Cause) -> Option<&'a Parcel> {
        let notice = || self.boxes.get(chat)?.notices.iter().find(|parcel| parcel.cause == *cause);
        cx.ledger.posts.get(cause).or_else(notice)
    }

    fn notice_mut(&mut self, chat: &ChatId, cause: &Cause) -> Option<&mut Parcel> {
        self.boxes.get_mut(chat)?.notices.iter_mut().find(|parcel| parcel.cause == *cause)
    }

    pub(super) fn remove_notice(&mut self, chat: &ChatId, cause: &Cause) {
        if let Some(b) = self.boxes.get_mut(chat) {
            let before = b.notices.len();
            b.notices.retain(|parcel| parcel.cause != *cause);
            self.notices -= before - b.notices.len();
        }
    }
}

/// What is known of a parcel's next chunk.
fn chunk(cx: &Context, parcel: &Parcel) -> Chunk {
    let formatted = match parcel.part() {
        Some(Part::Text { format, .. }) => *format != Format::Text && !parcel.plain,
        _ => false,
    };
    let max_age_ms = match parcel.cause {
        // A code is of no use after its hour; the bot's own lines are not worth more.
        Cause::Code { .. } | Cause::Notice { .. } => CODE_LIFE_MS,
        _ => cx.config.retry.max_age_sec.saturating_mul(SECOND_MS),
    };
    let expired = cx.now.since(parcel.taken_at) >= max_age_ms;
    Chunk { doubts: parcel.doubts, formatted, expired }
}

fn quota_used_up(cx: &mut Context) {
    if cx.ledger.quota.paused(cx.now).is_some() {
        return;
    }
    let until = cx.now.month_end();
    cx.record(Record::QuotaPaused { until, at: cx.now });
    cx.timers.set(Timer::Quota, until);
    let text = "Zalo says the month's quota is used up: sends pause until the month ends in Vietnam, \
                or until `zaloxide quota resume`";
    cx.note(Level::Error, NoteCode::QuotaExhausted, text);
}

/// Says once that 80 % of the month's quota is used.
fn warn_of_quota(cx: &mut Context, before: u64) {
    let line = cx.config.quota.monthly / 5 * 4;
    let sent = cx.ledger.quota.sent(cx.now);
    if line > 0 && before < line && sent >= line {
        let text = format!("{sent} of {} messages of this month are sent", cx.config.quota.monthly);
        cx.note(Level::Warn, NoteCode::QuotaWarning, text);
    }
}
