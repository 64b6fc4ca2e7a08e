//! What operators ask for.

use alloc::format;
use alloc::string::{String, ToString};

use super::calls::Purpose;
use super::context::{Context, Phase, Signal, bounded};
use super::import;
use super::journal::Wake;
use super::lanes::{self, Lanes};
use super::mail::{self, Mail};
use super::timers::Timer;
use crate::event::{Op, Outcome, Question};
use crate::id::{Cause, ChatId, SendId, SenderId, Ticket, TurnId};
use crate::ledger::{Parcel, Turn};
use crate::limits::{ACCOUNT_CHUNKS_MAX, ACCOUNT_TURNS_MAX, LANE_TURNS_MAX, PAUSED_CHATS_MAX};
use crate::method::Method;
use crate::note::{Level, NoteCode};
use crate::record::Record;
use crate::settle::{Answer, Fault, FaultKind, Settled};
use crate::wire::{self, Call, Response};

/// Does it, or says why not.
pub(super) fn operate(
    cx: &mut Context,
    lanes: &mut Lanes,
    mail: &mut Mail,
    op: Op,
    ticket: Ticket,
) {
    let done = match op {
        Op::Retry { turn } => retry(cx, lanes, turn),
        Op::Drop { turn } => give_up(cx, lanes, turn),
        Op::ResumeSends => resume_sends(cx),
        Op::Forget { sender } => Ok(forget(cx, lanes, mail, sender)),
        Op::Pause { chat } => pause(cx, chat),
        Op::Resume { chat } => resume(cx, chat),
        Op::Import(entries) => return import::import(cx, mail, entries, ticket),
        Op::Ask { question } => return ask(cx, question, ticket),
    };
    match done {
        Ok(answer) => cx.settle_durable(ticket, Settled::Ok(answer)),
        Err((kind, message)) => cx.fail(ticket, kind, message),
    }
}

type Done = Result<Answer, (FaultKind, String)>;

fn unknown(id: TurnId) -> (FaultKind, String) {
    let message =
        format!("no turn, reply or send {id} is waiting or dead; see `zaloxide turns list`");
    (FaultKind::UnknownTurn, message)
}

fn not_possible(message: &str) -> (FaultKind, String) {
    (FaultKind::NotPossible, message.to_string())
}

/// The open parcel with this id, whether a turn's reply or a send.
fn parcel_of(cx: &Context, id: TurnId) -> Option<(Cause, ChatId)> {
    let causes = [Cause::Turn { id }, Cause::Send { id: SendId(id.0) }];
    causes.into_iter().find_map(|cause| {
        let chat = cx.ledger.posts.get(&cause)?.chat.clone();
        Some((cause, chat))
    })
}

fn retry(cx: &mut Context, lanes: &Lanes, id: TurnId) -> Done {
    let at = cx.now;
    if let Some(letter) = cx.ledger.dead.find(id) {
        let chat = letter.chat().cloned();
        let lane = chat.as_ref().map_or(0, |chat| cx.ledger.turns.lane_messages(chat));
        let messages = letter.turn.as_ref().map_or(0, Turn::len);
        let full = lane + messages > LANE_TURNS_MAX
            || cx.ledger.turns.messages() + messages > ACCOUNT_TURNS_MAX
            || cx.ledger.posts.chunks_left() + letter.parcel.as_ref().map_or(0, Parcel::left)
                > ACCOUNT_CHUNKS_MAX;
        if full {
            return Err(not_possible("there is no room for it now; try again later"));
        }
        let cause = letter.cause.clone();
        cx.record(Record::Revived { cause, at });
        cx.when_durable(Wake::Turn(id));
        if let Some(chat) = chat {
            cx.when_durable(Wake::Mail(chat));
        }
        return Ok(Answer::Retried { turn: id });
    }
    if let Some((cause, chat)) = parcel_of(cx, id) {
        cx.record(Record::Hurried { cause, at });
        cx.when_durable(Wake::Mail(chat));
        return Ok(Answer::Retried { turn: id });
    }
    if cx.ledger.turns.get(id).is_none() {
        return Err(unknown(id));
    }
    if lanes.is_running(id) {
        return Err(not_possible("the agent is working on it"));
    }
    cx.record(Record::Hurried { cause: Cause::Turn { id }, at });
    cx.when_durable(Wake::Turn(id));
    Ok(Answer::Retried { turn: id })
}

fn give_up(cx: &mut Context, lanes: &mut Lanes, id: TurnId) -> Done {
    if let Some(letter) = cx.ledger.dead.find(id) {
        let cause = letter.cause.clone();
        cx.record(Record::DeadDropped { cause });
    } else if let Some((cause, _)) = parcel_of(cx, id) {
        mail::drop_post(cx, &cause);
    } else if cx.ledger.turns.get(id).is_some() {
        lanes.abandon(cx, id);
        lanes::close(cx, id);
    } else {
        return Err(unknown(id));
    }
    Ok(Answer::Dropped { turn: id })
}

fn resume_sends(cx: &mut Context) -> Done {
    if cx.ledger.quota.paused(cx.now).is_none() {
        return Err(not_possible("sends are not paused"));
    }
    cx.record(Record::QuotaResumed { at: cx.now });
    cx.timers.clear(Timer::Quota);
    cx.note(Level::Info, NoteCode::SendsResumed, "sends go on");
    cx.signal(Signal::SendsOpen);
    Ok(Answer::Resumed)
}

fn forget(cx: &mut Context, lanes: &mut Lanes, mail: &mut Mail, sender: SenderId) -> Answer {
    let of_sender = cx.ledger.turns.iter().filter(|turn| turn.incoming.sender.id == sender);
    let turns: alloc::vec::Vec<_> = of_sender.map(|turn| (turn.id, turn.replying)).collect();
    for (id, replying) in turns {
        if replying {
            mail::drop_post(cx, &Cause::Turn { id });
        } else {
            lanes.abandon(cx, id);
            lanes::close(cx, id);
        }
    }
    let private = ChatId::from(&sender);
    let sends = cx.ledger.posts.iter().filter(|parcel| parcel.chat == private);
    for cause in sends.map(|parcel| parcel.cause.clone()).collect::<alloc::vec::Vec<_>>() {
        mail::drop_post(cx, &cause);
    }
    if let Some(request) = cx.ledger.pairing.request(&sender, cx.now) {
        let chat = request.chat.clone();
        mail.drop_notice(&chat, &Cause::Code { sender: sender.clone() });
    }
    cx.record(Record::Forgotten { sender: sender.clone() });
    Answer::Forgotten { sender }
}

fn pause(cx: &mut Context, chat: ChatId) -> Done {
    if cx.ledger.paused.contains(&chat) {
        return Err(not_possible("this chat is paused already"));
    }
    if cx.ledger.paused.len() >= PAUSED_CHATS_MAX {
        return Err(not_possible("1,000 chats are paused; resume some first"));
    }
    cx.record(Record::ChatPaused { chat, at: cx.now });
    Ok(Answer::ChatPaused)
}

fn resume(cx: &mut Context, chat: ChatId) -> Done {
    if !cx.ledger.paused.contains(&chat) {
        return Err(not_possible("this chat is not paused"));
    }
    cx.record(Record::ChatResumed { chat: chat.clone() });
    cx.signal(Signal::Lane(chat));
    Ok(Answer::ChatResumed)
}

fn ask(cx: &mut Context, question: Question, ticket: Ticket) {
    if let Question::SetWebhook { url } = &question {
        cx.record(Record::WebhookSet { url: url.clone() });
    }
    cx.when_durable(Wake::Ask(ticket, question));
}

/// Makes the call that an operator asked for.
pub(super) fn start(cx: &mut Context, ticket: Ticket, question: &Question) {
    if cx.phase != Phase::Running {
        return cx.fail(ticket, FaultKind::Stopping, "the gateway stopped before Zalo was asked");
    }
    let call = match question {
        Question::GetMe => Call::GetMe,
        Question::GetWebhookInfo => Call::GetWebhookInfo,
        Question::DeleteWebhook => Call::DeleteWebhook,
        Question::TestWebhook => Call::TestWebhook,
        Question::SetWebhook { url } => Call::SetWebhook { url },
    };
    cx.call(Purpose::Ask(ticket), &call);
}

/// What was asked is answered.
pub(super) fn answered(cx: &mut Context, method: Method, ticket: Ticket, outcome: &Outcome<'_>) {
    let (status, body) = match outcome {
        Outcome::NotSent { reason } | Outcome::Unknown { reason } => {
            return cx.fail(ticket, FaultKind::NoAnswer, bounded(reason));
        }
        Outcome::Answered { status, body, .. } => (*status, body),
    };
    let text = wire::text(body.as_bytes());
    match wire::response(method, status, &text) {
        Response::Ok { result, .. } => {
            let result = String::from(result);
            if method == Method::DeleteWebhook && cx.ledger.webhook.is_some() {
                cx.record(Record::WebhookCleared);
            }
            cx.settle_durable(ticket, Settled::Ok(Answer::Asked { result }));
        }
        Response::Failed { code, description, .. } => {
            let message = format!("{} was refused ({code}): {description}", method.name());
            cx.settle(ticket, Settled::Error(Fault { kind: FaultKind::Refused, message }));
        }
        Response::NotJson { status, excerpt } => {
            let message = format!("HTTP {status}, not JSON: {excerpt}");
            cx.fail(ticket, FaultKind::NoAnswer, message);
        }
        Response::Idle => cx.fail(ticket, FaultKind::NoAnswer, "no answer in time"),
    }
}
