//! Signals: the wish to end, and the one signal that must not end anything. Nothing is watched
//! before a program asks for it: signals are the program's, not a library's.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::engine::Handle;

#[cfg(unix)]
pub use unix::{Signals, survive_file_size_limit};

#[cfg(not(unix))]
pub use elsewhere::{Signals, survive_file_size_limit};

/// What a signal wishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The end: SIGINT or SIGTERM, and how many there have been, from 1.
    Stop(u32),
    /// That the configuration is read again: SIGHUP.
    Reload,
}

/// Passes signals on to an engine, also those that come before there is one.
#[derive(Clone, Debug, Default)]
pub struct Stopper(Arc<Mutex<Wish>>);

#[derive(Debug, Default)]
struct Wish {
    count: u32,
    engine: Option<Handle>,
}

impl Stopper {
    /// One more signal: the first stops the engine, the second ends it at once.
    pub fn signal(&self) {
        let mut wish = self.lock();
        wish.count += 1;
        if let Some(engine) = &wish.engine {
            engine.stop();
        }
    }

    /// This is the engine.
    pub fn attach(&self, engine: Handle) {
        let mut wish = self.lock();
        (0..wish.count).for_each(|_| engine.stop());
        wish.engine = Some(engine);
    }

    fn lock(&self) -> MutexGuard<'_, Wish> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(unix)]
mod unix {
    use std::io;
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;
    use std::thread::{self, JoinHandle};

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
    use signal_hook::iterator::{Handle, Signals as Arriving};

    use super::Signal;

    /// Tells of signals until it is dropped.
    #[derive(Debug)]
    pub struct Signals {
        handle: Handle,
        thread: Option<JoinHandle<()>>,
    }

    impl Signals {
        /// Calls `tell` for each SIGINT and SIGTERM with how many there have been, from 1.
        ///
        /// # Errors
        /// The system refuses a handler or a thread.
        pub fn watch(tell: impl Fn(u32) + Send + 'static) -> io::Result<Self> {
            Self::of(&[SIGINT, SIGTERM], move |signal| {
                if let Signal::Stop(count) = signal {
                    tell(count);
                }
            })
        }

        /// Calls `tell` for each of these, and for each SIGHUP.
        ///
        /// # Errors
        /// As [`watch`](Self::watch).
        pub fn watch_all(tell: impl Fn(Signal) + Send + 'static) -> io::Result<Self> {
            Self::of(&[SIGINT, SIGTERM, SIGHUP], tell)
        }

        fn of(signals: &[i32], tell: impl Fn(Signal) + Send + 'static) -> io::Result<Self> {
            let mut arriving = Arriving::new(signals)?;
            let handle = arriving.handle();
            let watch = move || {
                let mut stops = 0;
                for signal in arriving.forever() {
                    if signal == SIGHUP {
                        tell(Signal::Reload);
                    } else {
                        stops += 1;
                        tell(Signal::Stop(stops));
                    }
                }
            };
            let thread = thread::Builder::new().name("zaloxide-signals".into()).spawn(watch)?;
            Ok(Self { handle, thread: Some(thread) })
        }
    }

    impl Drop for Signals {
        fn drop(&mut self) {
            self.handle.close();
            if let Some(thread) = self.thread.take() {
                let _ = thread.join();
            }
        }
    }

    /// A write over the limit of a file's size is then an error like any other, and not a signal
    /// that ends the process.
    pub fn survive_file_size_limit() {
        // Nobody looks at the flag. Without the handler all is as it was.
        let _ = signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use std::io;

    /// Signals end the process themselves here.
    #[derive(Debug)]
    pub struct Signals;

    impl Signals {
        /// Watches nothing.
        #[allow(clippy::unnecessary_wraps)] // The other system's can fail.
        pub fn watch(_: impl Fn(u32) + Send + 'static) -> io::Result<Self> {
            Ok(Self)
        }

        /// Watches nothing.
        #[allow(clippy::unnecessary_wraps)] // The other system's can fail.
        pub fn watch_all(_: impl Fn(super::Signal) + Send + 'static) -> io::Result<Self> {
            Ok(Self)
        }
    }

    /// There is no such signal.
    pub fn survive_file_size_limit() {}
}
