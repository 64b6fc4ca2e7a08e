//! `Callback`: a Rust function as an agent.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use zaloxide_core::{Envelope, Reply};

use super::future::panicked;
use super::{Agent, Turn};

type Answer = dyn Fn(&Envelope) -> Result<Reply, String> + Send + Sync;

/// Calls a function for each turn, on a thread of the turn's own. The function may wait as long as
/// it likes; when the attempt is abandoned, its answer is dropped.
#[derive(Clone)]
pub struct Callback(Arc<Answer>);

impl Callback {
    /// The function answers, or says why it can't.
    pub fn new(
        answer: impl Fn(&Envelope) -> Result<Reply, String> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(answer))
    }
}

impl Agent for Callback {
    fn deliver(&self, turn: Turn) {
        let answer = Arc::clone(&self.0);
        let name = "zaloxide-agent".to_owned();
        // Without a thread the closure is dropped, and the responder in it says that it failed.
        let _ = thread::Builder::new().name(name).spawn(move || {
            let result = catch_unwind(AssertUnwindSafe(|| answer(&turn.envelope)));
            turn.responder.answer(result.unwrap_or_else(|panic| Err(panicked(&*panic))));
        });
    }
}
