//! What commands that list things are answered: JSON, the same for every door.

use serde_json::{Value, json};
use zaloxide_core::{Cause, DeadLetter, Incoming, Parcel, Part, Turn, TurnId, View};

use crate::log::address;

/// The account at a glance.
pub(super) fn status(view: View<'_>) -> Value {
    // Every part of it has a JSON form.
    serde_json::to_value(view.status()).unwrap_or_default()
}

/// Who waits to be let in, and who was.
pub(super) fn pairing(view: View<'_>) -> Value {
    let pending = view.pending().map(|(sender, request)| {
        json!({
            "sender": sender,
            "name": request.name,
            "code": request.code,
            "issued_at": request.issued_at,
            "expires_at": request.expires_at(),
            "told": request.told,
        })
    });
    let approved = view.approved().map(
        |(sender, admitted)| json!({"sender": sender, "name": admitted.name, "at": admitted.at}),
    );
    json!({"pending": pending.collect::<Value>(), "approved": approved.collect::<Value>()})
}

/// What was decided about strangers, oldest first.
pub(super) fn history(view: View<'_>) -> Value {
    json!({"history": view.history().collect::<Vec<_>>()})
}

/// Open turns, messages on their way, and what was given up.
pub(super) fn turns(view: View<'_>) -> Value {
    json!({
        "open": view.turns().map(open).collect::<Value>(),
        "sending": view.parcels().map(sending).collect::<Value>(),
        "dead": view.dead_letters().map(dead).collect::<Value>(),
    })
}

/// Everything about one turn, reply or send; `None`: there is none.
pub(super) fn turn(view: View<'_>, id: TurnId) -> Option<Value> {
    let is_it = |cause: &Cause| match cause {
        Cause::Turn { id: turn } => *turn == id,
        Cause::Send { id: send } => send.0 == id.0,
        _ => false,
    };
    let parts = |parcel: &Parcel| parcel.parts.iter().map(part).collect::<Value>();
    let whole_turn = view.turns().find(|turn| turn.id == id).map(open);
    let parcel = view.parcels().find(|parcel| is_it(&parcel.cause));
    let letter = view.dead_letters().find(|letter| is_it(&letter.cause));
    let left = letter.and_then(|letter| letter.parcel.as_ref());
    let state = match (&whole_turn, parcel, letter) {
        (_, Some(_), _) => "sending",
        (Some(_), ..) => "open",
        (None, None, Some(_)) => "dead",
        (None, None, None) => return None,
    };
    Some(json!({
        "turn": id,
        "state": state,
        "open": whole_turn,
        "sending": parcel.or(left).map(sending),
        "parts": parcel.or(left).map(parts),
        "dead": letter.map(dead),
    }))
}

/// A part that waits to be sent. What a URL ends in may be the key to it.
fn part(part: &Part) -> Value {
    let mut seen = json!(part);
    if let Some(Value::String(url)) = seen.get_mut("url") {
        *url = address(url);
    }
    seen
}

fn open(turn: &Turn) -> Value {
    json!({
        "turn": turn.id,
        "message": asked(turn),
        "taken_at": turn.taken_at,
        "attempt": turn.attempt,
        "tries": turn.tries,
        "not_before": turn.not_before,
        "replying": turn.replying,
    })
}

fn sending(parcel: &Parcel) -> Value {
    json!({
        "cause": parcel.cause,
        "chat": parcel.chat,
        "next": parcel.next,
        "of": parcel.of(),
        "failures": parcel.failures,
        "not_before": parcel.not_before,
    })
}

fn dead(letter: &DeadLetter) -> Value {
    json!({
        "turn": letter.id(),
        "kind": if matches!(letter.cause, Cause::Send { .. }) { "send" } else { "turn" },
        "chat": letter.chat(),
        "why": letter.why,
        "code": letter.code,
        "reason": letter.message,
        "at": letter.at,
        "message": letter.turn.as_ref().map(asked),
    })
}

/// How much of the monthly quota is used.
pub(super) fn quota(view: View<'_>) -> Value {
    let status = view.status();
    json!({
        "sent": status.quota_sent,
        "monthly": status.quota_monthly,
        "paused_until": status.quota_paused_until,
    })
}

/// Chats with open turns, and chats that people have taken over.
pub(super) fn chats(view: View<'_>) -> Value {
    let open = view.lanes().map(|(chat, turns)| json!({"chat": chat, "turns": turns}));
    let paused = view.paused_chats().map(|(chat, paused)| {
        let listed: Value = paused.listed.iter().map(|incoming| message(incoming)).collect();
        json!({"chat": chat, "since": paused.since, "messages": listed})
    });
    json!({"open": open.collect::<Value>(), "paused": paused.collect::<Value>()})
}

/// What a turn is about: its first message, with what joined it.
fn asked(turn: &Turn) -> Value {
    let ids = turn.messages().filter_map(|message| message.message_id.as_ref());
    json!({
        "chat": turn.incoming.chat,
        "sender": turn.incoming.sender,
        "message_id": turn.incoming.message_id,
        "message_ids": ids.collect::<Vec<_>>(),
        "timestamp_ms": turn.incoming.timestamp_ms,
        "text": turn.text(),
    })
}

fn message(incoming: &Incoming) -> Value {
    json!({
        "chat": incoming.chat,
        "sender": incoming.sender,
        "message_id": incoming.message_id,
        "timestamp_ms": incoming.timestamp_ms,
        "text": incoming.text,
    })
}
