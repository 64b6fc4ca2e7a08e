//! What the agent says: an answer is taken, a failure is tried again or given up.

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;

use super::{Lanes, bury};
use crate::channel::backoff;
use crate::channel::context::{Context, Signal, bounded};
use crate::channel::journal::Wake;
use crate::channel::prepare::Waiting;
use crate::envelope::ChatKind;
use crate::id::{Cause, ChatId, TurnId};
use crate::note::{Level, NoteCode};
use crate::parts;
use crate::record::{DeadWhy, Record};
use crate::reply::Reply;
use crate::rest::rest;

impl Lanes {
    /// The agent answered. An answer to a closed turn or of an abandoned attempt is dropped.
    pub(in crate::channel) fn replied(
        &mut self,
        cx: &mut Context,
        turn: TurnId,
        attempt: u32,
        reply: Reply,
    ) {
        if !self.end_attempt(cx, turn, attempt) {
            return;
        }
        let Some(chat) = cx.ledger.turns.get(turn).map(|turn| turn.chat().clone()) else { return };
        let cause = Cause::Turn { id: turn };
        if let Some(ready) = self.preparations.begin(cx, &cause, chat, reply) {
            reply_ready(cx, turn, ready);
        }
    }

    /// The agent failed.
    pub(in crate::channel) fn failed(
        &mut self,
        cx: &mut Context,
        turn: TurnId,
        attempt: u32,
        reason: &str,
    ) {
        if self.end_attempt(cx, turn, attempt) {
            attempt_failed(cx, turn, reason);
        }
    }

    /// The chat of an attempt that is under way.
    pub(in crate::channel) fn chat_of(&self, turn: TurnId, attempt: u32) -> Option<ChatId> {
        let running = self.running.get(&turn).filter(|running| running.number == attempt)?;
        Some(running.chat.clone())
    }

    /// Ends an attempt that is under way; says so if none is.
    fn end_attempt(&mut self, cx: &mut Context, turn: TurnId, attempt: u32) -> bool {
        let open = self.running.get(&turn).filter(|running| running.number == attempt).cloned();
        let Some(open) = open else {
            let text =
                format!("an answer to turn {turn}, attempt {attempt}, for which nobody waits");
            cx.note(Level::Info, NoteCode::Stray, text);
            return false;
        };
        self.running.remove(&turn);
        rest(&mut self.running);
        cx.signal(Signal::AttemptOver(open.chat));
        true
    }
}

/// All media of an answer are prepared, or it has none: it is taken, for good.
pub(in crate::channel) fn reply_ready(cx: &mut Context, id: TurnId, ready: Waiting) {
    let (chat, reply, prepared) = ready.prepared();
    let Some(turn) = cx.ledger.turns.get(id) else { return };
    let group = turn.incoming.chat.kind == ChatKind::Group;
    let plan = parts::plan(&cx.config, group, &reply, &prepared);
    for reason in plan.left_out {
        let text = format!("left out of a reply: {reason}");
        cx.note_chat(Level::Warn, NoteCode::Media, &chat, Some(id), text);
    }
    let empty = plan.parts.is_empty();
    cx.record(Record::ReplyTaken { turn: id, parts: Arc::from(plan.parts), at: cx.now });
    if empty {
        cx.signal(Signal::TurnClosed(id, chat));
    } else {
        cx.when_durable(Wake::Mail(chat));
    }
}

/// An attempt came to nothing: another one later, or none.
pub(super) fn attempt_failed(cx: &mut Context, id: TurnId, reason: &str) {
    cx.counters.attempts_failed += 1;
    let Some(turn) = cx.ledger.turns.get(id) else { return };
    let (tries, chat) = (turn.tries.saturating_add(1), turn.chat().clone());
    let reason = bounded(reason);
    if tries >= cx.config.turn.tries {
        let reason = format!("the agent failed {tries} times, last: {reason}");
        bury(cx, id, DeadWhy::AgentFailed, &reason);
        return;
    }
    let delay_ms = backoff::agent_delay_ms(tries);
    let until = cx.now.plus(delay_ms);
    let text: String = format!("attempt failed, the next begins in {delay_ms} ms: {reason}");
    cx.note_chat(Level::Warn, NoteCode::TurnRetry, &chat, Some(id), text);
    cx.record(Record::TurnRetried { turn: id, until, at: cx.now });
    cx.when_durable(Wake::Turn(id));
}
