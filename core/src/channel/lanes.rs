//! Lanes: one turn at a time in each chat, in order of arrival; up to `turn.parallel` chats with
//! the agent at once. A turn leaves its lane when its answer is sent, or when it is given up.

pub(super) mod answers;
mod envelope;

use alloc::collections::{BTreeMap, VecDeque};
use alloc::format;

use super::context::{Context, Signal};
use super::media::Downloads;
use super::prepare::Preparations;
use super::queue::Queue;
use super::timers::Timer;
use crate::access::{Access, judge};
use crate::action::{Action, DropReason, UpdateRef};
use crate::config::Duty;
use crate::id::{Cause, ChatId, SenderId, TurnId};
use crate::ledger::Turn;
use crate::limits::{ACCOUNT_CHUNKS_MAX, REPLY_CHUNKS_MAX};
use crate::note::{Level, NoteCode};
use crate::record::{DeadWhy, Record};
use crate::time::{SECOND_MS, Time};

/// All lanes.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    /// Attempts that the agent works on.
    running: BTreeMap<TurnId, Attempt>,
    /// Chats that wait for a place with the agent, in the order in which they came.
    queue: Queue,
    pub(super) downloads: Downloads,
    pub(super) preparations: Preparations,
}

#[derive(Clone, Debug)]
struct Attempt {
    number: u32,
    deadline: Time,
    chat: ChatId,
}

/// What stands between a lane's oldest turn and the agent.
enum Step {
    /// Nothing to do, or something else will come: an answer, a commit, a download.
    Wait,
    /// Not before a time.
    At(Time),
    /// The agent has had its time.
    Overdue(TurnId),
    /// It has waited too long.
    Stale(TurnId),
    /// Access was withdrawn.
    Refused(TurnId),
    /// No place with the agent.
    Queue,
    /// Now.
    Start(TurnId),
}

impl Lanes {
    /// Turns the agent works on.
    pub(super) fn running(&self) -> usize {
        self.running.len()
    }

    pub(super) fn is_running(&self, turn: TurnId) -> bool {
        self.running.contains_key(&turn)
    }

    /// The agent is at work in this chat.
    pub(super) fn is_busy(&self, cx: &Context, chat: &ChatId) -> bool {
        cx.ledger.turns.head(chat).is_some_and(|turn| self.is_running(turn.id))
    }

    /// Takes a lane as far as it goes now.
    pub(super) fn advance(&mut self, cx: &mut Context, chat: &ChatId) {
        if cx.config.duty == Duty::Errands {
            // No agent is there; the turn waits for a channel that serves.
            return;
        }
        self.downloads.advance(cx, chat);
        loop {
            let mut timer = None;
            match self.step(cx, chat) {
                Step::Wait => {}
                Step::At(at) => timer = Some(at),
                Step::Overdue(turn) => {
                    let reason = format!("no answer within {} s", cx.config.turn.timeout_sec);
                    self.abandon(cx, turn);
                    answers::attempt_failed(cx, turn, &reason);
                    continue;
                }
                Step::Stale(turn) => {
                    let age = cx.config.turn.max_age_sec;
                    let reason = format!("it waited longer than turn.maxAgeSec ({age} s)");
                    bury(cx, turn, DeadWhy::Stale, &reason);
                    continue;
                }
                Step::Refused(turn) => {
                    self.withdraw(cx, turn);
                    continue;
                }
                Step::Queue => {
                    self.queue.push(chat);
                }
                Step::Start(turn) => {
                    self.start(cx, turn);
                    continue;
                }
            }
            cx.timers.set_or_clear(Timer::Lane(chat.clone()), timer);
            return;
        }
    }

    fn step(&self, cx: &Context, chat: &ChatId) -> Step {
        let Some(turn) = cx.ledger.turns.head(chat) else { return Step::Wait };
        if let Some(attempt) = self.running.get(&turn.id) {
            let overdue = cx.now >= attempt.deadline;
            return if overdue { Step::Overdue(turn.id) } else { Step::At(attempt.deadline) };
        }
        if turn.replying || self.preparations.contains(&Cause::Turn { id: turn.id }) {
            return Step::Wait;
        }
        let stale_at = turn.taken_at.plus(cx.config.turn.max_age_sec.saturating_mul(SECOND_MS));
        if cx.now >= stale_at {
            return Step::Stale(turn.id);
        }
        if !admitted(cx, turn) {
            return Step::Refused(turn.id);
        }
        if !cx.sends_open() || cx.ledger.paused.contains(chat) {
            return Step::At(stale_at);
        }
        if turn.not_before > cx.now {
            return Step::At(turn.not_before.min(stale_at));
        }
        if !cx.journal.is_durable(turn.number.0) || !turn.media_complete() {
            return Step::At(stale_at);
        }
        if self.has_room(cx) { Step::Start(turn.id) } else { Step::Queue }
    }

    /// A place with the agent, and room for what everybody there may answer.
    fn has_room(&self, cx: &Context) -> bool {
        self.running.len() < cx.config.turn.parallel as usize && self.has_room_for_chunks(cx)
    }

    /// Room for one more reply or send beside what waits and what may come.
    pub(super) fn has_room_for_chunks(&self, cx: &Context) -> bool {
        let replies = self.running.len() + self.preparations.len() + 1;
        cx.ledger.posts.chunks_left() + replies * REPLY_CHUNKS_MAX <= ACCOUNT_CHUNKS_MAX
    }

    fn start(&mut self, cx: &mut Context, id: TurnId) {
        let Some(turn) = cx.ledger.turns.get(id) else { return };
        let (number, chat) = (turn.attempt, turn.chat().clone());
        let deadline = cx.now.plus(cx.config.turn.timeout_sec.saturating_mul(SECOND_MS));
        let envelope = envelope::of(&cx.config, turn);
        self.running.insert(id, Attempt { number, deadline, chat: chat.clone() });
        cx.counters.deliveries += 1;
        cx.act(Action::Deliver { turn: id, attempt: number, envelope, deadline });
        super::typing::begin(cx, &chat);
    }

    /// A place with the agent is free, or there is room for answers: the next ones begin.
    pub(super) fn next_in_queue(&mut self, cx: &mut Context) {
        while !self.queue.is_empty() && self.has_room(cx) {
            if let Some(chat) = self.queue.pop() {
                self.advance(cx, &chat);
            }
        }
    }

    /// Nobody waits for the agent any more. True if somebody did.
    pub(super) fn abandon(&mut self, cx: &mut Context, turn: TurnId) -> bool {
        self.preparations.cancel(&Cause::Turn { id: turn });
        let Some(attempt) = self.running.remove(&turn) else { return false };
        cx.act(Action::Abandon { turn, attempt: attempt.number });
        cx.signal(Signal::AttemptOver(attempt.chat));
        true
    }

    /// The channel stops: whatever runs is cut off. It costs no try.
    pub(super) fn abandon_all(&mut self, cx: &mut Context) {
        let running: VecDeque<TurnId> = self.running.keys().copied().collect();
        for turn in running {
            self.abandon(cx, turn);
        }
        self.queue.clear();
    }

    /// A turn that access no longer admits is closed without a word to its sender.
    fn withdraw(&mut self, cx: &mut Context, id: TurnId) {
        self.abandon(cx, id);
        let Some(turn) = cx.ledger.turns.get(id) else { return };
        let updates = turn.messages().map(|message| UpdateRef {
            chat: Some(message.chat.id.clone()),
            sender: Some(message.sender.id.clone()),
            message_id: message.message_id.clone(),
            event: None,
        });
        for update in updates.collect::<VecDeque<_>>() {
            cx.drop_update(DropReason::Revoked, update);
        }
        close(cx, id);
    }

    /// Ends what is under way for somebody whom access no longer admits. Hands back the replies
    /// that are being sent to them.
    pub(super) fn access_lost(&mut self, cx: &mut Context, sender: &SenderId) -> VecDeque<Cause> {
        let of_sender = |turn: &&Turn| turn.incoming.sender.id == *sender && !admitted(cx, turn);
        let lost: VecDeque<(TurnId, bool)> =
            cx.ledger.turns.iter().filter(of_sender).map(|turn| (turn.id, turn.replying)).collect();
        let mut replies = VecDeque::new();
        for (turn, replying) in lost {
            if replying {
                replies.push_back(Cause::Turn { id: turn });
            } else {
                self.withdraw(cx, turn);
            }
        }
        replies
    }
}

fn admitted(cx: &Context, turn: &Turn) -> bool {
    let sender = &turn.incoming.sender.id;
    let approved = cx.ledger.pairing.is_approved(sender);
    judge(&cx.config, approved, &turn.incoming.chat, sender) == Access::Admitted
}

/// Closes a turn that has no reply on its way.
pub(super) fn close(cx: &mut Context, id: TurnId) {
    let Some(turn) = cx.ledger.turns.get(id) else { return };
    let chat = turn.chat().clone();
    cx.record(Record::TurnDropped { turn: id, at: cx.now });
    cx.signal(Signal::TurnClosed(id, chat));
}

/// Gives a turn up.
fn bury(cx: &mut Context, id: TurnId, why: DeadWhy, reason: &str) {
    let Some(turn) = cx.ledger.turns.get(id) else { return };
    let chat = turn.chat().clone();
    cx.counters.dead += 1;
    let text = format!(
        "a message was given up: {reason}; `zaloxide turns retry {id}` asks the agent again"
    );
    cx.note_chat(Level::Error, NoteCode::DeadLetter, &chat, Some(id), text);
    let message = super::context::bounded(reason);
    cx.record(Record::TurnDead { turn: id, why, message, at: cx.now });
    cx.signal(Signal::TurnClosed(id, chat));
}
