//! `Stage`: a local Zalo and a bot that talks to it over real HTTP, in this process.

use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use zaloxide::Reach;
use zaloxide::accounts::Account;
use zaloxide::agents::Agent;
use zaloxide::engine::{Ended, Engine, Handle};
use zaloxide::observer::Observer;
use zaloxide_emulator::{DEFAULT_TOKEN, Emulator, Options};

use crate::exit::Failure;

/// The bot's account.
pub(crate) const ACCOUNT: &str = "default";

/// A local Zalo, and a bot at work. Nothing of it remains.
pub(crate) struct Stage {
    pub(crate) emulator: Emulator,
    pub(crate) handle: Handle,
    engine: Engine,
    #[cfg(unix)]
    control: zaloxide::control::Server,
    state: TempDir,
}

impl Stage {
    /// Starts both.
    ///
    /// # Errors
    /// There is no port, no thread or no temporary directory.
    pub(crate) fn start(
        agent: Arc<dyn Agent>,
        observer: Arc<dyn Observer>,
    ) -> Result<Self, Failure> {
        let emulator = local_zalo()?;
        let state = tempfile::Builder::new().prefix("zaloxide-dev-").tempdir();
        let state = state.map_err(|error| {
            Failure::failed(format!("can't make a temporary directory: {error}"))
        })?;
        let mut account = Account::new(ACCOUNT, DEFAULT_TOKEN).map_err(Failure::failed)?;
        account.settings.api_url = emulator.url();
        let engine = Engine::builder()
            .account(account)
            .agent(agent)
            .observer(observer)
            .observer(Arc::new(zaloxide::log::Log))
            .media_dir(state.path().join("media"))
            // The emulator's pictures lie on this machine.
            .reach(Reach::Loopback)
            .start()
            .map_err(Failure::failed)?;
        let handle = engine.handle();
        #[cfg(unix)]
        let control = {
            use zaloxide::config::environment;
            use zaloxide::control::{Host, Server, socket_path};

            let path = socket_path(state.path(), &environment).map_err(Failure::failed)?;
            Server::start(&path, handle.clone(), Host::default()).map_err(Failure::failed)?
        };
        Ok(Self {
            emulator,
            handle,
            engine,
            #[cfg(unix)]
            control,
            state,
        })
    }

    /// Where other commands reach it.
    pub(crate) fn state_dir(&self) -> &Path {
        self.state.path()
    }

    /// Ends both.
    pub(crate) fn stop(self) -> Ended {
        let ended = self.engine.stop();
        // After the engine: who waits for it is answered.
        #[cfg(unix)]
        drop(self.control);
        self.emulator.stop();
        ended
    }
}

/// A local Zalo that loses no message between two polls.
///
/// # Errors
/// There is no port or no thread.
pub(crate) fn local_zalo() -> Result<Emulator, Failure> {
    let options = Options { queue: true, ..Options::default() };
    Emulator::start(options).map_err(Failure::failed)
}
