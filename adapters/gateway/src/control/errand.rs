//! `Errand`: what a gateway would be asked, when none runs: the store is opened for it, and closed
//! again.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::answer::Answerer;
use super::client::{CallError, read};
use super::{Host, Request};
use crate::engine::{Builder, Engine, Handle, StartError};

/// How long lines of the bot's own that an errand made (somebody was let in) are given to go out.
const NOTICES_MAX: Duration = Duration::from_secs(10);
/// How often it is looked whether they have.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Answers requests without a gateway, until it is ended.
#[derive(Debug)]
pub struct Errand {
    engine: Engine,
    answerer: Answerer,
}

impl Errand {
    /// Opens the store. Nothing is received meanwhile, and of what waits nothing is sent but in
    /// chats that are asked about. `default_account` is meant by requests that name none.
    ///
    /// # Errors
    /// As [`Builder::start`]: above all, a gateway has the accounts.
    pub fn begin(builder: Builder, default_account: Option<String>) -> Result<Self, StartError> {
        let engine = builder.errands().start()?;
        let answerer = Answerer::new(engine.handle(), Host::new(default_account));
        Ok(Self { engine, answerer })
    }

    /// Answers one request, as a gateway does, and gives back all that was opened.
    ///
    /// # Errors
    /// It says no.
    pub fn end(self, request: Request) -> Result<Value, CallError> {
        let answer = self.answerer.request(request);
        wait_for_notices(&self.engine.handle());
        self.engine.stop();
        read(answer)
    }
}

fn wait_for_notices(handle: &Handle) {
    let until = Instant::now() + NOTICES_MAX;
    let waits =
        |name: &String| handle.view(name, |view| view.status().notices > 0).unwrap_or(false);
    while handle.accounts().iter().any(waits) && Instant::now() < until {
        thread::sleep(LOOK_AGAIN);
    }
}
