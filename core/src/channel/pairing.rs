//! Pairing: strangers get a code; whoever runs the bot decides, from outside the chat.

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;

use super::context::{Context, Signal, bounded};
use super::mail::Mail;
use super::notices;
use crate::action::{Action, DropReason};
use crate::event::{Subject, Verdict};
use crate::id::{Cause, ChatId, SenderId, Ticket};
use crate::ledger::{CODE_LIFE_MS, Parcel};
use crate::note::{Level, NoteCode};
use crate::parts;
use crate::record::Record;
use crate::settle::{Answer, Fault, FaultKind, Settled};
use crate::time::Time;
use crate::words;

/// Codes for one sender in 24 hours.
const CODES_PER_SENDER: usize = 2;
/// Codes for all senders in 24 hours.
const CODES_PER_ACCOUNT: usize = 30;
/// Characters of a source that are kept.
const SOURCE_CHARS_MAX: usize = 64;

/// A stranger wrote in private: a code, or the reason why there is none.
pub(super) fn stranger(
    cx: &mut Context,
    mail: &mut Mail,
    sender: &SenderId,
    name: Option<&str>,
    chat: &ChatId,
) -> DropReason {
    let book = &cx.ledger.pairing;
    if book.is_silenced(sender, cx.now) {
        return DropReason::PairingSilenced;
    }
    if let Some(request) = book.request(sender, cx.now) {
        if request.told {
            return DropReason::PairingPending;
        }
        // The first message with the code has not arrived, as far as anybody knows.
        let (code, issued_at) = (request.code.clone(), request.issued_at);
        tell(cx, mail, sender, chat, &code, issued_at);
        return DropReason::Pairing;
    }
    let (own, all) = book.issued(sender, cx.now);
    let pending = book.pending(cx.now).count();
    let full = pending >= cx.config.pairing.max_pending as usize
        || own >= CODES_PER_SENDER
        || all >= CODES_PER_ACCOUNT
        || book.is_full();
    if full {
        turn_away(cx, sender);
        return DropReason::PairingLimited;
    }
    issue(cx, mail, sender, name, chat);
    DropReason::Pairing
}

fn issue(cx: &mut Context, mail: &mut Mail, sender: &SenderId, name: Option<&str>, chat: &ChatId) {
    let mut code = cx.dice.code();
    while cx.ledger.pairing.holder(&code, cx.now).is_some() {
        code = cx.dice.code();
    }
    let name = name.map(String::from);
    cx.counters.codes += 1;
    cx.record(Record::CodeIssued {
        sender: sender.clone(),
        name: name.clone(),
        chat: chat.clone(),
        code: code.clone(),
        at: cx.now,
    });
    // One that expired unsent may still wait.
    mail.drop_notice(chat, &Cause::Code { sender: sender.clone() });
    tell(cx, mail, sender, chat, &code, cx.now);
    notices::stranger(cx, mail, sender, name.as_deref(), &code);
    let (sender, expires_at) = (sender.clone(), cx.now.plus(CODE_LIFE_MS));
    cx.act_durable(Action::IssueCode { sender, name, code, expires_at });
}

/// Queues the message with the code, unless it is queued already.
fn tell(
    cx: &mut Context,
    mail: &mut Mail,
    sender: &SenderId,
    chat: &ChatId,
    code: &str,
    issued_at: Time,
) {
    let cause = Cause::Code { sender: sender.clone() };
    if mail.has_notice(chat, &cause) {
        return;
    }
    let text = words::code(cx.config.pairing.language, sender, code);
    let parts = Arc::from(parts::line(&text));
    mail.post_notice(cx, Parcel::new(cause, chat.clone(), parts, issued_at));
}

/// Counted always, said at the 1st, 10th, 100th, ... time.
fn turn_away(cx: &mut Context, sender: &SenderId) {
    cx.counters.turned_away += 1;
    let count = cx.counters.turned_away;
    if count == 10_u64.saturating_pow(count.ilog10()) {
        let text = format!(
            "{count} messages of strangers got no code: at most {} wait at a time, \
             {CODES_PER_SENDER} codes a sender and {CODES_PER_ACCOUNT} in all are given out in 24 hours",
            cx.config.pairing.max_pending,
        );
        cx.note_sender(Level::Warn, NoteCode::PairingLimited, sender, text);
    }
}

/// The one function behind every door through which strangers are let in or turned away.
pub(super) fn decide(
    cx: &mut Context,
    mail: &mut Mail,
    subject: Subject,
    verdict: Verdict,
    source: &str,
    ticket: Ticket,
) {
    match sender_of(cx, subject) {
        Err(fault) => cx.settle(ticket, Settled::Error(fault)),
        Ok(sender) => {
            let source: String = source.chars().take(SOURCE_CHARS_MAX).collect();
            let answer = match verdict {
                Verdict::Approve { notify } => approve(cx, mail, &sender, notify, source),
                Verdict::Reject { block } => Ok(reject(cx, mail, &sender, block, source)),
                Verdict::Revoke => revoke(cx, &sender, source),
            };
            match answer {
                Ok(answer) => cx.settle_durable(ticket, Settled::Ok(answer)),
                Err(fault) => cx.settle(ticket, Settled::Error(fault)),
            }
        }
    }
}

fn sender_of(cx: &Context, subject: Subject) -> Result<SenderId, Fault> {
    match subject {
        Subject::Sender(sender) => Ok(sender),
        Subject::Code(code) => {
            let code = code.trim().to_ascii_uppercase();
            let holder = cx.ledger.pairing.holder(&code, cx.now).cloned();
            holder.ok_or_else(|| Fault {
                kind: FaultKind::UnknownCode,
                message: format!(
                    "no pending code {}: it was never issued, was used, or is older than one hour; \
                     the sender gets a new one by writing to the bot",
                    bounded(&code)
                ),
            })
        }
    }
}

fn approve(
    cx: &mut Context,
    mail: &mut Mail,
    sender: &SenderId,
    notify: bool,
    source: String,
) -> Result<Answer, Fault> {
    let request = cx.ledger.pairing.request(sender, cx.now);
    let name = request.and_then(|request| request.name.clone());
    let chat = request.map_or_else(|| ChatId::from(sender), |request| request.chat.clone());
    if cx.ledger.pairing.is_full() && !cx.ledger.pairing.is_approved(sender) {
        let message = String::from("a million senders are approved; revoke some first");
        return Err(Fault { kind: FaultKind::NotPossible, message });
    }
    let text = format!("approved by {}", bounded(&source));
    cx.note_sender(Level::Info, NoteCode::Pairing, sender, text);
    let_in(cx, mail, sender, source);
    if notify {
        notices::approved(cx, mail, &chat);
    }
    Ok(Answer::Approved { sender: sender.clone(), name })
}

/// Lets somebody in; a code that is on its way to them is no use any more.
pub(super) fn let_in(cx: &mut Context, mail: &mut Mail, sender: &SenderId, source: String) {
    let request = cx.ledger.pairing.request(sender, cx.now);
    let chat = request.map_or_else(|| ChatId::from(sender), |request| request.chat.clone());
    cx.record(Record::Approved { sender: sender.clone(), source, at: cx.now });
    mail.drop_notice(&chat, &Cause::Code { sender: sender.clone() });
}

fn reject(
    cx: &mut Context,
    mail: &mut Mail,
    sender: &SenderId,
    block: bool,
    source: String,
) -> Answer {
    if let Some(request) = cx.ledger.pairing.request(sender, cx.now) {
        let chat = request.chat.clone();
        mail.drop_notice(&chat, &Cause::Code { sender: sender.clone() });
    }
    let how = if block { "for good" } else { "for 24 hours" };
    let text = format!("turned away {how} by {}", bounded(&source));
    cx.note_sender(Level::Info, NoteCode::Pairing, sender, text);
    cx.record(Record::Rejected { sender: sender.clone(), block, source, at: cx.now });
    cx.signal(Signal::AccessLost(sender.clone()));
    Answer::Rejected { sender: sender.clone(), blocked: block }
}

fn revoke(cx: &mut Context, sender: &SenderId, source: String) -> Result<Answer, Fault> {
    if !cx.ledger.pairing.is_approved(sender) {
        let listed = cx.config.allow_from.lists(sender.as_str());
        let message = if listed {
            "this sender is let in by allowFrom in the configuration: remove the entry there"
        } else {
            "this sender was not approved by pairing"
        };
        return Err(Fault { kind: FaultKind::UnknownSender, message: String::from(message) });
    }
    let text = format!("revoked by {}", bounded(&source));
    cx.note_sender(Level::Info, NoteCode::Pairing, sender, text);
    cx.record(Record::Revoked { sender: sender.clone(), source, at: cx.now });
    cx.signal(Signal::AccessLost(sender.clone()));
    Ok(Answer::Revoked { sender: sender.clone() })
}
