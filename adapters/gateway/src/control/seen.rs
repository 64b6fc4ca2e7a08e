//! What commands that list things are answered: JSON, the same for every door.

use serde_json::{Value, json};
use zaloxide_core::{Cause, Incoming, View};

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
    let open = view.turns().map(|turn| {
        json!({
            "turn": turn.id,
            "message": message(&turn.incoming),
            "taken_at": turn.taken_at,
            "attempt": turn.attempt,
            "tries": turn.tries,
            "not_before": turn.not_before,
            "replying": turn.replying,
        })
    });
    let sending = view.parcels().map(|parcel| {
        json!({
            "cause": parcel.cause,
            "chat": parcel.chat,
            "next": parcel.next,
            "of": parcel.of(),
            "failures": parcel.failures,
            "not_before": parcel.not_before,
        })
    });
    let dead = view.dead_letters().map(|letter| {
        json!({
            "turn": letter.id(),
            "kind": if matches!(letter.cause, Cause::Send { .. }) { "send" } else { "turn" },
            "chat": letter.chat(),
            "why": letter.why,
            "code": letter.code,
            "reason": letter.message,
            "at": letter.at,
            "message": letter.turn.as_ref().map(|turn| message(&turn.incoming)),
        })
    });
    json!({
        "open": open.collect::<Value>(),
        "sending": sending.collect::<Value>(),
        "dead": dead.collect::<Value>(),
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

fn message(incoming: &Incoming) -> Value {
    json!({
        "chat": incoming.chat,
        "sender": incoming.sender,
        "message_id": incoming.message_id,
        "timestamp_ms": incoming.timestamp_ms,
        "text": incoming.text,
    })
}
