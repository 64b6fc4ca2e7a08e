//! The long poll: one open at a time, asked again at once, only while there is room for what it
//! may bring, and only while what it brought becomes durable.

use alloc::collections::VecDeque;
use alloc::format;

use super::{Answer, Link, Step, read};
use crate::action::Action;
use crate::channel::backoff;
use crate::channel::calls::Purpose;
use crate::channel::context::{Context, Phase};
use crate::channel::intake::Intake;
use crate::channel::mail::Mail;
use crate::channel::timers::Timer;
use crate::event::Outcome;
use crate::id::CallId;
use crate::limits::{
    ACCOUNT_TURNS_MAX, POLL_COMMIT_WAIT_MS, POLL_UPDATES_MAX, POLLS_UNCOMMITTED_MAX,
};
use crate::method::Method;
use crate::note::{Level, NoteCode};
use crate::time::{SECOND_MS, Time};
use crate::wire::{self, Call, Success};

/// An empty answer that comes sooner than this is no long poll.
const TOO_SOON_MS: u64 = SECOND_MS;

/// The long poll.
#[derive(Debug, Default)]
pub(in crate::channel) struct Poll {
    open: Option<(CallId, Time)>,
    /// The open one was given up: how it ends says nothing.
    given_up: bool,
    failures: u32,
    not_before: Time,
    /// For each answer that is not durable, the number of its last record.
    uncommitted: VecDeque<u64>,
    /// When the last answer came.
    answered_at: Time,
}

impl Poll {
    /// Asks, if nothing stands against it.
    pub(super) fn advance(&mut self, cx: &mut Context) {
        let durable = |number: &u64| cx.journal.is_durable(*number);
        while self.uncommitted.front().is_some_and(durable) {
            self.uncommitted.pop_front();
        }
        let room = cx.ledger.turns.messages() + POLL_UPDATES_MAX <= ACCOUNT_TURNS_MAX;
        if self.open.is_some() || cx.journal.is_closed() || !room {
            return;
        }
        if self.not_before > cx.now {
            return cx.timers.set(Timer::Poll, self.not_before);
        }
        if !self.uncommitted.is_empty() {
            let until = self.answered_at.plus(POLL_COMMIT_WAIT_MS);
            if self.uncommitted.len() > POLLS_UNCOMMITTED_MAX {
                return;
            }
            if until > cx.now {
                return cx.timers.set(Timer::Poll, until);
            }
        }
        cx.timers.clear(Timer::Poll);
        let call = Call::GetUpdates { timeout_sec: cx.config.polling.timeout_sec };
        let id = cx.call(Purpose::Poll, &call);
        self.open = Some((id, cx.now));
    }

    /// Gives the open poll up; what it brings all the same is taken in.
    pub(super) fn cancel(&mut self, cx: &mut Context) {
        cx.timers.clear(Timer::Poll);
        if let Some((call, _)) = self.open
            && !self.given_up
        {
            self.given_up = true;
            cx.act(Action::CancelCall { call });
        }
    }

    /// The configuration changed: what failed before says nothing.
    pub(super) fn begin_again(&mut self, cx: &mut Context) {
        self.cancel(cx);
        self.failures = 0;
        self.not_before = cx.now;
    }
}

impl Link {
    /// The long poll has ended. Whatever it brought was consumed by being read: it is taken in.
    pub(in crate::channel) fn polled(
        &mut self,
        cx: &mut Context,
        intake: &mut Intake,
        mail: &mut Mail,
        outcome: &Outcome<'_>,
    ) {
        let lasted_ms = self.poll.open.take().map_or(0, |(_, at)| cx.now.since(at));
        let given_up = core::mem::take(&mut self.poll.given_up) || cx.phase != Phase::Running;
        self.poll.answered_at = cx.now;
        let text = match outcome {
            Outcome::Answered { body, .. } => wire::text(body.as_bytes()),
            _ => "".into(),
        };
        match read(Method::GetUpdates, outcome, &text) {
            Answer::Success(Success::Updates(updates)) => {
                let mut last = 0;
                for update in &updates {
                    last = last.max(intake.take(cx, mail, update));
                }
                if last > 0 {
                    self.poll.uncommitted.push_back(last);
                }
                let empty = updates.is_empty();
                if empty && lasted_ms < TOO_SOON_MS && !given_up {
                    self.poll_failed(cx, "an empty answer at once, instead of a long poll", None);
                } else {
                    self.poll_worked(cx);
                }
            }
            Answer::Success(_) => self.poll_worked(cx),
            _ if given_up => {}
            Answer::Auth => {
                self.poll.not_before = cx.now.plus(self.refusal_delay_ms(cx));
                self.doubt(cx);
            }
            Answer::No { code, reason } => {
                // Perhaps somebody has set a webhook: that is looked at before the next poll.
                self.poll_failed(cx, &format!("{code} {reason}"), None);
                // While the token is in doubt getMe comes first.
                if self.step == Step::Poll {
                    let delay_ms = self.poll.not_before.since(cx.now);
                    self.later(cx, Step::Look, delay_ms);
                }
            }
            Answer::Later { reason, retry_after_ms } => {
                self.poll_failed(cx, &reason, retry_after_ms);
            }
        }
        self.try_poll(cx);
    }

    fn poll_worked(&mut self, cx: &mut Context) {
        self.refusals = 0;
        if core::mem::take(&mut self.poll.failures) > 0 {
            cx.note(Level::Info, NoteCode::PollRestored, "polling works again");
        }
        self.poll.not_before = cx.now;
    }

    fn poll_failed(&mut self, cx: &mut Context, reason: &str, asked_ms: Option<u64>) {
        self.poll.failures = self.poll.failures.saturating_add(1);
        let delay_ms = backoff::POLLS.delay_ms(self.poll.failures, asked_ms, &mut cx.dice);
        self.poll.not_before = cx.now.plus(delay_ms);
        let text = format!("getUpdates failed, tried again in {delay_ms} ms: {reason}");
        cx.note(Level::Warn, NoteCode::PollFailed, text);
    }
}
