//! `Watched`: the outermost layer of a connection. It marks where the request begins and where
//! the answer does, and lets a cancelled answer come in for a second only.

use std::io;
use std::sync::Weak;
use std::time::{Duration, Instant};

use ureq::Error;
use ureq::unversioned::transport::time::Duration as Limit;
use ureq::unversioned::transport::{Buffers, NextTimeout, ShutdownHandle, Transport};

use crate::flight::Flight;

pub(super) struct Watched {
    inner: Box<dyn Transport>,
    handle: Option<Weak<dyn ShutdownHandle>>,
    /// The layer below reports the bytes it writes.
    counted: bool,
}

impl Watched {
    pub(super) fn new(
        inner: Box<dyn Transport>,
        handle: Option<Weak<dyn ShutdownHandle>>,
        counted: bool,
    ) -> Self {
        Self { inner, handle, counted }
    }
}

impl Transport for Watched {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if let Some(flight) = Flight::current() {
            flight.sends(self.handle.as_ref(), self.counted)?;
        }
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let Some(flight) = Flight::current() else {
            return self.inner.await_input(timeout);
        };
        let buffers = self.inner.buffers();
        if buffers.input_append_buf().is_empty() {
            // Only the head of an answer must fit as a whole. To read on would look like its end.
            let full = buffers.input().len();
            return Err(Error::LargeResponseHeader(full, full));
        }
        let start = Instant::now();
        loop {
            let look = flight.waits()?;
            let (part, last) = part(timeout, start.elapsed(), look);
            match self.inner.await_input(part) {
                Err(Error::Timeout(_)) if !last => {}
                Err(error) => return Err(cut(error)),
                Ok(came) => {
                    if came {
                        flight.answers();
                    }
                    return Ok(came);
                }
            }
        }
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

/// The next part of a wait of which `gone` is over, and whether it is the last one.
fn part(mut timeout: NextTimeout, gone: Duration, look: Option<Duration>) -> (NextTimeout, bool) {
    if let Limit::Exact(whole) = timeout.after {
        timeout.after = Limit::Exact(whole.saturating_sub(gone));
    }
    match (look, timeout.after) {
        (Some(look), Limit::Exact(left)) if left <= look => (timeout, true),
        (Some(look), _) => {
            timeout.after = Limit::Exact(look);
            (timeout, false)
        }
        (None, _) => (timeout, true),
    }
}

/// ureq takes some errors for the end of a body that has no length. A broken connection is none.
fn cut(error: Error) -> Error {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, UnexpectedEof};
    match error {
        Error::Io(e) if matches!(e.kind(), ConnectionAborted | ConnectionReset | UnexpectedEof) => {
            Error::Io(io::Error::other("the connection broke"))
        }
        other => other,
    }
}

impl std::fmt::Debug for Watched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watched").field("inner", &self.inner).finish_non_exhaustive()
    }
}
