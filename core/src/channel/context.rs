//! What all sub-machines share: the ledger and its one way to change, the way out, the dice.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::calls::{Calls, Purpose};
use super::dice::Dice;
use super::journal::{Journal, Waiter, Wake};
use super::timers::Timers;
use crate::action::{Action, DropReason, UpdateRef};
use crate::config::AccountConfig;
use crate::counters::Counters;
use crate::event::Question;
use crate::id::{CallId, ChatId, SendId, SenderId, Ticket, TurnId};
use crate::ledger::Ledger;
use crate::limits::REASON_CHARS_MAX;
use crate::note::{Level, Note, NoteCode};
use crate::record::Record;
use crate::settle::{Answer, Fault, FaultKind, Settled};
use crate::time::Time;
use crate::wire;

/// What people are told while the store fails.
pub(super) const NOT_DURABLE: &str = "the store can't be written, so nothing is promised: look at the log, and at the result, once it \
     works again";

/// What one sub-machine has to tell another; routed by `Channel` until none is left.
#[derive(Debug)]
pub(super) enum Signal {
    /// A turn, or its last record, is durable.
    Turn(TurnId, ChatId),
    /// A lane may have something to start.
    Lane(ChatId),
    /// A slot with the agent is free, or room for a reply.
    AnyLane,
    /// A chat's mail may have something to send.
    Mail(ChatId),
    /// Sends may go on everywhere: lanes and mail.
    SendsOpen,
    /// An attempt is over, whatever came of it: its slot and "is typing" end.
    AttemptOver(ChatId),
    /// A send has ended: whoever waits for it is answered.
    SendEnded(SendId, Answer),
    /// A turn was closed: its downloads are given back.
    TurnClosed(TurnId, ChatId),
    /// Zalo refused the token of a call.
    AuthDoubted,
    /// Somebody lost access: what is under way for them ends.
    AccessLost(SenderId),
    /// An operator's question may be put to Zalo.
    Ask(Ticket, Question),
    /// A poll may be possible.
    Poll,
}

/// Whether calls to Zalo make sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Auth {
    /// Not asked yet, or in doubt: `getMe` is under way.
    Checking,
    /// The token works.
    Good,
    /// The token is refused.
    Failed,
}

/// Where the channel is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// At work.
    Running,
    /// `Stop` came.
    Stopping,
    /// `Stopped` was said.
    Stopped,
}

/// What all sub-machines share.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) config: AccountConfig,
    pub(super) now: Time,
    pub(super) phase: Phase,
    pub(super) auth: Auth,
    /// The bot's name, by which it is mentioned in groups.
    pub(super) bot_name: Option<String>,
    pub(super) ledger: Ledger,
    pub(super) journal: Journal,
    pub(super) timers: Timers,
    pub(super) dice: Dice,
    pub(super) calls: Calls,
    pub(super) counters: Counters,
    pub(super) out: VecDeque<Action>,
    pub(super) signals: VecDeque<Signal>,
}

impl Context {
    /// The one way in which the ledger changes. The record's number is the journal's last.
    pub(super) fn record(&mut self, record: Record) {
        let number = self.journal.last() + 1;
        let applied = self.ledger.apply(number, &record);
        debug_assert_eq!(applied, Ok(()), "{record:?}");
        self.journal.push(record);
    }

    pub(super) fn act(&mut self, action: Action) {
        self.out.push_back(action);
    }

    /// Acts once all records so far are durable.
    pub(super) fn act_durable(&mut self, action: Action) {
        self.when_durable(Wake::Act(Box::new(action)));
    }

    /// Answers once all records so far are durable.
    pub(super) fn settle_durable(&mut self, ticket: Ticket, result: Settled) {
        self.when_durable(Wake::Settle(ticket, result));
    }

    /// Answers once record `number` is durable.
    pub(super) fn settle_at(&mut self, number: u64, ticket: Ticket, result: Settled) {
        if self.journal.is_durable(number) {
            self.settle(ticket, result);
        } else {
            self.journal.wait(number, Wake::Settle(ticket, result));
        }
    }

    pub(super) fn settle(&mut self, ticket: Ticket, result: Settled) {
        self.act(Action::Settle { ticket, result });
    }

    /// Answers a person that it was not done.
    pub(super) fn fail(&mut self, ticket: Ticket, kind: FaultKind, message: impl Into<String>) {
        self.settle(ticket, Settled::Error(Fault { kind, message: message.into() }));
    }

    /// Answers those who waited in vain.
    pub(super) fn turn_away(&mut self, waiters: Vec<Waiter>) {
        for waiter in waiters {
            match waiter {
                Waiter::Webhook(ticket) => self.settle(ticket, Settled::Status(503)),
                Waiter::Person(ticket) => self.fail(ticket, FaultKind::NotDurableYet, NOT_DURABLE),
            }
        }
    }

    /// Wakes something once all records so far are durable.
    pub(super) fn when_durable(&mut self, wake: Wake) {
        let number = self.journal.last();
        if self.journal.is_durable(number) {
            self.wake(wake);
        } else {
            self.journal.wait(number, wake);
        }
    }

    pub(super) fn wake(&mut self, wake: Wake) {
        match wake {
            Wake::Act(action) => self.act(*action),
            Wake::Settle(ticket, result) => self.settle(ticket, result),
            Wake::Ask(ticket, question) => self.signal(Signal::Ask(ticket, question)),
            Wake::Mail(chat) => self.signal(Signal::Mail(chat)),
            Wake::Turn(id) => {
                if let Some(turn) = self.ledger.turns.get(id) {
                    let chat = turn.chat().clone();
                    self.signal(Signal::Turn(id, chat));
                }
            }
        }
    }

    pub(super) fn signal(&mut self, signal: Signal) {
        self.signals.push_back(signal);
    }

    /// Sends may go out, and turns may start: what comes of them has to be sent.
    pub(super) fn sends_open(&self) -> bool {
        self.phase == Phase::Running
            && self.auth == Auth::Good
            && self.ledger.quota.paused(self.now).is_none()
    }

    /// Starts a call that no user sees.
    pub(super) fn call(&mut self, purpose: Purpose, call: &wire::Call<'_>) -> CallId {
        let request = wire::request(call);
        let id = self.calls.start(request.method, purpose);
        let timeout_ms = request.method.timeout_ms(self.config.polling.timeout_sec);
        let (method, body) = (request.method, request.body);
        self.act(Action::StartCall { call: id, method, body, timeout_ms });
        id
    }

    pub(super) fn drop_update(&mut self, reason: DropReason, update: UpdateRef) {
        self.counters.dropped(reason);
        self.act(Action::Drop { reason, update });
    }

    pub(super) fn note(&mut self, level: Level, code: NoteCode, text: impl Into<String>) {
        let text = text.into();
        self.act(Action::Note(Note { level, code, chat: None, sender: None, turn: None, text }));
    }

    /// A note about a chat, and perhaps a turn in it.
    pub(super) fn note_chat(
        &mut self,
        level: Level,
        code: NoteCode,
        chat: &ChatId,
        turn: Option<TurnId>,
        text: impl Into<String>,
    ) {
        let (chat, text) = (Some(chat.clone()), text.into());
        self.act(Action::Note(Note { level, code, chat, sender: None, turn, text }));
    }

    /// A note about a sender.
    pub(super) fn note_sender(
        &mut self,
        level: Level,
        code: NoteCode,
        sender: &SenderId,
        text: String,
    ) {
        let sender = Some(sender.clone());
        self.act(Action::Note(Note { level, code, chat: None, sender, turn: None, text }));
    }
}

/// A reason from outside, cut to a length that can be kept and shown.
pub(super) fn bounded(reason: &str) -> String {
    match reason.char_indices().nth(REASON_CHARS_MAX) {
        None => String::from(reason),
        Some((end, _)) => format!("{}…", &reason[..end]),
    }
}
