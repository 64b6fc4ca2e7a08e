//! `getUpdates`: one update a call, given to a client that is there, or error 408 in the end.

use std::time::Duration;

use tokio::sync::oneshot::Receiver;
use tokio::sync::oneshot::error::RecvError;
use zaloxide_core::Method;

use crate::answer::{Answer, Problem};
use crate::faults::Target;
use crate::platform::bot::{Connected, Given, Update};
use crate::platform::params::Params;
use crate::platform::{Platform, Step};

/// The window of a poll that asks for none, in seconds.
const WINDOW_DEFAULT_S: f64 = 30.0;
/// The longest window, in seconds; who asks for more gets this.
const WINDOW_MAX_S: f64 = 300.0;

/// A poll that waits. Whoever drives it must hand it back with [`Platform::close_poll`].
pub(crate) struct Poll {
    pub(crate) bot: usize,
    pub(crate) id: u64,
    pub(crate) given: Receiver<Given>,
    pub(crate) window: Duration,
}

impl Platform {
    /// A prepared answer comes first, then an update that waits; else the poll stays open.
    pub(crate) fn get_updates(
        &mut self,
        bot: usize,
        params: &Params,
        connected: Connected,
    ) -> Result<Step, Problem> {
        let window = window(params)?;
        if !connected() {
            return Ok(Step::HangUp);
        }
        if let Some(answer) = self.bots[bot].next_canned() {
            return Ok(Step::Answer(answer));
        }
        // With a webhook set, polls get nothing.
        if self.bots[bot].webhook.is_none()
            && let Some(update) = self.bots[bot].next_waiting()
        {
            self.repeat_by_fault(bot, &update);
            return Ok(Step::Answer(Answer::update(self.options.quirks, &update.body)));
        }
        self.polls_opened += 1;
        let id = self.polls_opened;
        Ok(match self.bots[bot].open_poll(id, connected) {
            Some(given) => Step::Poll(Poll { bot, id, given, window }),
            None => Step::Answer(Answer::edge(429, "Too Many Requests")),
        })
    }

    /// Gives an update to an open poll; `Err` gives it back when there is none.
    pub(crate) fn give_update(&mut self, bot: usize, update: Update) -> Result<(), Update> {
        let copy = update.clone();
        match self.bots[bot].give(Given::Update(update)) {
            Ok(()) => {
                self.repeat_by_fault(bot, &copy);
                Ok(())
            }
            Err(_) => Err(copy),
        }
    }

    /// The fault `duplicate`: the next poll gets it once more.
    fn repeat_by_fault(&mut self, bot: usize, update: &Update) {
        if self.faults.strike(Target::Method(Method::GetUpdates), true).is_some() {
            self.bots[bot].wait_first(Update { body: update.body.clone(), waits: true });
        }
    }

    /// Ends a poll: by its client's leaving, or by its window. What was given to it in the last
    /// moment is returned when `idle`, and otherwise kept if it is one that waits.
    pub(crate) fn close_poll(&mut self, poll: &mut Poll, idle: bool) -> Option<Answer> {
        self.bots[poll.bot].close_poll(poll.id);
        match poll.given.try_recv() {
            Ok(given) if idle => self.poll_answer(Ok(given)),
            Ok(Given::Update(update)) if update.waits => {
                self.bots[poll.bot].wait_first(update);
                None
            }
            _ => idle.then(|| Answer::problem(self.options.quirks, &Problem::IDLE)),
        }
    }

    /// The answer of a poll that was given something. `Err`: the platform let go of it, its client
    /// had left; nobody is to be answered.
    pub(crate) fn poll_answer(&self, given: Result<Given, RecvError>) -> Option<Answer> {
        let quirks = self.options.quirks;
        given.ok().map(|given| match given {
            Given::Update(update) => Answer::update(quirks, &update.body),
            Given::Canned(answer) => answer,
            Given::Reset => Answer::problem(quirks, &Problem::IDLE),
        })
    }
}

/// The window asked for: a number, or a string with one. Fractions are taken, for quick tests.
fn window(params: &Params) -> Result<Duration, Problem> {
    let seconds = match params.text("timeout") {
        None => WINDOW_DEFAULT_S,
        Some(text) => text
            .trim()
            .parse()
            .ok()
            .filter(|seconds: &f64| seconds.is_finite() && *seconds >= 0.0)
            .ok_or_else(|| Problem::bad("The timeout is invalid"))?,
    };
    Ok(Duration::from_secs_f64(seconds.min(WINDOW_MAX_S)))
}
