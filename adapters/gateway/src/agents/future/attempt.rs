//! `Attempt`: one attempt at a turn as a future that reports its end, whatever that is; [`Open`]:
//! those that have not ended.

use std::any::Any;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use zaloxide_core::TurnId;

use super::Answering;
use crate::agents::Responder;

/// A turn and its attempt.
type Key = (TurnId, u32);

/// Attempts that have not ended.
#[derive(Debug, Default)]
pub(super) struct Open {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Whom to wake so that it sees that it was abandoned.
    attempts: HashMap<Key, Option<Waker>>,
    abandoned: Vec<Key>,
    closed: bool,
}

impl Open {
    /// Has an attempt end, if it has not.
    pub(super) fn abandon(&self, key: Key) {
        let mut state = self.lock();
        let Some(waker) = state.attempts.get_mut(&key).map(Option::take) else { return };
        state.abandoned.push(key);
        drop(state);
        waker.into_iter().for_each(Waker::wake);
    }

    /// Has all of them end, and waits for that, at most so long.
    pub(super) fn close(&self, within: Duration) {
        let mut state = self.lock();
        state.closed = true;
        let wakers: Vec<Waker> = state.attempts.values_mut().filter_map(Option::take).collect();
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
        let left = |state: &mut State| !state.attempts.is_empty();
        // Those that are still there end when somebody drives them.
        drop(self.changed.wait_timeout_while(self.lock(), within, left));
    }

    /// Whether an attempt is to go on; then this wakes it when it is not any more.
    fn goes_on(&self, key: Key, waker: &Waker) -> bool {
        let mut state = self.lock();
        if state.closed || state.abandoned.contains(&key) {
            return false;
        }
        state.attempts.insert(key, Some(waker.clone()));
        true
    }

    fn remove(&self, key: Key) {
        let mut state = self.lock();
        state.attempts.remove(&key);
        state.abandoned.retain(|abandoned| *abandoned != key);
        drop(state);
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One attempt at a turn.
pub(super) struct Attempt {
    key: Key,
    open: Arc<Open>,
    answering: Option<Answering>,
    responder: Option<Responder>,
}

impl Attempt {
    pub(super) fn begin(
        key: Key,
        answering: Answering,
        responder: Responder,
        open: &Arc<Open>,
    ) -> Self {
        open.lock().attempts.insert(key, None);
        Self { key, open: Arc::clone(open), answering: Some(answering), responder: Some(responder) }
    }

    /// Lets go of the function's future, whatever its end does.
    fn let_go(&mut self) {
        let answering = self.answering.take();
        let _ = catch_unwind(AssertUnwindSafe(|| drop(answering)));
    }
}

impl Future for Attempt {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if !self.open.goes_on(self.key, cx.waker()) {
            self.let_go();
            drop(self.responder.take());
            return Poll::Ready(());
        }
        let Some(answering) = self.answering.as_mut() else { return Poll::Ready(()) };
        let polled = catch_unwind(AssertUnwindSafe(|| answering.as_mut().poll(cx)));
        let answer = match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(answer)) => answer,
            Err(panic) => Err(panicked(&*panic)),
        };
        self.let_go();
        if let Some(responder) = self.responder.take() {
            responder.answer(answer);
        }
        Poll::Ready(())
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.let_go();
        // Without an answer it has failed, and says so.
        drop(self.responder.take());
        self.open.remove(self.key);
    }
}

/// What a panic says, for people.
pub(crate) fn panicked(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.map_or_else(|| "the agent panicked".into(), |text| format!("the agent panicked: {text}"))
}
