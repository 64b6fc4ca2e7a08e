//! Debounce: what one sender writes in short lines, one after the other, becomes one turn.
//!
//! A turn that waits for more has never been with the agent: its first attempt begins at
//! `not_before`, and no message joins it from then on.

use alloc::sync::Arc;

use super::context::Context;
use crate::id::TurnId;
use crate::ledger::Turn;
use crate::limits::{
    DOWNLOAD_BYTES_MAX, JOIN_WAIT_MAX_MS, RAW_BYTES_MAX, TEXT_BYTES_MAX, TURN_MESSAGES_MAX,
};
use crate::record::{Incoming, Record};
use crate::time::{SECOND_MS, Time};

/// Takes a message: into the turn that waits for it, else as a turn of its own. Either way it is
/// one record, durable as soon as any other.
pub(super) fn take(cx: &mut Context, incoming: Arc<Incoming>) -> TurnId {
    let at = cx.now;
    let open = cx.ledger.turns.newest(&incoming.chat.id);
    if let Some(waiting) = open.filter(|turn| joins(cx, turn, &incoming)) {
        let (turn, until) = (waiting.id, until(cx, waiting.taken_at));
        cx.counters.joined += 1;
        cx.record(Record::TurnJoined { turn, incoming, until, at });
        return turn;
    }
    let turn = TurnId(cx.dice.id());
    let until = (cx.config.turn.debounce_ms > 0).then(|| until(cx, at));
    cx.counters.turns += 1;
    cx.record(Record::TurnTaken { turn, incoming, until, at });
    turn
}

/// Until when a turn waits for more: as long as the chat is not silent for `turn.debounceMs`, but
/// not for ever, and not until it is stale.
fn until(cx: &Context, began: Time) -> Time {
    let stale_ms = cx.config.turn.max_age_sec.saturating_mul(SECOND_MS);
    let latest = began.plus(JOIN_WAIT_MAX_MS.min(stale_ms / 2));
    cx.now.plus(cx.config.turn.debounce_ms).min(latest)
}

/// Whether a message joins the newest turn of its chat. Only ever that one: order is kept, and in a
/// group nobody's words come before another's that were written first.
fn joins(cx: &Context, turn: &Turn, message: &Incoming) -> bool {
    // A clock that was set back moves `not_before` into the future again; but a turn of before the
    // restart is being answered by then, or its attempt was raised.
    let waits = turn.attempt == 1 && !turn.replying && cx.now < turn.not_before;
    cx.config.turn.debounce_ms > 0 && waits && turn.is_of(message) && has_room(cx, turn, message)
}

/// Several messages are bounded as one is: texts, raw messages and downloads, all together.
fn has_room(cx: &Context, turn: &Turn, message: &Incoming) -> bool {
    let sum =
        |bytes: fn(&Incoming) -> usize| turn.messages().chain([message]).map(bytes).sum::<usize>();
    let downloads = sum(|message| message.media.len()) as u64;
    turn.len() < TURN_MESSAGES_MAX
        && sum(|message| message.text.len() + 1) <= TEXT_BYTES_MAX
        && sum(|message| message.raw.as_str().len()) <= RAW_BYTES_MAX
        && downloads.saturating_mul(cx.config.media_bytes_max()) <= DOWNLOAD_BYTES_MAX
}
