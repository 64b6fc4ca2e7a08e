//! `Calls`: the threads on which calls are made. They come when needed and go when idle.

mod share;

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use zaloxide_core::limits::ACCOUNT_CHUNKS_MAX;

use share::Share;

/// A thread without work ends after this.
const IDLE: Duration = Duration::from_secs(30);
/// Calls of one account that may wait.
const WAITING_MAX: usize = ACCOUNT_CHUNKS_MAX;

type Job = Box<dyn FnOnce() + Send>;

/// A pool of threads that accounts share fairly: the one with the fewest running calls is next,
/// and none holds more than a quarter of the threads while another waits. Clones share the pool.
#[derive(Clone)]
pub struct Calls(Arc<Shared>);

struct Shared {
    name: String,
    idle: Duration,
    state: Mutex<State>,
    /// A call may start, or the pool has stopped.
    work: Condvar,
    /// A call or a thread ended.
    ended: Condvar,
}

struct State {
    share: Share,
    jobs: HashMap<String, VecDeque<Job>>,
    threads: usize,
    idle: usize,
    stopped: bool,
}

/// What a shutdown left undone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Calls that never began; they are dropped.
    pub waiting: usize,
    /// Calls that still run, on threads that end with them.
    pub running: usize,
}

/// A call that was not taken. It is handed back, so that its end can still be reported.
pub struct Rejected {
    /// The call.
    pub job: Box<dyn FnOnce() + Send>,
    /// Why, for people.
    pub reason: &'static str,
}

impl fmt::Debug for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rejected").field("reason", &self.reason).finish_non_exhaustive()
    }
}

impl Calls {
    /// At most `parallel` threads, for all accounts together.
    pub fn new(parallel: NonZeroUsize) -> Self {
        Self::named("zaloxide-call", parallel, IDLE)
    }

    /// One thread of its own, for the long poll of this account.
    pub fn solo(account: &str) -> Self {
        Self::named(&format!("zaloxide-poll-{account}"), NonZeroUsize::MIN, IDLE)
    }

    /// At most `parallel` threads, for agents that are asked over HTTP.
    pub fn of_agents(parallel: NonZeroUsize) -> Self {
        Self::named("zaloxide-agent", parallel, IDLE)
    }

    /// At most `parallel` threads, for the downloads of all accounts together.
    pub(crate) fn of_downloads(parallel: NonZeroUsize) -> Self {
        Self::named("zaloxide-download", parallel, IDLE)
    }

    fn named(name: &str, parallel: NonZeroUsize, idle: Duration) -> Self {
        // The system refuses a name with a zero byte.
        let name = name.replace('\0', "");
        let state = State {
            share: Share::new(parallel),
            jobs: HashMap::new(),
            threads: 0,
            idle: 0,
            stopped: false,
        };
        Self(Arc::new(Shared {
            name,
            idle,
            state: Mutex::new(state),
            work: Condvar::new(),
            ended: Condvar::new(),
        }))
    }

    /// Have a call of this account made, in the order in which its calls were submitted. Never
    /// blocks. Handed back when the pool has stopped, when 10,000 calls of the account wait, or
    /// when there is no thread and the system gives none.
    pub fn submit(&self, account: &str, job: Box<dyn FnOnce() + Send>) -> Result<(), Rejected> {
        let mut state = self.0.lock();
        if state.stopped {
            return Err(Rejected { job, reason: "the calls are shut down" });
        }
        if state.share.waiting_of(account) >= WAITING_MAX {
            return Err(Rejected { job, reason: "too many calls of this account wait" });
        }
        // Idle threads have been told of the calls that came before and still wait.
        let wants_thread = state.idle <= state.share.waiting();
        if wants_thread && state.threads < state.share.places() {
            match self.0.spawn() {
                Ok(()) => state.threads += 1,
                // A busy thread will take it.
                Err(_) if state.threads > 0 => {}
                Err(_) => return Err(Rejected { job, reason: "the system gives no thread" }),
            }
        }
        state.share.arrive(account);
        state.jobs.entry(account.to_owned()).or_default().push_back(job);
        drop(state);
        self.0.work.notify_one();
        Ok(())
    }

    /// Take no more calls, make those that wait, and return when all have ended or at the
    /// deadline. What waits then is dropped. Cancel the calls first for a quick end.
    pub fn shutdown(&self, within: Duration) -> Left {
        let deadline = Instant::now() + within;
        let mut state = self.0.lock();
        state.stopped = true;
        self.0.work.notify_all();
        while state.share.waiting() + state.share.running() > 0 {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = wait(&self.0.ended, state, left);
        }
        let left = Left { waiting: state.share.waiting(), running: state.share.running() };
        state.share.drop_waiting();
        let jobs = std::mem::take(&mut state.jobs);
        drop(state);
        self.0.work.notify_all();
        drop(jobs); // their own drop code must not run under the lock
        left
    }

    /// Threads there are just now.
    pub fn threads(&self) -> usize {
        self.0.lock().threads
    }
}

impl fmt::Debug for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.0.lock();
        f.debug_struct("Calls")
            .field("name", &self.0.name)
            .field("threads", &state.threads)
            .field("running", &state.share.running())
            .field("waiting", &state.share.waiting())
            .finish()
    }
}

impl Shared {
    fn lock(&self) -> Guard<'_> {
        // No job runs under the lock, so nothing panics there.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn spawn(self: &Arc<Self>) -> std::io::Result<()> {
        let shared = Arc::clone(self);
        thread::Builder::new().name(self.name.clone()).spawn(move || shared.work_off())?;
        Ok(())
    }

    /// What each thread does.
    fn work_off(&self) {
        let mut state = self.lock();
        loop {
            let (mut kept, taken) = self.take(state);
            let Some((account, job)) = taken else {
                kept.threads -= 1;
                return;
            };
            drop(kept);
            // A job that panics has told so on stderr; its place must be free again.
            let _ = catch_unwind(AssertUnwindSafe(job));
            state = self.lock();
            state.share.end(&account);
            self.ended.notify_all();
            // What a full share held back may start now, on a thread that is idle.
            self.work.notify_one();
        }
    }

    /// The next call, or none after an idle while or when the pool has stopped.
    fn take<'a>(&'a self, mut state: Guard<'a>) -> (Guard<'a>, Option<(String, Job)>) {
        let until = Instant::now() + self.idle;
        loop {
            if let Some(account) = state.share.next() {
                let job = state.pop(&account);
                return (state, job.map(|job| (account, job)));
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || (state.stopped && state.share.waiting() == 0) {
                return (state, None);
            }
            state.idle += 1;
            state = wait(&self.work, state, left);
            state.idle -= 1;
        }
    }
}

type Guard<'a> = MutexGuard<'a, State>;

fn wait<'a>(on: &Condvar, state: Guard<'a>, limit: Duration) -> Guard<'a> {
    on.wait_timeout(state, limit).unwrap_or_else(PoisonError::into_inner).0
}

impl State {
    /// The oldest job of this account. `share` said that there is one.
    fn pop(&mut self, account: &str) -> Option<Job> {
        let jobs = self.jobs.get_mut(account)?;
        let job = jobs.pop_front();
        if jobs.is_empty() {
            self.jobs.remove(account);
        }
        job
    }
}

#[cfg(test)]
mod tests;
