//! `Flight`: one call under way: how far it got, and how to stop it from another thread.
//!
//! ureq works on the thread that called it and hands nothing of the caller down to the transport.
//! The flight is therefore kept in a thread-local while `Api::call` runs, and the transport looks
//! there. A connection that comes out of ureq's pool finds the flight of its new call this way.

use std::cell::RefCell;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use ureq::unversioned::transport::ShutdownHandle;

/// How long an answer that was coming in when its call was cancelled may still take.
const CANCELLED_ANSWER: Duration = Duration::from_secs(1);
/// How often the reader of an answer looks whether its call was cancelled.
const LOOK: Duration = Duration::from_millis(50);

/// Stops one call from any thread. Clones stop the same call; make a new one for each call.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<Flight>);

impl Cancel {
    /// For a call that is still to be made.
    pub fn new() -> Self {
        Self::default()
    }

    /// Give the call up. Before any byte of its answer has come its connection is shut: the call
    /// ends at once, as `NotSent` if no byte of it went out, else as `Unknown`. An answer that is
    /// coming in may take one more second. A call that has ended is left alone.
    ///
    /// In the instant in which a connection begins there is nothing to shut yet: such a call ends
    /// when it is connected or refused, after 10 s at most, or when it is cancelled once more.
    pub fn cancel(&self) {
        self.0.cancel();
    }

    /// Whether [`Cancel::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.lock().cancelled.is_some()
    }

    pub(crate) fn flight(&self) -> &Arc<Flight> {
        &self.0
    }
}

/// Who is talked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    Api,
    Proxy,
}

/// How far a call got. Up to `Tunnel` nothing of the request itself is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Stage {
    #[default]
    Ready,
    Resolve(Peer),
    Connect(Peer),
    Tls(Peer),
    /// A proxy is asked to connect further.
    Tunnel,
    Send,
    /// For the first byte of the answer.
    Wait,
    Answer,
}

/// One call under way.
#[derive(Default)]
pub(crate) struct Flight(Mutex<State>);

#[derive(Default)]
struct State {
    stage: Stage,
    /// A byte of the request may have gone out.
    sent: bool,
    cancelled: Option<Instant>,
    /// The connection was shut because of that.
    shut: bool,
    /// What blocks the call's thread just now.
    handle: Option<Weak<dyn ShutdownHandle>>,
}

/// How a call stands at its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    pub(crate) stage: Stage,
    pub(crate) sent: bool,
    pub(crate) cancelled: bool,
    pub(crate) shut: bool,
}

thread_local! {
    static CURRENT: RefCell<Option<Arc<Flight>>> = const { RefCell::new(None) };
}

/// Keeps a flight the current one of its thread.
pub(crate) struct Aboard;

impl Drop for Aboard {
    fn drop(&mut self) {
        let flight = CURRENT.with_borrow_mut(Option::take);
        if let Some(flight) = flight {
            // Its connection may serve another call from now on.
            flight.lock().handle = None;
        }
    }
}

impl Flight {
    /// The flight of the call this thread is making.
    pub(crate) fn current() -> Option<Arc<Self>> {
        CURRENT.with_borrow(Clone::clone)
    }

    /// Make this the flight of the thread's call, until the guard is dropped.
    pub(crate) fn board(self: &Arc<Self>) -> Aboard {
        let mut state = self.lock();
        (state.stage, state.sent, state.shut, state.handle) = (Stage::Ready, false, false, None);
        drop(state);
        CURRENT.set(Some(Arc::clone(self)));
        Aboard
    }

    /// A stage before the request begins. An error if the call was cancelled.
    pub(crate) fn enter(&self, next: Stage) -> io::Result<()> {
        let mut state = self.lock();
        state.check()?;
        state.stage = next;
        Ok(())
    }

    /// What to shut to free the call's thread. An error if the call was cancelled.
    pub(crate) fn attach(&self, handle: Weak<dyn ShutdownHandle>) -> io::Result<()> {
        let mut state = self.lock();
        state.check()?;
        state.handle = Some(handle);
        Ok(())
    }

    pub(crate) fn handle(&self) -> Option<Weak<dyn ShutdownHandle>> {
        self.lock().handle.clone()
    }

    /// Bytes of the request are about to be written. With `counted`, [`Flight::wrote`] tells when
    /// the first of them is out; without, it must be taken for out now.
    pub(crate) fn sends(
        &self,
        handle: Option<&Weak<dyn ShutdownHandle>>,
        counted: bool,
    ) -> io::Result<()> {
        let mut state = self.lock();
        state.check()?;
        state.stage = Stage::Send;
        state.handle = handle.cloned();
        state.sent |= !counted;
        Ok(())
    }

    /// The system took some bytes. Those of a handshake do not count.
    pub(crate) fn wrote(&self) {
        let mut state = self.lock();
        state.sent |= state.stage == Stage::Send;
    }

    /// The answer is waited for. `Some`: no longer than that before asking again. An error if the
    /// call was cancelled and the time of grace is over.
    pub(crate) fn waits(&self) -> io::Result<Option<Duration>> {
        let mut state = self.lock();
        match (state.stage, state.cancelled) {
            (Stage::Send, _) => state.stage = Stage::Wait,
            (Stage::Answer, Some(at)) if at.elapsed() >= CANCELLED_ANSWER => {
                state.shut = true;
                return Err(cancelled());
            }
            (Stage::Answer, _) => return Ok(Some(LOOK)),
            _ => {}
        }
        Ok(None)
    }

    /// A byte of the answer came.
    pub(crate) fn answers(&self) {
        self.lock().stage = Stage::Answer;
    }

    pub(crate) fn progress(&self) -> Progress {
        let state = self.lock();
        Progress {
            stage: state.stage,
            sent: state.sent,
            cancelled: state.cancelled.is_some(),
            shut: state.shut,
        }
    }

    fn cancel(&self) {
        let mut state = self.lock();
        state.cancelled.get_or_insert_with(Instant::now);
        if state.stage == Stage::Answer {
            return; // the reader sees it
        }
        state.shut = true;
        let handle = state.handle.as_ref().and_then(Weak::upgrade);
        drop(state);
        if let Some(handle) = handle {
            handle.shutdown();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code here panics while it holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn check(&self) -> io::Result<()> {
        if self.cancelled.is_some() { Err(cancelled()) } else { Ok(()) }
    }
}

fn cancelled() -> io::Error {
    io::Error::other("cancelled")
}

impl std::fmt::Debug for Flight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.progress().fmt(f)
    }
}
