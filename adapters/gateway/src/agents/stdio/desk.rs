//! `Desk`: the turns of a long-lived program: those it will get, and those it has.
//!
//! No answer is given under the lock: what comes of one may be the next turn.

use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use zaloxide_core::TurnId;

use crate::agents::Responder;

/// Bytes that may wait for a program to read them.
const WAITING_MAX: usize = 16 << 20;

/// A turn's attempt.
pub(super) type Id = (TurnId, u32);

/// The turns that a program will get, and those it has.
#[derive(Debug, Default)]
pub(super) struct Desk {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// What was not begun to be written, in order.
    waiting: VecDeque<(Id, Vec<u8>)>,
    bytes: usize,
    open: HashMap<Id, Open>,
    /// Counts the runs of the program.
    run: u64,
    closed: bool,
}

#[derive(Debug)]
struct Open {
    responder: Responder,
    /// The program has it, or a part of it.
    told: bool,
}

impl Desk {
    /// Takes a turn. It fails at once if too much waits already.
    pub(super) fn take(&self, id: Id, line: Vec<u8>, responder: Responder) {
        let mut state = self.lock();
        let refusal = if state.closed {
            "the engine is ending"
        } else if state.bytes + line.len() > WAITING_MAX {
            "the agent does not read its input: 16 MiB wait for it"
        } else {
            state.bytes += line.len();
            state.waiting.push_back((id, line));
            state.open.insert(id, Open { responder, told: false });
            self.changed.notify_all();
            return;
        };
        drop(state);
        responder.fail(refusal);
    }

    /// Nobody waits for this attempt any more.
    pub(super) fn abandon(&self, id: Id) {
        let mut state = self.lock();
        let gone = state.open.remove(&id);
        if gone.as_ref().is_some_and(|open| !open.told) {
            state.waiting.retain(|(other, _)| *other != id);
            state.bytes = state.waiting.iter().map(|(_, line)| line.len()).sum();
        }
        drop(state);
        drop(gone);
    }

    /// A new run of the program begins.
    pub(super) fn begin(&self) -> u64 {
        let mut state = self.lock();
        state.run += 1;
        state.run
    }

    /// The next line for this run of the program; waits for one. `None` when the run is over.
    pub(super) fn next(&self, run: u64) -> Option<Vec<u8>> {
        let state = self.lock();
        let none_yet =
            |state: &mut State| state.waiting.is_empty() && state.run == run && !state.closed;
        let waited = self.changed.wait_while(state, none_yet);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        if state.run != run {
            return None;
        }
        let (id, line) = state.waiting.pop_front()?;
        state.bytes -= line.len();
        if let Some(open) = state.open.get_mut(&id) {
            open.told = true;
        }
        Some(line)
    }

    /// Who waits for this answer. Nobody, if the program was never told of the turn.
    pub(super) fn answered(&self, id: Id) -> Option<Responder> {
        let mut state = self.lock();
        state.open.get(&id).filter(|open| open.told)?;
        state.open.remove(&id).map(|open| open.responder)
    }

    /// The run is over: the turns that it had fail, with this reason.
    pub(super) fn over(&self, reason: &str) {
        let mut state = self.lock();
        state.run += 1;
        let had = state.open.extract_if(|_, open| open.told).collect::<Vec<_>>();
        self.changed.notify_all();
        drop(state);
        for (_, open) in had {
            open.responder.fail(reason);
        }
    }

    /// No more turns; those that are open fail.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.waiting.clear();
        state.bytes = 0;
        let open = std::mem::take(&mut state.open);
        self.changed.notify_all();
        drop(state);
        for open in open.into_values() {
            open.responder.fail("the engine is ending");
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Waits so long, or until it is closed.
    pub(super) fn rest(&self, pause: Duration) {
        let state = self.lock();
        drop(self.changed.wait_timeout_while(state, pause, |state| !state.closed));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
