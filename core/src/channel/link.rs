//! The link: the account's connection to Zalo. Who the bot is, whether a webhook is set, and then
//! either the long poll or the webhook.

mod poll;
mod webhook;

use alloc::format;
use alloc::string::String;

pub(super) use poll::Poll;

use super::backoff;
use super::calls::Purpose;
use super::context::{Auth, Context, Phase, Signal, bounded};
use super::timers::Timer;
use crate::config::Duty;
use crate::event::Outcome;
use crate::method::Method;
use crate::note::{Level, NoteCode};
use crate::time::{HOUR_MS, MINUTE_MS};
use crate::view::State;
use crate::wire::{self, Call, Response, Success};

/// How often a token that is refused is looked at again.
const AUTH_AGAIN_MS: u64 = 10 * MINUTE_MS;

/// The connection.
#[derive(Debug)]
pub(super) struct Link {
    step: Step,
    asked: Asked,
    /// Failures in a row of the present step.
    failures: u32,
    /// How often in a row the token was refused although `getMe` had taken it.
    refusals: u32,
    /// `getMe` has answered once: a second answer goes back to work without looking at webhooks.
    greeted: bool,
    /// The webhook was looked at.
    settled: bool,
    /// The operator was told that the token is refused, or another bot's.
    reported: bool,
    /// The bot whose token it is instead.
    wrong_bot: Option<String>,
    pub(super) poll: Poll,
}

/// The connection's own call: there is one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// None is under way.
    None,
    /// One is under way.
    Open,
    /// One is under way whose answer no longer matters: the configuration changed.
    Outdated,
}

/// What the connection does, or does next.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// `getMe`.
    Greet,
    /// `getWebhookInfo`.
    Look,
    /// `deleteWebhook`.
    Remove,
    /// `setWebhook`.
    Set,
    /// The long poll.
    Poll,
    /// The webhook is set; looked at again every hour.
    Hooked,
    /// Somebody else's webhook is set; looked at again every minute.
    Foreign(String),
    /// Nothing is received.
    Idle,
}

/// The end of a call, read.
enum Answer<'a> {
    Success(Success<'a>),
    /// Zalo said no, for good.
    No {
        code: u32,
        reason: String,
    },
    /// The token was refused.
    Auth,
    /// It may work later.
    Later {
        reason: String,
        retry_after_ms: Option<u64>,
    },
}

impl Link {
    pub(super) fn new() -> Self {
        Self {
            step: Step::Greet,
            asked: Asked::None,
            failures: 0,
            refusals: 0,
            greeted: false,
            settled: false,
            reported: false,
            wrong_bot: None,
            poll: Poll::default(),
        }
    }

    pub(super) fn state(&self, cx: &Context) -> State {
        match cx.phase {
            Phase::Stopping => return State::Stopping,
            Phase::Stopped => return State::Stopped,
            Phase::Running => {}
        }
        if let Some(id) = &self.wrong_bot {
            return State::WrongBot { id: id.clone() };
        }
        match (&self.step, cx.auth) {
            (_, Auth::Failed) => State::AuthFailed,
            (Step::Poll, _) => State::Polling,
            (Step::Hooked, _) => State::Webhook,
            (Step::Idle, _) => State::Errands,
            (Step::Foreign(url), _) => State::ForeignWebhook { url: url.clone() },
            _ => State::Starting,
        }
    }

    /// The connection begins. For errands the token is believed until a call of theirs is refused.
    pub(super) fn begin(&mut self, cx: &mut Context) {
        if cx.config.duty == Duty::Errands {
            cx.auth = Auth::Good;
            self.step = Step::Idle;
        }
        self.go(cx);
    }

    /// Does the present step now.
    pub(super) fn go(&mut self, cx: &mut Context) {
        if self.asked != Asked::None || cx.phase != Phase::Running {
            return;
        }
        cx.timers.clear(Timer::Link);
        let call = match &self.step {
            Step::Greet => Call::GetMe {},
            Step::Look | Step::Hooked | Step::Foreign(_) => Call::GetWebhookInfo {},
            Step::Remove => Call::DeleteWebhook {},
            Step::Set => {
                self.asked = Asked::Open;
                return webhook::set(cx);
            }
            Step::Poll => return self.poll.advance(cx),
            Step::Idle => return,
        };
        self.asked = Asked::Open;
        cx.call(Purpose::Link, &call);
    }

    /// The long poll may be possible.
    pub(super) fn try_poll(&mut self, cx: &mut Context) {
        if self.step == Step::Poll && cx.auth == Auth::Good && cx.phase == Phase::Running {
            self.poll.advance(cx);
        }
    }

    /// A token was refused somewhere: `getMe` says whether that is so.
    pub(super) fn doubt(&mut self, cx: &mut Context) {
        if cx.auth == Auth::Good {
            cx.auth = Auth::Checking;
            self.next(cx, Step::Greet);
        }
    }

    /// A call was refused although `getMe` took the token: how long to wait. Once may be chance.
    fn refusal_delay_ms(&mut self, cx: &mut Context) -> u64 {
        self.refusals = self.refusals.saturating_add(1);
        if self.refusals == 1 {
            return 0;
        }
        backoff::POLLS.delay_ms(self.refusals, None, &mut cx.dice)
    }

    /// The configuration changed: another token, or another way to receive.
    pub(super) fn begin_again(&mut self, cx: &mut Context) {
        cx.auth = Auth::Checking;
        self.settled = false;
        self.refusals = 0;
        self.wrong_bot = None;
        if self.asked == Asked::Open {
            self.asked = Asked::Outdated;
        }
        self.poll.begin_again(cx);
        self.next(cx, Step::Greet);
    }

    fn next(&mut self, cx: &mut Context, step: Step) {
        self.step = step;
        self.failures = 0;
        self.go(cx);
    }

    fn later(&mut self, cx: &mut Context, step: Step, delay_ms: u64) {
        self.step = step;
        self.failures = 0;
        cx.timers.set(Timer::Link, cx.now.plus(delay_ms));
    }

    /// A call of the connection has ended.
    pub(super) fn finished(&mut self, cx: &mut Context, method: Method, outcome: &Outcome<'_>) {
        let asked = core::mem::replace(&mut self.asked, Asked::None);
        let body = match outcome {
            Outcome::Answered { body, .. } => wire::text(body.as_bytes()),
            _ => "".into(),
        };
        if asked == Asked::Outdated || self.expected() != Some(method) {
            return self.go(cx);
        }
        match read(method, outcome, &body) {
            Answer::Success(success) => self.succeeded(cx, success),
            Answer::Auth if self.step == Step::Greet => self.refused(cx),
            Answer::Auth => {
                cx.auth = Auth::Checking;
                match self.refusal_delay_ms(cx) {
                    0 => self.next(cx, Step::Greet),
                    delay_ms => self.later(cx, Step::Greet, delay_ms),
                }
            }
            Answer::No { code, reason } => self.denied(cx, method, code, &reason),
            Answer::Later { reason, retry_after_ms } => {
                self.failed(cx, method, &reason, retry_after_ms);
            }
        }
    }

    /// The method whose answer the present step waits for.
    fn expected(&self) -> Option<Method> {
        Some(match self.step {
            Step::Greet => Method::GetMe,
            Step::Look | Step::Hooked | Step::Foreign(_) => Method::GetWebhookInfo,
            Step::Remove => Method::DeleteWebhook,
            Step::Set => Method::SetWebhook,
            Step::Poll | Step::Idle => return None,
        })
    }

    fn succeeded(&mut self, cx: &mut Context, success: Success<'_>) {
        if self.step != Step::Greet {
            self.refusals = 0;
        }
        match success {
            Success::Me { id, account_name, display_name, .. } => {
                let name = display_name.or(account_name).map(String::from);
                match id.filter(|id| *id != cx.config.bot_id.as_str()) {
                    Some(id) => self.wrong_bot(cx, &id),
                    None => self.greeted(cx, name),
                }
            }
            Success::WebhookInfo { url } => {
                let next = webhook::looked(cx, &self.step, url.as_deref());
                self.settled = matches!(next, webhook::Then::Now(Step::Poll));
                match next {
                    webhook::Then::Now(step) => self.next(cx, step),
                    webhook::Then::In(step, delay_ms) => self.later(cx, step, delay_ms),
                }
            }
            Success::WebhookSet { verification, .. } => {
                let (step, delay_ms) = webhook::was_set(cx, verification);
                self.settled = true;
                self.later(cx, step, delay_ms);
            }
            _ => {
                webhook::was_removed(cx);
                self.settled = true;
                self.next(cx, Step::Poll);
            }
        }
    }

    fn greeted(&mut self, cx: &mut Context, name: Option<String>) {
        if name.is_some() {
            cx.bot_name = name;
        }
        let restored = core::mem::take(&mut self.reported);
        cx.auth = Auth::Good;
        self.wrong_bot = None;
        if restored {
            cx.note(Level::Info, NoteCode::AuthRestored, "the token works again");
        } else if !self.greeted {
            let name = cx.bot_name.as_deref().unwrap_or("without a name");
            let text = format!("connected as bot {} ({name})", cx.config.bot_id);
            cx.note(Level::Info, NoteCode::Connected, text);
        }
        self.greeted = true;
        cx.signal(Signal::SendsOpen);
        if cx.config.duty == Duty::Errands {
            return self.next(cx, Step::Idle);
        }
        match (self.settled, &cx.config.webhook_url) {
            (false, _) => self.next(cx, Step::Look),
            (true, None) => self.next(cx, Step::Poll),
            (true, Some(_)) => self.later(cx, Step::Hooked, HOUR_MS),
        }
    }

    fn refused(&mut self, cx: &mut Context) {
        if cx.auth != Auth::Failed {
            let text = "Zalo refuses the bot token: nothing is received or sent. Put the token of \
                        bot.zaloplatforms.com into the configuration and reload it; asked again \
                        every 10 minutes";
            cx.note(Level::Error, NoteCode::AuthFailed, text);
        }
        cx.auth = Auth::Failed;
        self.reported = true;
        self.later(cx, Step::Greet, AUTH_AGAIN_MS);
    }

    fn wrong_bot(&mut self, cx: &mut Context, id: &str) {
        let text = format!(
            "the token is of bot {}, and Zalo says it is bot {}: check botToken",
            cx.config.bot_id,
            bounded(id)
        );
        cx.note(Level::Error, NoteCode::WrongBot, text);
        cx.auth = Auth::Failed;
        self.wrong_bot = Some(bounded(id));
        self.reported = true;
        self.later(cx, Step::Greet, AUTH_AGAIN_MS);
    }

    /// Zalo said no to a step: it is tried again, but not soon.
    fn denied(&mut self, cx: &mut Context, method: Method, code: u32, reason: &str) {
        let text = format!("{} was refused ({code}): {reason}", method.name());
        cx.note(Level::Error, NoteCode::PollFailed, text);
        let step = self.step.clone();
        self.later(cx, step, MINUTE_MS);
    }

    fn failed(&mut self, cx: &mut Context, method: Method, reason: &str, asked_ms: Option<u64>) {
        self.failures = self.failures.saturating_add(1);
        let delay_ms = backoff::POLLS.delay_ms(self.failures, asked_ms, &mut cx.dice);
        let text = format!("{} failed, tried again in {delay_ms} ms: {reason}", method.name());
        cx.note(Level::Warn, NoteCode::PollFailed, text);
        cx.timers.set(Timer::Link, cx.now.plus(delay_ms));
    }

    /// The end begins: the poll is given up, and the webhook if that is wanted.
    pub(super) fn stop(&mut self, cx: &mut Context) {
        self.poll.cancel(cx);
        let removes = cx.config.webhook_delete_on_stop && cx.ledger.webhook.is_some();
        if removes && cx.auth == Auth::Good && cx.config.duty == Duty::Serve {
            self.step = Step::Remove;
            // An answer that is still to come is not to this.
            self.asked = if self.asked == Asked::None { Asked::Open } else { Asked::Outdated };
            cx.call(Purpose::Link, &Call::DeleteWebhook {});
        }
    }
}

/// Reads the end of a call of the connection.
fn read<'a>(method: Method, outcome: &Outcome<'_>, text: &'a str) -> Answer<'a> {
    let (status, header_ms) = match outcome {
        Outcome::NotSent { reason } | Outcome::Unknown { reason } => {
            return Answer::Later { reason: bounded(reason), retry_after_ms: None };
        }
        Outcome::Answered { status, retry_after_ms, .. } => (*status, *retry_after_ms),
    };
    match wire::response(method, status, text) {
        Response::Ok { success, .. } => Answer::Success(success),
        Response::Idle => Answer::Success(Success::Updates(alloc::vec::Vec::new())),
        Response::Failed { code: 401, .. } | Response::NotJson { status: 401, .. } => Answer::Auth,
        Response::Failed { code, description, .. } if is_final(code) => {
            Answer::No { code, reason: description }
        }
        Response::Failed { code, description, retry_after_ms } => Answer::Later {
            reason: format!("{code} {description}"),
            retry_after_ms: retry_after_ms.or(header_ms),
        },
        Response::NotJson { status, excerpt } => Answer::Later {
            reason: format!("HTTP {status}, not JSON: {excerpt}; check apiUrl if this goes on"),
            retry_after_ms: header_ms,
        },
    }
}

/// Asking again soon makes no sense. The documentation calls 403 an internal error.
const fn is_final(code: u32) -> bool {
    matches!(code, 400..=499) && !matches!(code, 403 | 408 | 409 | 429)
}
