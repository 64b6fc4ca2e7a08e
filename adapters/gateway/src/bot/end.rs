//! `End`: how a bot ended, once it has, for threads and for futures that wait for it.

use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::BotError;
use crate::engine::Ended;

/// Comes once.
#[derive(Debug, Default)]
pub(super) struct End {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    ended: Option<Ended>,
    wakers: Vec<Waker>,
}

impl End {
    pub(super) fn come(&self, ended: Ended) {
        let mut state = self.lock();
        state.ended = Some(ended);
        let wakers = std::mem::take(&mut state.wakers);
        drop(state);
        self.changed.notify_all();
        wakers.into_iter().for_each(Waker::wake);
    }

    /// How it ended, waited for at most so long.
    pub(super) fn wait(&self, within: Duration) -> Option<Ended> {
        let waited =
            self.changed.wait_timeout_while(self.lock(), within, |state| state.ended.is_none());
        waited.unwrap_or_else(PoisonError::into_inner).0.ended.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for a bot's end, on any executor. From [`Bot::ended`](super::Bot::ended).
#[derive(Debug)]
#[must_use = "it waits when it is awaited"]
pub struct Finish(pub(super) Arc<End>);

impl Future for Finish {
    type Output = Result<(), BotError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.0.lock();
        if let Some(ended) = state.ended.clone() {
            return Poll::Ready(ended.into_result());
        }
        if !state.wakers.iter().any(|waker| waker.will_wake(cx.waker())) {
            state.wakers.push(cx.waker().clone());
        }
        Poll::Pending
    }
}
