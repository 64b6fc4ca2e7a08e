//! `Pool`: a few threads that drive futures. They are made when needed.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use async_task::Runnable;

use super::Attempted;

/// Threads at one time, on machines with many cores.
const THREADS_MAX: usize = 8;

/// Drives futures until it is closed.
#[derive(Debug, Default)]
pub(super) struct Pool(Arc<Queue>);

#[derive(Debug, Default)]
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    ready: VecDeque<Runnable>,
    threads: usize,
    idle: usize,
    closed: bool,
}

impl Pool {
    pub(super) fn spawn(&self, attempt: Attempted) {
        let queue = Arc::clone(&self.0);
        let (runnable, task) = async_task::spawn(attempt, move |runnable| queue.push(runnable));
        task.detach();
        runnable.schedule();
    }

    /// Threads that there are.
    #[cfg(test)]
    pub(super) fn threads(&self) -> usize {
        self.0.lock().threads
    }

    /// Ends the threads once nothing is ready any more.
    pub(super) fn close(&self) {
        self.0.lock().closed = true;
        self.0.changed.notify_all();
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.close();
    }
}

impl Queue {
    /// Has somebody drive a future on. Where there is nobody and will not be, it is dropped.
    fn push(self: &Arc<Self>, runnable: Runnable) {
        let mut state = self.lock();
        if state.ready.len() >= state.idle && state.threads < threads_max() && !state.closed {
            let queue = Arc::clone(self);
            let thread = thread::Builder::new().name("zaloxide-async".into());
            state.threads += usize::from(thread.spawn(move || queue.work()).is_ok());
        }
        if state.threads == 0 {
            drop(state);
            // Its end may call back.
            return drop(runnable);
        }
        state.ready.push_back(runnable);
        drop(state);
        self.changed.notify_one();
    }

    fn work(&self) {
        let mut state = self.lock();
        loop {
            if let Some(runnable) = state.ready.pop_front() {
                drop(state);
                // An attempt catches its own panics.
                runnable.run();
                state = self.lock();
            } else if state.closed {
                state.threads -= 1;
                return;
            } else {
                state.idle += 1;
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                state.idle -= 1;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn threads_max() -> usize {
    thread::available_parallelism().map_or(2, usize::from).clamp(2, THREADS_MAX)
}
