//! `Clerk`: a thread that does what would hold a host's own thread up.

use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread;

/// Jobs that lie on the desk; who brings more than that does them.
const DESK: usize = 1_024;

type Job = Box<dyn FnOnce() + Send>;

/// Does one job after the other. Dropped, it still does what lies there, and ends.
pub struct Clerk(SyncSender<Job>);

impl Clerk {
    /// Nothing lies on the desk.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start() -> io::Result<Self> {
        let (desk, jobs) = sync_channel::<Job>(DESK);
        thread::Builder::new().name("zaloxide-clerk".into()).spawn(move || {
            for job in jobs {
                if catch_unwind(AssertUnwindSafe(job)).is_err() {
                    tracing::error!("a job of the host's panicked");
                }
            }
        })?;
        Ok(Self(desk))
    }

    /// Has a job done soon; here and now if the desk is full.
    pub fn take(&self, job: impl FnOnce() + Send + 'static) {
        match self.0.try_send(Box::new(job)) {
            Ok(()) => {}
            Err(TrySendError::Full(job) | TrySendError::Disconnected(job)) => job(),
        }
    }
}

impl fmt::Debug for Clerk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clerk")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn jobs_are_done_in_order_elsewhere_and_here_when_the_desk_is_full() {
        let clerk = Clerk::start().unwrap();
        let (done, seen) = channel();
        let (go, wait) = channel::<()>();
        clerk.take(move || wait.recv().unwrap());
        clerk.take(|| panic!("a job that panics takes nothing with it"));
        for number in 0..DESK * 2 {
            let done = done.clone();
            clerk.take(move || done.send((number, thread::current().id())).unwrap());
        }
        let here: Vec<usize> = seen.try_iter().map(|(number, _)| number).collect();
        assert!(here.len() >= DESK, "{} were done here", here.len());
        go.send(()).unwrap();
        drop((clerk, done));
        let there: Vec<_> = seen.iter().collect();
        assert_eq!(here.len() + there.len(), DESK * 2);
        assert!(there.is_sorted_by_key(|(number, _)| *number));
        assert!(there.iter().all(|(_, id)| *id != thread::current().id()));
    }
}
