//! `Engine`: the driver loop, for any number of accounts.
//!
//! It hands the core what happens (a call has ended, a timer is due, an agent has answered) and
//! carries out what the core asks for. It decides nothing. [`Engine::builder`] starts one,
//! [`Handle`] is for everybody who wants something of it while it runs.

mod attachments;
mod builder;
mod ending;
mod handle;
#[cfg(feature = "webhook")]
mod intake;
mod line;
mod perform;
mod roster;
mod seat;
mod seats;
#[cfg(test)]
mod tests;
mod tickets;
mod timers;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use zaloxide_polling::{Calls, Reach};
use zaloxide_store::{Memory, Store};

use crate::agents::{Agent, Echo};
use crate::clock::Clock;
use crate::commits::Commits;
use crate::front::{Front, FrontConfig};
use crate::observer::Observer;
use crate::record_file::Recorder;
use attachments::Attachments;
use ending::Ending;
use line::MakeLine;
use seats::Seats;
use timers::Timers;

pub use builder::{Builder, StartError};
pub use handle::{AskError, Handle};
pub use roster::Reloaded;
pub use tickets::{NoAnswer, Pending};

/// The core ends polls within 1 s and sends within 5 s; an engine that takes longer is cut short.
const STOP_MAX: Duration = Duration::from_secs(8);
/// How long threads have to end once all that they wait for was given up.
const CLOSE_MAX: Duration = Duration::from_secs(1);

/// Calls that may be under way at one time beside the long polls, if nothing else is said.
// proven: 32 is not zero, and the compiler says so.
const CALLS_PARALLEL: NonZeroUsize = NonZeroUsize::new(32).unwrap();

/// What all accounts share.
pub(crate) struct Shared {
    clock: Clock,
    timers: Timers,
    ending: Ending,
    seats: Seats,
    /// Seats so far: each has a number of its own.
    indices: AtomicUsize,
    /// Held while accounts come and go.
    reload: Mutex<()>,
    /// Of this run, for fingerprints.
    key: [u8; 16],
    line: MakeLine,
    front: Front,
    attachments: Attachments,
    pub(crate) commits: Commits,
    store: Arc<dyn Store>,
    agent: Arc<dyn Agent>,
    observer: Arc<dyn Observer>,
    recorder: Option<Recorder>,
}

impl Shared {
    fn next_index(&self) -> usize {
        self.indices.fetch_add(1, Ordering::Relaxed)
    }
}

/// Accounts at work. Ends by [`Handle::stop`] or when it is dropped.
pub struct Engine {
    handle: Handle,
    calls: Calls,
    checks: Calls,
    timer: Option<JoinHandle<()>>,
}

/// How an engine came to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ended {
    /// Accounts that were cut short; empty after a clean end.
    pub cut_short: Vec<String>,
    /// Why it could not go on: another process took an account over, or the store failed for good.
    pub failed: Option<String>,
}

impl Engine {
    /// Begins an engine; [`Builder::start`] starts it.
    pub fn builder() -> Builder {
        Builder {
            accounts: Vec::new(),
            store: Arc::new(Memory::new()),
            agent: Arc::new(Echo),
            observers: Vec::new(),
            patience: Duration::ZERO,
            record: None,
            calls_parallel: CALLS_PARALLEL,
            front: FrontConfig::default(),
            media_dir: None,
            reach: Reach::Public,
        }
    }

    /// For everybody who wants something of it.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Waits until somebody calls [`Handle::stop`] or an account can't go on, then until everything
    /// has come to its end. Bounded from then on, whatever the network and the agents do.
    pub fn wait(mut self) -> Ended {
        self.handle.shared.ending.wait_asked();
        self.begin_stop();
        self.finish()
    }

    /// Stops and waits for the end.
    pub fn stop(mut self) -> Ended {
        self.begin_stop();
        self.finish()
    }

    fn begin_stop(&self) {
        if !self.handle.shared.ending.is_asked() {
            self.handle.stop();
        }
    }

    fn finish(&mut self) -> Ended {
        let shared = &self.handle.shared;
        let cut_short = shared.ending.wait_stopped(STOP_MAX);
        // Whatever was accepted is durable by now, or never will be: those who wait can be told.
        shared.front.end();
        let limit = if cut_short.is_empty() { CLOSE_MAX } else { CLOSE_MAX / 4 };
        let seats = shared.seats.all();
        for seat in &seats {
            seat.line.close(limit);
        }
        shared.attachments.close(limit);
        self.checks.shutdown(limit);
        self.calls.shutdown(limit);
        shared.agent.close(limit);
        shared.timers.close();
        if let Some(timer) = self.timer.take() {
            // It holds no work of its own: the join is quick, and a panic was shown already.
            let _ = timer.join();
        }
        for seat in &seats {
            seat.tickets.close();
            shared.store.release(seat.lease.clone());
        }
        shared.seats.end();
        Ended { cut_short, failed: shared.ending.failed() }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if self.timer.is_some() {
            self.begin_stop();
            self.finish();
        }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("handle", &self.handle).finish_non_exhaustive()
    }
}
