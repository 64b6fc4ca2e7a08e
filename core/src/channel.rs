//! `Channel`: one bot account. It routes events to its sub-machines and carries what they say to
//! each other; they decide.

mod backoff;
mod calls;
mod context;
mod debounce;
mod dice;
mod import;
mod intake;
mod journal;
mod lanes;
mod link;
mod mail;
mod media;
mod notices;
mod operate;
mod pace;
mod pairing;
mod prepare;
mod queue;
mod recent;
mod restore;
mod sends;
mod status;
mod stop;
mod timers;
mod typing;
mod verdict;

use alloc::format;
use alloc::string::ToString;

use calls::Purpose;
use context::{Context, NOT_DURABLE, Phase, Signal};
use intake::Intake;
use journal::Completion;
use lanes::Lanes;
use link::Link;
use mail::Mail;
use sends::Sends;
pub use timers::Reason;
use timers::Timer;

use crate::action::Action;
use crate::config::AccountConfig;
use crate::event::{Event, Op, Outcome, Prepared};
use crate::id::{CallId, Cause, Ticket};
use crate::limits::{ACCOUNT_TURNS_MAX, BODY_BYTES_MAX, IMPORT_ENTRIES_MAX, TICKETS_MAX};
use crate::note::{Level, NoteCode};
use crate::record::Snapshot;
use crate::refused::Refused;
use crate::settle::{FaultKind, Settled};
use crate::time::{DAY_MS, Time};
use crate::view::View;
use crate::wire;

/// One bot account, as a state machine.
#[derive(Debug)]
pub struct Channel {
    cx: Context,
    intake: Intake,
    lanes: Lanes,
    link: Link,
    mail: Mail,
    sends: Sends,
}

/// No clock is believed beyond this, so that a deadline always lies ahead of now.
const LATEST: Time = Time::from_ms(u64::MAX).minus(1_000 * 365 * DAY_MS);

impl Channel {
    /// Takes an event into account. `now` is when it happened; a time before the last one counts
    /// as that. `Err` is the caller's mistake, or no room: nothing changed.
    pub fn handle(&mut self, now: Time, event: Event<'_>) -> Result<(), Refused> {
        if self.cx.phase == Phase::Stopped {
            return Err(Refused::Stopped);
        }
        self.cx.now = self.cx.now.max(now.min(LATEST));
        self.route(event)?;
        self.drain();
        Ok(())
    }

    /// The next thing to do, in order.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.cx.out.pop_front()
    }

    /// When `TimerFired` is due, and why. Earlier than now means now.
    pub fn poll_timeout(&self) -> Option<(Time, Reason)> {
        self.cx.timers.next()
    }

    /// Everything durable, as of the last record.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::new(self.cx.journal.last(), self.cx.ledger.clone())
    }

    /// All that can be seen from outside.
    pub fn view(&self) -> View<'_> {
        View::new(self, &self.cx.ledger)
    }

    fn route(&mut self, event: Event<'_>) -> Result<(), Refused> {
        let cx = &mut self.cx;
        match event {
            Event::UpdateReceived { ticket, body } => {
                self.open_for_work()?;
                self.update_received(ticket, body.as_bytes())?;
            }
            Event::TimerFired => self.timers_fired(),
            Event::Approval { subject, verdict, source, ticket } => {
                if self.person_may(ticket)? {
                    let (cx, mail) = (&mut self.cx, &mut self.mail);
                    pairing::decide(cx, mail, subject, verdict, &source, ticket);
                }
            }
            Event::Operate { op: Op::Import(import), .. } if import.len() > IMPORT_ENTRIES_MAX => {
                return Err(Refused::TooLarge);
            }
            Event::Operate { op, ticket } => {
                if self.person_may(ticket)? {
                    let (cx, lanes, mail) = (&mut self.cx, &mut self.lanes, &mut self.mail);
                    operate::operate(cx, lanes, mail, op, ticket);
                }
            }
            Event::Send { chat, content, ticket } => {
                if self.person_may(ticket)? {
                    let (cx, lanes) = (&mut self.cx, &mut self.lanes);
                    self.sends.begin(cx, lanes, chat, content, ticket)?;
                }
            }
            Event::CallFinished { call, outcome } => self.call_finished(call, &outcome)?,
            Event::Committed { upto } => {
                let completion = cx.journal.completed(upto, true)?;
                self.completed(completion, "");
            }
            Event::CommitFailed { upto, reason } => {
                let completion = cx.journal.completed(upto, false)?;
                self.completed(completion, &reason);
            }
            Event::Replied { turn, attempt, reply } => self.lanes.replied(cx, turn, attempt, reply),
            Event::TurnFailed { turn, attempt, reason } => {
                self.lanes.failed(cx, turn, attempt, &reason);
            }
            Event::Typing { turn, attempt } => {
                if let Some(chat) = self.lanes.chat_of(turn, attempt) {
                    typing::now(cx, chat);
                }
            }
            Event::MediaFetched { turn, index, result } => {
                media::fetched(cx, turn, index, result);
            }
            Event::MediaPrepared { cause, index, result } => {
                self.media_prepared(&cause, index, result);
            }
            Event::Reconfigured { config } => self.reconfigured(*config)?,
            Event::Stop => self.begin_stop(),
        }
        Ok(())
    }

    fn open_for_work(&self) -> Result<(), Refused> {
        if self.cx.phase == Phase::Running { Ok(()) } else { Err(Refused::Stopped) }
    }

    /// New work of a person: refused while stopping, answered at once while the store fails.
    fn person_may(&mut self, ticket: Ticket) -> Result<bool, Refused> {
        self.open_for_work()?;
        if self.cx.calls.len() >= TICKETS_MAX {
            return Err(Refused::Busy);
        }
        if self.cx.journal.is_closed() {
            self.cx.fail(ticket, FaultKind::NotDurableYet, NOT_DURABLE);
            return Ok(false);
        }
        Ok(true)
    }

    fn update_received(&mut self, ticket: Ticket, body: &[u8]) -> Result<(), Refused> {
        if body.len() > BODY_BYTES_MAX {
            return Err(Refused::TooLarge);
        }
        let cx = &mut self.cx;
        if cx.journal.is_closed() || cx.ledger.turns.messages() >= ACCOUNT_TURNS_MAX {
            return Err(Refused::Busy);
        }
        let text = wire::text(body);
        let taken = self.intake.take_body(cx, &mut self.mail, &text);
        let (status, number) = taken.map_or((400, 0), |number| (200, number));
        cx.settle_at(number, ticket, Settled::Status(status));
        Ok(())
    }

    fn call_finished(&mut self, call: CallId, outcome: &Outcome<'_>) -> Result<(), Refused> {
        let cx = &mut self.cx;
        let open = cx.calls.finish(call).ok_or(Refused::UnknownCall)?;
        match open.purpose {
            Purpose::Poll => self.link.polled(cx, &mut self.intake, &mut self.mail, outcome),
            Purpose::Link => self.link.finished(cx, open.method, outcome),
            Purpose::Chunk { chat, cause, index } => {
                self.mail.returned(cx, open.method, (&chat, &cause, index), outcome);
            }
            // Nobody misses it.
            Purpose::Typing => {}
            Purpose::Ask(ticket) => operate::answered(cx, open.method, ticket, outcome),
        }
        Ok(())
    }

    fn completed(&mut self, completion: Completion, reason: &str) {
        let cx = &mut self.cx;
        let wakes = match completion {
            Completion::Void => return,
            Completion::Durable(wakes) => wakes,
            Completion::Healed(wakes) => {
                cx.note(
                    Level::Info,
                    NoteCode::DurableAgain,
                    "the store works again: intake is open",
                );
                cx.timers.clear(Timer::Journal);
                wakes
            }
            Completion::Failed(waiters) => {
                cx.turn_away(waiters);
                self.sends.release_doubtful(cx, &mut self.lanes.preparations, NOT_DURABLE);
                let failures = cx.journal.failures();
                let delay_ms = backoff::STORE.delay_ms(failures, None, &mut cx.dice);
                cx.timers.set(Timer::Journal, cx.now.plus(delay_ms));
                if failures == 1 {
                    let reason = context::bounded(reason);
                    let text = format!("nothing new is taken until the store works: {reason}");
                    cx.note(Level::Error, NoteCode::NotDurable, text);
                }
                return;
            }
        };
        for wake in wakes {
            cx.wake(wake);
        }
        self.intake.durable(cx.journal.committed());
        cx.signal(Signal::Poll);
    }

    fn media_prepared(&mut self, cause: &Cause, index: u32, result: Prepared) {
        let cx = &mut self.cx;
        let Some(ready) = self.lanes.preparations.result(cause, index, result) else { return };
        match cause {
            Cause::Turn { id } => lanes::answers::reply_ready(cx, *id, ready),
            Cause::Send { id } => self.sends.ready(cx, *id, ready),
            _ => {}
        }
    }

    fn reconfigured(&mut self, config: AccountConfig) -> Result<(), Refused> {
        let cx = &mut self.cx;
        let bad = |reason: &str| Err(Refused::BadConfig { reason: reason.into() });
        if let Err(value) = config.check() {
            return Err(Refused::BadConfig { reason: value.to_string() });
        }
        if config.account != cx.config.account {
            return bad("the account's name can't change; it would be another account");
        }
        if config.duty != cx.config.duty {
            return bad("what the channel is there for can't change while it runs");
        }
        if config.bot_id != cx.config.bot_id {
            return bad("the token is another bot's; rename the account, or forget its state");
        }
        let begin_again = config.token_tag != cx.config.token_tag
            || config.webhook_url != cx.config.webhook_url
            || config.polling.take_over != cx.config.polling.take_over;
        cx.config = config;
        cx.note(Level::Info, NoteCode::Reconfigured, "the new configuration is in force");
        if cx.phase == Phase::Running {
            if begin_again {
                self.link.begin_again(cx);
            }
            cx.signal(Signal::SendsOpen);
        }
        Ok(())
    }

    fn timers_fired(&mut self) {
        while let Some(timer) = self.cx.timers.pop(self.cx.now) {
            let cx = &mut self.cx;
            match timer {
                Timer::Link => self.link.go(cx),
                Timer::Poll => self.link.try_poll(cx),
                Timer::Journal => {
                    if let Some(commit) = cx.journal.offer_again() {
                        cx.act(commit);
                    }
                }
                Timer::Lane(chat) => self.lanes.advance(cx, &chat),
                Timer::Mail(chat) => self.mail.advance(cx, &chat),
                Timer::Pace => self.mail.next_in_queue(cx),
                Timer::Typing(chat) => {
                    if self.lanes.is_busy(cx, &chat) {
                        typing::again(cx, chat);
                    }
                }
                Timer::Quota => {
                    cx.note(Level::Info, NoteCode::SendsResumed, "a new month: sends go on");
                    cx.signal(Signal::SendsOpen);
                }
                Timer::Stop => self.stop_overdue(),
            }
        }
    }

    /// Carries what the sub-machines have to say to each other until all is said, and offers the
    /// records that came of it.
    fn drain(&mut self) {
        while let Some(signal) = self.cx.signals.pop_front() {
            self.deliver(signal);
        }
        if let Some(commit) = self.cx.journal.offer() {
            self.cx.act(commit);
        }
        self.end_stop();
    }

    fn deliver(&mut self, signal: Signal) {
        let cx = &mut self.cx;
        match signal {
            Signal::Turn(turn, chat) => {
                self.lanes.downloads.turn_durable(cx, turn);
                self.lanes.advance(cx, &chat);
            }
            Signal::Lane(chat) => self.lanes.advance(cx, &chat),
            Signal::AnyLane => self.lanes.next_in_queue(cx),
            Signal::Mail(chat) => self.mail.advance(cx, &chat),
            Signal::SendsOpen => {
                for chat in self.mail.chats(cx) {
                    self.mail.advance(cx, &chat);
                }
                for chat in cx.ledger.turns.chats() {
                    self.lanes.advance(cx, &chat);
                }
            }
            Signal::AttemptOver(chat) => {
                typing::end(cx, chat);
                cx.signal(Signal::AnyLane);
            }
            Signal::SendEnded(send, answer) => {
                self.sends.ended(cx, send, answer);
                cx.signal(Signal::AnyLane);
            }
            Signal::TurnClosed(turn, chat) => {
                self.lanes.downloads.closed(cx, turn);
                self.lanes.advance(cx, &chat);
                cx.signal(Signal::AnyLane);
                cx.signal(Signal::Poll);
            }
            Signal::AuthDoubted => self.link.doubt(cx),
            Signal::AccessLost(sender) => {
                for reply in self.lanes.access_lost(cx, &sender) {
                    mail::drop_post(cx, &reply);
                }
            }
            Signal::Ask(ticket, question) => operate::start(cx, ticket, &question),
            Signal::Poll => self.link.try_poll(cx),
        }
    }
}
