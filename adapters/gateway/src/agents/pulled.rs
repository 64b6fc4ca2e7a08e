//! `Pulled`: an agent in another language. Its host pulls turns when it has time for them and
//! answers by turn and attempt: no thread of the engine ever enters the host.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::io;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use zaloxide_core::{Envelope, Raw, Reply, Time, TurnId};

use super::{Agent, Responder, Turn};

/// Turns that wait for a host, or are with it. Clones are the same one: the engine has one as its
/// agent, the host the other.
#[derive(Clone)]
pub struct Pulled(Arc<Hall>);

/// What a host is told.
#[derive(Debug)]
#[non_exhaustive]
pub enum Pull {
    /// A turn to answer with [`Pulled::answer`].
    Turn {
        /// What was written, by whom, where.
        envelope: Box<Envelope>,
        /// When the attempt is abandoned.
        deadline: Time,
    },
    /// The same for a host that [is called](Pulled::calling), which wants text.
    Written {
        /// The turn.
        turn: TurnId,
        /// The attempt.
        attempt: u32,
        /// The envelope as JSON, but for `raw`, which is `null`.
        envelope: String,
        /// What it has as `raw`.
        raw: Raw,
        /// When the attempt is abandoned.
        deadline: Time,
    },
    /// Nobody waits for this attempt any more. Only of turns that were pulled.
    Abandoned {
        /// The turn.
        turn: TurnId,
        /// The attempt.
        attempt: u32,
    },
    /// Whatever [`Pulled::tell`] was called with.
    Told(u64),
}

/// Why nothing was pulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nothing {
    /// Nothing came in that time.
    Yet,
    /// The engine has ended: nothing more will come.
    Ever,
}

struct Hall {
    /// Turns at one time.
    room: usize,
    state: Mutex<State>,
    changed: Condvar,
    bell: Bell,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Pull>,
    open: HashMap<(TurnId, u32), Responder>,
    ended: bool,
    /// The bell has been rung and not been silenced.
    rung: bool,
    /// Threads that wait: without any, nobody is woken, which asks the system each time.
    pullers: usize,
}

impl State {
    fn has_news(&self) -> bool {
        self.ended || !self.waiting.is_empty()
    }

    /// Why nothing waits.
    fn nothing(&self) -> Nothing {
        if self.ended { Nothing::Ever } else { Nothing::Yet }
    }
}

impl Pulled {
    /// Nothing waits yet. At most `room` turns wait and are with the host at one time; an attempt
    /// beyond that fails, and is made again like any other.
    ///
    /// # Errors
    /// The system gives no descriptor.
    pub fn new(room: usize) -> io::Result<Self> {
        Ok(Self::hung(room, Bell::new()?))
    }

    /// The same for a host that is called when there is something to pull, instead of watching a
    /// descriptor: once, then not before it has found nothing. `ring` must neither wait nor pull.
    /// Its envelopes are written by whoever delivers, so that its own thread has less to do.
    pub fn calling(room: usize, ring: impl Fn() + Send + Sync + 'static) -> Self {
        Self::hung(room, Bell::Call(Box::new(ring)))
    }

    fn hung(room: usize, bell: Bell) -> Self {
        let (state, changed) = (Mutex::default(), Condvar::new());
        Self(Arc::new(Hall { room, state, changed, bell }))
    }

    /// The next thing, waited for at most so long. Any number of threads may pull.
    ///
    /// # Errors
    /// There is nothing yet, or there will be nothing.
    pub fn next(&self, within: Duration) -> Result<Pull, Nothing> {
        let mut state = self.lock();
        if !within.is_zero() {
            state.pullers += 1;
            let nothing = |state: &mut State| !state.has_news();
            let waited = self.0.changed.wait_timeout_while(state, within, nothing);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            state.pullers -= 1;
        }
        let pull = state.waiting.pop_front().ok_or(state.nothing())?;
        self.0.ring(&mut state);
        Ok(pull)
    }

    /// At most so many things, and at least one, without waiting: one look for all of them. And
    /// whether that was all; if not, more can be pulled at once, be it only the end.
    ///
    /// # Errors
    /// There is nothing yet, or there will be nothing.
    pub fn some(&self, most: usize) -> Result<(Vec<Pull>, bool), Nothing> {
        let mut state = self.lock();
        if state.waiting.is_empty() {
            return Err(state.nothing());
        }
        let many = most.clamp(1, state.waiting.len());
        let pulls = state.waiting.drain(..many).collect();
        self.0.ring(&mut state);
        Ok((pulls, !state.has_news()))
    }

    /// The answer to a turn that was pulled, or why there is none. `false`: nobody waits for it,
    /// because the attempt was abandoned or has been answered.
    pub fn answer(&self, turn: TurnId, attempt: u32, answer: Result<Reply, String>) -> bool {
        // The engine may deliver the next turn on this thread: the lock is free by then.
        let responder = self.lock().open.remove(&(turn, attempt));
        let waits = responder.is_some();
        if let Some(responder) = responder {
            responder.answer(answer);
        }
        waits
    }

    /// Has the host pull this number: what it waits for under it has come.
    pub fn tell(&self, number: u64) {
        let mut state = self.lock();
        state.waiting.push_back(Pull::Told(number));
        self.0.ring(&mut state);
    }

    /// Readable as long as there is something to pull, or nothing more will come. Wait for that,
    /// read nothing from it, pull. `None` for a host that is called.
    #[cfg(unix)]
    pub fn descriptor(&self) -> Option<std::os::fd::BorrowedFd<'_>> {
        use std::os::fd::AsFd;
        match &self.0.bell {
            Bell::Rope { heard, .. } => Some(heard.as_fd()),
            Bell::Call(_) => None,
        }
    }

    /// Whether both are the same one.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Agent for Pulled {
    fn deliver(&self, turn: Turn) {
        let Turn { envelope, deadline, responder } = turn;
        let key = (envelope.turn, envelope.attempt);
        let pull = if let Bell::Call(_) = self.0.bell {
            match written(envelope, deadline) {
                Ok(pull) => pull,
                Err(wrong) => return responder.fail(wrong.to_string()),
            }
        } else {
            Pull::Turn { envelope, deadline }
        };
        let mut state = self.lock();
        if state.ended || state.open.len() >= self.0.room {
            drop(state);
            return responder.fail(format!("{} turns are in hand already", self.0.room));
        }
        state.open.insert(key, responder);
        state.waiting.push_back(pull);
        self.0.ring(&mut state);
    }

    fn abandon(&self, turn: TurnId, attempt: u32) {
        let mut state = self.lock();
        let responder = state.open.remove(&(turn, attempt));
        let is_it = |pull: &Pull| match pull {
            Pull::Turn { envelope, .. } => (envelope.turn, envelope.attempt) == (turn, attempt),
            Pull::Written { turn: id, attempt: number, .. } => (*id, *number) == (turn, attempt),
            _ => false,
        };
        if let Some(at) = state.waiting.iter().position(is_it) {
            state.waiting.remove(at);
        } else if responder.is_some() {
            state.waiting.push_back(Pull::Abandoned { turn, attempt });
        }
        self.0.ring(&mut state);
        drop(state);
        // It reports to the engine, which may call back.
        drop(responder);
    }

    fn close(&self, _: Duration) {
        let mut state = self.lock();
        state.ended = true;
        state.waiting.retain(|pull| matches!(pull, Pull::Told(_)));
        let open = mem::take(&mut state.open);
        self.0.ring(&mut state);
        drop(state);
        drop(open);
    }
}

fn written(mut envelope: Box<Envelope>, deadline: Time) -> serde_json::Result<Pull> {
    let (turn, attempt, raw) = (envelope.turn, envelope.attempt, mem::take(&mut envelope.raw));
    let envelope = serde_json::to_string(&envelope)?;
    Ok(Pull::Written { turn, attempt, envelope, raw, deadline })
}

impl Hall {
    /// Rings the bell if there is news, silences it if there is none.
    fn ring(&self, state: &mut State) {
        let news = state.has_news();
        if news != state.rung {
            self.bell.set(news);
            state.rung = news;
        }
        if news && state.pullers > 0 {
            if state.ended { self.changed.notify_all() } else { self.changed.notify_one() }
        }
    }
}

impl fmt::Debug for Pulled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        let (waiting, open) = (state.waiting.len(), state.open.len());
        write!(f, "Pulled({waiting} waiting, {open} open)")
    }
}

/// How the host hears that there is something.
enum Bell {
    /// A descriptor that is readable or not.
    #[cfg(unix)]
    Rope { rope: std::os::unix::net::UnixStream, heard: std::os::unix::net::UnixStream },
    /// Elsewhere a host pulls on a thread of its own.
    #[cfg(not(unix))]
    None,
    /// Somebody who is called.
    Call(Box<dyn Fn() + Send + Sync>),
}

impl Bell {
    #[cfg(unix)]
    fn new() -> io::Result<Self> {
        let (rope, heard) = std::os::unix::net::UnixStream::pair()?;
        rope.set_nonblocking(true)?;
        heard.set_nonblocking(true)?;
        Ok(Self::Rope { rope, heard })
    }

    #[cfg(not(unix))]
    #[allow(clippy::unnecessary_wraps)] // The other system's can fail.
    fn new() -> io::Result<Self> {
        Ok(Self::None)
    }

    fn set(&self, news: bool) {
        match self {
            // At most one byte is ever in it, so neither can wait.
            #[cfg(unix)]
            Self::Rope { rope, heard } => {
                use std::io::{Read, Write};
                let _ =
                    if news { (&mut &*rope).write(&[1]) } else { (&mut &*heard).read(&mut [0]) };
            }
            #[cfg(not(unix))]
            Self::None => {}
            Self::Call(ring) => {
                if news {
                    ring();
                }
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests;
