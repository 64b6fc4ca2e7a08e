//! Agents: who answers a turn. [`Echo`]; a program, [`Exec`] or [`Stdio`]; a server, `Http` or
//! `OpenAi`; a function, [`Async`] or [`Callback`]; a host in another language, [`Pulled`]; or your
//! own [`Agent`].

mod answer;
mod callback;
mod echo;
#[cfg(unix)]
mod exec;
mod future;
#[cfg(feature = "engine")]
mod http;
mod into_reply;
#[cfg(feature = "engine")]
pub(crate) mod openai;
#[cfg(unix)]
mod pipe;
#[cfg(feature = "engine")]
mod posts;
#[cfg(unix)]
mod program;
mod pulled;
#[cfg(unix)]
mod stdio;

use std::fmt;
#[cfg(feature = "engine")]
use std::sync::Arc;
use std::time::Duration;

use zaloxide_core::{Envelope, Reply, Time, TurnId};

pub use callback::Callback;
pub use echo::Echo;
#[cfg(unix)]
pub use exec::Exec;
pub use future::{Async, Attempted};
#[cfg(feature = "engine")]
pub use http::Http;
pub use into_reply::IntoReply;
#[cfg(feature = "engine")]
pub use openai::OpenAi;
pub use pulled::{Nothing, Pull, Pulled};
#[cfg(unix)]
pub use stdio::Stdio;

#[cfg(feature = "engine")]
use crate::config::AgentConfig;

/// Answers turns. Time-outs, further attempts and dead letters are the core's business: an agent
/// answers or fails, once, and may be told that nobody waits any more.
///
/// [`deliver`](Self::deliver) is called on an engine's thread and must not wait: take the turn to
/// a thread of your own. At most `turn.parallel` turns of an account are with the agent at once.
pub trait Agent: Send + Sync {
    /// A turn to answer, by its [`Responder`].
    fn deliver(&self, turn: Turn);

    /// Nobody waits for this attempt any more; its answer will be dropped.
    fn abandon(&self, turn: TurnId, attempt: u32) {
        let _ = (turn, attempt);
    }

    /// The engine has come to an end: give up what is under way, within this time.
    fn close(&self, within: Duration) {
        let _ = within;
    }
}

/// A turn, and how to answer it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Turn {
    /// What was written, by whom, where.
    pub envelope: Box<Envelope>,
    /// When the attempt is abandoned.
    pub deadline: Time,
    /// Takes the answer.
    pub responder: Responder,
}

impl Turn {
    /// For drivers: what a `Deliver` says, and who is told the answer.
    pub fn new(envelope: Box<Envelope>, deadline: Time, responder: Responder) -> Self {
        Self { envelope, deadline, responder }
    }
}

/// Takes the one answer to a turn. Dropped without one, the attempt has failed.
pub struct Responder(Option<Tell>);

type Tell = Box<dyn FnOnce(Result<Reply, String>) + Send>;

impl Responder {
    /// Calls `tell` with the answer, or with why there is none.
    pub fn new(tell: impl FnOnce(Result<Reply, String>) + Send + 'static) -> Self {
        Self(Some(Box::new(tell)))
    }

    /// The answer; an empty one sends nothing.
    pub fn reply(self, reply: Reply) {
        self.answer(Ok(reply));
    }

    /// The attempt failed; says why, for people.
    pub fn fail(self, reason: impl Into<String>) {
        self.answer(Err(reason.into()));
    }

    /// Either.
    pub fn answer(mut self, answer: Result<Reply, String>) {
        if let Some(tell) = self.0.take() {
            tell(answer);
        }
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        if let Some(tell) = self.0.take() {
            tell(Err("the agent ended without an answer".into()));
        }
    }
}

impl fmt::Debug for Responder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Responder")
    }
}

/// An agent that can't be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentError(pub(crate) String);

impl fmt::Display for AgentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for AgentError {}

/// The agent that a configuration names.
///
/// # Errors
/// The program is not there, or may not be run; the address can't be used.
#[cfg(feature = "engine")]
pub fn from_config(config: &AgentConfig) -> Result<Arc<dyn Agent>, AgentError> {
    match config {
        AgentConfig::Echo => Ok(Arc::new(Echo)),
        #[cfg(unix)]
        AgentConfig::Exec { command, cwd, env } => {
            Ok(Arc::new(Exec::new(command, cwd.as_deref(), env)?))
        }
        #[cfg(unix)]
        AgentConfig::Stdio { command, cwd, env } => {
            Ok(Arc::new(Stdio::new(command, cwd.as_deref(), env)?))
        }
        #[cfg(not(unix))]
        AgentConfig::Exec { .. } | AgentConfig::Stdio { .. } => {
            Err(AgentError("a program as an agent needs a Unix system: use another kind".into()))
        }
        AgentConfig::Http { url, headers } => Ok(Arc::new(Http::new(url, headers)?)),
        AgentConfig::OpenAi { url, model, api_key, system } => {
            let (key, system) = (api_key.as_deref(), system.as_deref());
            Ok(Arc::new(OpenAi::new(url, model, key, system)?))
        }
    }
}

#[cfg(all(test, unix))]
mod tests;
