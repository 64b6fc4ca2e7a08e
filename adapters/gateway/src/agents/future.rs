//! `Async`: an async Rust function as an agent, on a few threads of its own or on the caller's
//! runtime.

mod attempt;
mod pool;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use zaloxide_core::{Envelope, Reply, TurnId};

use self::attempt::{Attempt, Open};
use self::pool::Pool;
use super::{Agent, IntoReply, Turn};

pub(super) use self::attempt::panicked;

/// An attempt at a turn, to be driven to its end. It never panics.
pub type Attempted = Pin<Box<dyn Future<Output = ()> + Send>>;

/// An answer on its way.
type Answering = Pin<Box<dyn Future<Output = Result<Reply, String>> + Send>>;
type Ask = dyn Fn(Envelope) -> Answering + Send + Sync;
type Spawn = dyn Fn(Attempted) + Send + Sync;

/// Calls an async function for each turn. Turns that wait take no thread: 64 chats wait as easily as
/// one. When an attempt is abandoned, its future is dropped.
///
/// Futures are driven by a few threads of the agent's own, which no runtime knows: what needs
/// tokio's timers or sockets is [driven by tokio](Self::spawned_by). A function that blocks its
/// thread belongs into a [`Callback`](super::Callback), which has a thread for each turn.
pub struct Async {
    ask: Arc<Ask>,
    spawn: Arc<Spawn>,
    pool: Arc<Pool>,
    open: Arc<Open>,
}

impl Async {
    /// The function answers, or says why it can't. One that panics has failed too.
    pub fn new<F, A, R>(answer: F) -> Self
    where
        F: Fn(Envelope) -> A + Send + Sync + 'static,
        A: Future<Output = R> + Send + 'static,
        R: IntoReply,
    {
        let answer = Arc::new(answer);
        let ask = move |envelope| -> Answering {
            let answer = Arc::clone(&answer);
            // The call belongs to the future: what it does before its first await may take long.
            Box::pin(async move { answer(envelope).await.into_reply() })
        };
        let pool = Arc::new(Pool::default());
        let ours = Arc::clone(&pool);
        Self {
            ask: Arc::new(ask),
            spawn: Arc::new(move |attempt| ours.spawn(attempt)),
            pool,
            open: Arc::default(),
        }
    }

    /// Has attempts driven elsewhere, such as by tokio: `move |attempt| { handle.spawn(attempt); }`.
    /// An attempt that is dropped there has failed.
    #[must_use]
    pub fn spawned_by(mut self, spawn: impl Fn(Attempted) + Send + Sync + 'static) -> Self {
        self.spawn = Arc::new(spawn);
        self
    }
}

impl Agent for Async {
    fn deliver(&self, turn: Turn) {
        let key = (turn.envelope.turn, turn.envelope.attempt);
        let answering = (self.ask)(*turn.envelope);
        let attempt = Attempt::begin(key, answering, turn.responder, &self.open);
        // A spawner that panics drops the attempt, which has then failed.
        let _ = catch_unwind(AssertUnwindSafe(|| (self.spawn)(Box::pin(attempt))));
    }

    fn abandon(&self, turn: TurnId, attempt: u32) {
        self.open.abandon((turn, attempt));
    }

    fn close(&self, within: Duration) {
        self.open.close(within);
        self.pool.close();
    }
}

impl fmt::Debug for Async {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Async").finish_non_exhaustive()
    }
}

#[cfg(all(test, unix))]
mod tests;
