//! `Bot`: a whole bot in a few lines: [`Bot::builder`] says what it is, [`BotBuilder::run`] runs it.
//!
//! ```
//! use zaloxide::{Bot, DmPolicy};
//!
//! # #[cfg(feature = "testing")] {
//! # let zalo = zaloxide::testing::Emulator::start(Default::default())?;
//! let bot = Bot::builder()
//!     .token("1459232241454765289:abc-xyz")
//!     .dm_policy(DmPolicy::Pairing)
//!     .agent(|turn| async move { format!("Bạn nói: {}", turn.text) })
//! #   .local(&zalo)
//!     .start()?;
//! // .. until somebody calls bot.stop(); `run()` instead of `start()` waits here.
//! # bot.stop();
//! bot.wait()?;
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! It is an [`Engine`] with a [`Plan`] of what it runs, a store, a log and a socket for
//! commands: `zaloxide pairing list --state-dir ..` reaches it. Bots in other languages are made of
//! the same [`Plan`] and [`Launch`].

mod builder;
mod end;
mod error;
mod launch;
mod plan;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

pub use builder::BotBuilder;
pub use end::Finish;
pub use error::BotError;
pub use launch::{Hears, Launch, PATIENCE};
pub use plan::{Plan, snake_case};

#[cfg(unix)]
use crate::control::{CallError, Host, Request, Server};
use crate::engine::{Ended, Engine, Handle};
use end::End;

/// A bot at work. It ends by [`stop`](Self::stop), or when it is dropped.
#[derive(Debug)]
pub struct Bot {
    handle: Handle,
    dir: PathBuf,
    end: Arc<End>,
    thread: Option<JoinHandle<()>>,
    #[cfg(unix)]
    host: Host,
}

impl Bot {
    /// Begins a bot.
    pub fn builder() -> BotBuilder {
        BotBuilder::default()
    }

    fn begin(
        engine: Engine,
        dir: PathBuf,
        #[cfg(unix)] host: Host,
        #[cfg(unix)] server: Option<Server>,
    ) -> Result<Self, BotError> {
        let handle = engine.handle();
        let end = Arc::new(End::default());
        let theirs = Arc::clone(&end);
        let wait = move || {
            let ended = engine.wait();
            // After the engine: requests that waited for it have been answered.
            #[cfg(unix)]
            drop(server);
            theirs.come(ended);
        };
        let thread = thread::Builder::new().name("zaloxide-end".into()).spawn(wait);
        let thread = Some(thread.map_err(|error| BotError::start(&error))?);
        Ok(Self {
            handle,
            dir,
            end,
            thread,
            #[cfg(unix)]
            host,
        })
    }

    /// For whoever wants something of it: approve, send, look, stop.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Where its state lies: `zaloxide --state-dir` reaches it with that.
    pub fn state_dir(&self) -> &Path {
        &self.dir
    }

    /// Begins the end: what is under way is finished, within 8 s. A second call ends at once.
    pub fn stop(&self) {
        self.handle.stop();
    }

    /// Waits for the end, in a thread that may wait.
    ///
    /// # Errors
    /// It could not go on, or was cut short.
    pub fn wait(self) -> Result<(), BotError> {
        self.end.wait(Duration::MAX).map_or(Ok(()), Ended::into_result)
    }

    /// Waits for the end, in a future: on any executor. Dropping it changes nothing.
    pub fn ended(&self) -> Finish {
        Finish(Arc::clone(&self.end))
    }

    /// How it ended, waited for at most so long; `None`: it has not.
    pub fn wait_for(&self, within: Duration) -> Option<Ended> {
        self.end.wait(within)
    }

    /// Asks what commands ask, in this process.
    ///
    /// # Errors
    /// It says no.
    #[cfg(unix)]
    pub fn ask(&self, request: Request) -> Result<serde_json::Value, CallError> {
        self.host.ask(&self.handle, request)
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        if self.end.wait(Duration::ZERO).is_none() {
            self.handle.stop();
        }
        if let Some(thread) = self.thread.take() {
            // The end is bounded, and a panic was shown already.
            let _ = thread.join();
        }
    }
}
