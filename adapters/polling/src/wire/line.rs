//! `Line`: one TCP connection. It can be shut from another thread, also while it is being made,
//! and it reports each byte the system takes.

use std::io::{self, Read, Write};
use std::mem::MaybeUninit;
use std::net::{Shutdown, SocketAddr};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};
use ureq::unversioned::transport::time::{Duration as Limit, Instant as Moment};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, LazyBuffers, NextTimeout, ShutdownHandle, Transport,
};
use ureq::{Error, Timeout};

use super::is_timeout;
use crate::flight::Flight;

/// The least time one address gets when a host has several.
const ADDRESS_MIN: Duration = Duration::from_millis(100);

pub(super) struct Line {
    plug: Arc<Plug>,
    buffers: LazyBuffers,
}

/// The end of a line that other threads may pull.
struct Plug(Socket);

impl ShutdownHandle for Plug {
    fn shutdown(&self) {
        // An error means that it is closed already. On Linux this also ends a connect.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

impl Line {
    /// Connect to the first address that accepts, within the time given for connecting.
    pub(super) fn open(details: &ConnectionDetails, flight: &Flight) -> Result<Self, Error> {
        let deadline = deadline(details);
        let mut result = Err(Error::HostNotFound);
        for (index, addr) in details.addrs.iter().enumerate() {
            let left = remaining(deadline);
            if left.is_some_and(|left| left.is_zero()) {
                return Err(Error::Timeout(details.timeout.reason));
            }
            // A silent first address must leave time for the others.
            let last = index + 1 == details.addrs.len();
            let share = left.map(|left| if last { left } else { (left / 2).max(ADDRESS_MIN) });
            result = connect(*addr, share, flight);
            let final_word = !matches!(result, Err(Error::Io(_) | Error::Timeout(_)));
            if final_word || flight.progress().cancelled {
                break;
            }
        }
        let config = details.config;
        let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
        Ok(Self { plug: result?, buffers })
    }

    /// Wait for input or room; the socket option is set anew because the time left shrinks.
    fn wait_at_most(
        timeout: NextTimeout,
        set: impl FnOnce(Option<Duration>) -> io::Result<()>,
    ) -> Result<(), Error> {
        let left = match timeout.after {
            Limit::Exact(left) if left.is_zero() => return Err(Error::Timeout(timeout.reason)),
            // A socket takes less than a microsecond for "for ever".
            Limit::Exact(left) => Some(left.max(Duration::from_millis(1))),
            Limit::NotHappening => None,
        };
        Ok(set(left)?)
    }
}

fn connect(addr: SocketAddr, limit: Option<Duration>, flight: &Flight) -> Result<Arc<Plug>, Error> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    let plug = Arc::new(Plug(socket));
    let handle: Weak<Plug> = Arc::downgrade(&plug);
    flight.attach(handle)?;
    let made = match limit {
        Some(limit) => plug.0.connect_timeout(&addr.into(), limit),
        None => plug.0.connect(&addr.into()),
    };
    match made {
        Ok(()) => {}
        Err(error) if is_timeout(&error) => return Err(Error::Timeout(Timeout::Connect)),
        Err(error) => return Err(error.into()),
    }
    // A message is small and wants to be gone.
    plug.0.set_tcp_nodelay(true)?;
    Ok(plug)
}

fn deadline(details: &ConnectionDetails) -> Option<Instant> {
    match (details.now, details.timeout.after) {
        (Moment::Exact(start), Limit::Exact(after)) => start.checked_add(after),
        _ => None,
    }
}

fn remaining(deadline: Option<Instant>) -> Option<Duration> {
    deadline.map(|at| at.saturating_duration_since(Instant::now()))
}

impl Transport for Line {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        Self::wait_at_most(timeout, |left| self.plug.0.set_write_timeout(left))?;
        let flight = Flight::current();
        let mut output = &self.buffers.output()[..amount];
        while !output.is_empty() {
            match (&self.plug.0).write(output) {
                Ok(0) => return Err(io::Error::from(io::ErrorKind::WriteZero).into()),
                Ok(taken) => {
                    if let Some(flight) = &flight {
                        flight.wrote();
                    }
                    output = &output[taken..];
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => return Err(Error::Timeout(timeout.reason)),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        Self::wait_at_most(timeout, |left| self.plug.0.set_read_timeout(left))?;
        let came = loop {
            match (&self.plug.0).read(self.buffers.input_append_buf()) {
                Ok(came) => break came,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => return Err(Error::Timeout(timeout.reason)),
                Err(error) => return Err(error.into()),
            }
        };
        self.buffers.input_appended(came);
        Ok(came > 0)
    }

    /// Neither closed nor with input nobody asked for. Nothing is taken out of the socket.
    fn is_open(&mut self) -> bool {
        let quiet = || -> io::Result<bool> {
            self.plug.0.set_nonblocking(true)?;
            let peeked = self.plug.0.peek(&mut [MaybeUninit::uninit()]);
            self.plug.0.set_nonblocking(false)?;
            Ok(peeked.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock))
        };
        quiet().unwrap_or(false)
    }
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line").field("socket", &self.plug.0).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};
    use std::sync::Arc;
    use std::time::Duration;

    use socket2::{Domain, SockRef, Socket, Type};
    use ureq::unversioned::transport::{Buffers, LazyBuffers, NextTimeout, Transport};

    use super::{Line, Plug};
    use crate::flight::Cancel;

    /// A line whose other end was reset, which this side has heard already.
    fn reset_line() -> Line {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.connect(&listener.local_addr().unwrap().into()).unwrap();
        let (other, _) = listener.accept().unwrap();
        SockRef::from(&other).set_linger(Some(Duration::ZERO)).unwrap();
        drop(other);
        // The reset has come as soon as a read would no longer wait; peeking leaves it there.
        let plug = Arc::new(Plug(socket));
        let mut line = Line { plug, buffers: LazyBuffers::new(64, 64) };
        while line.is_open() {
            std::thread::yield_now();
        }
        line
    }

    #[test]
    fn a_write_that_took_nothing_was_not_sent() {
        let mut line = reset_line();
        let cancel = Cancel::new();
        let aboard = cancel.flight().board();
        cancel.flight().sends(None, true).unwrap();
        line.buffers.output()[..4].copy_from_slice(b"POST");
        let written = line.transmit_output(4, NextTimeout::default());
        assert!(!cancel.flight().progress().sent, "{written:?}");
        drop(aboard);
    }
}
