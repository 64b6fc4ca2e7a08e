//! `Pipe`: our end of a pipe to a program. Whoever waits at it is let go when the program is over,
//! also while someone outside its group keeps the other end open.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, ioctl_fionbio, read, write};

/// Says that a program is over, by being dropped.
pub(super) struct Alive {
    _end: PipeWriter,
}

/// Whether a program is over. Clones are about the same one.
#[derive(Clone)]
pub(super) struct Over(Arc<PipeReader>);

/// For a program that is about to run.
pub(super) fn alive() -> io::Result<(Alive, Over)> {
    let (over, end) = io::pipe()?;
    Ok((Alive { _end: end }, Over(Arc::new(over))))
}

impl Over {
    /// Waits for it, at most so long. Whether it is over.
    pub(super) fn wait(&self, within: Duration) -> bool {
        let limit = Timespec::try_from(within).ok();
        let mut over = [PollFd::new(&self.0, PollFlags::IN)];
        loop {
            match poll(&mut over, limit.as_ref()) {
                Err(Errno::INTR) => {}
                result => return result.is_ok_and(|ready| ready > 0),
            }
        }
    }
}

/// One of a program's standard streams.
pub(super) struct Pipe<F> {
    end: F,
    over: Over,
}

impl<F: AsFd> Pipe<F> {
    pub(super) fn new(end: F, over: &Over) -> Self {
        // Our end alone: the program's own does not change by it. Without it a wait may last
        // longer than the program, and no worse.
        let _ = ioctl_fionbio(&end, true);
        Self { end, over: over.clone() }
    }

    /// Waits until something can be done. False when that will never be: the program is over.
    fn is_ready(&self, what: PollFlags) -> io::Result<bool> {
        let mut both = [PollFd::new(&self.end, what), PollFd::new(&self.over.0, PollFlags::IN)];
        match poll(&mut both, None) {
            Ok(_) => Ok(!both[0].revents().is_empty() || both[1].revents().is_empty()),
            Err(Errno::INTR) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }
}

impl<F: AsFd> Read for Pipe<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match read(&self.end, &mut *buffer) {
                Ok(count) => return Ok(count),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    if !self.is_ready(PollFlags::IN)? {
                        return Ok(0);
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl<F: AsFd> Write for Pipe<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match write(&self.end, bytes) {
                Ok(count) => return Ok(count),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    if !self.is_ready(PollFlags::OUT)? {
                        return Err(io::ErrorKind::BrokenPipe.into());
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
