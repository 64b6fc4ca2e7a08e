//! `Posts`: turns that are with a server: each is one POST, on a thread of a bounded pool, given up
//! when its attempt is abandoned.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use zaloxide_core::wire::excerpt;
use zaloxide_core::{Reply, TurnId};
use zaloxide_polling::{Answer, Calls, Cancel, Endpoint};

use super::Turn;
use crate::clock::wall;

/// Turns that are with the server at once, of all accounts together. More of them wait.
// proven: it is not 0
const PARALLEL: NonZeroUsize = NonZeroUsize::new(128).unwrap();

/// A turn's attempt.
type Id = (TurnId, u32);

/// Turns that are with a server.
#[derive(Clone, Debug)]
pub(super) struct Posts {
    endpoint: Arc<Endpoint>,
    calls: Calls,
    open: Arc<Mutex<Open>>,
}

#[derive(Debug, Default)]
struct Open {
    calls: HashMap<Id, Cancel>,
    closed: bool,
}

impl Posts {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        let calls = Calls::of_agents(PARALLEL);
        Self { endpoint: Arc::new(endpoint), calls, open: Arc::default() }
    }

    pub(super) fn host(&self) -> &str {
        self.endpoint.host()
    }

    /// Posts `body` for a turn. `read` makes an answer of what the server says.
    pub(super) fn post(
        &self,
        turn: Turn,
        body: serde_json::Result<String>,
        read: impl FnOnce(&str, &Answer) -> Result<Reply, String> + Send + 'static,
    ) {
        let Turn { envelope, deadline, responder } = turn;
        let body = match body {
            Ok(body) => body,
            Err(error) => return responder.fail(error.to_string()),
        };
        let id = (envelope.turn, envelope.attempt);
        let cancel = Cancel::new();
        if !self.enter(id, &cancel) {
            return responder.fail("the engine is ending");
        }
        let posts = self.clone();
        let job = move || {
            // What waited for a thread has waited on the turn's own time.
            let within = Duration::from_millis(deadline.since(wall()));
            let answer = posts.endpoint.post(&body, within, &cancel);
            posts.lock().calls.remove(&id);
            responder.answer(answer.and_then(|answer| read(posts.host(), &answer)));
        };
        if let Err(rejected) = self.calls.submit(&envelope.account, Box::new(job)) {
            self.lock().calls.remove(&id);
            tracing::warn!("a turn could not be handed to the agent: {}", rejected.reason);
            // The responder in it says that the attempt failed.
            drop(rejected);
        }
    }

    pub(super) fn abandon(&self, id: Id) {
        let cancel = self.lock().calls.remove(&id);
        if let Some(cancel) = cancel {
            cancel.cancel();
        }
    }

    pub(super) fn close(&self, within: Duration) {
        let mut open = self.lock();
        open.closed = true;
        let calls = std::mem::take(&mut open.calls);
        drop(open);
        for cancel in calls.into_values() {
            cancel.cancel();
        }
        self.calls.shutdown(within);
    }

    fn enter(&self, id: Id, cancel: &Cancel) -> bool {
        let mut open = self.lock();
        if !open.closed {
            open.calls.insert(id, cancel.clone());
        }
        !open.closed
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A status that is no answer, with the beginning of what the server says to it.
pub(super) fn refused(host: &str, status: u16, said: &str) -> String {
    let hint = match status {
        300..=399 => ": redirects are not followed, so name the last address",
        401 | 403 => ": check the key it wants",
        404 | 405 => ": check the url",
        _ => "",
    };
    match excerpt(said).as_str() {
        "" => format!("{host} answered HTTP {status}{hint}"),
        said => format!("{host} answered HTTP {status}{hint}: {said}"),
    }
}
