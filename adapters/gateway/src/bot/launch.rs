//! `Launch`: how a plan is carried out: the control socket first, then the store, then the engine.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use zaloxide_core::Handling;
use zaloxide_polling::Reach;
use zaloxide_store::{Memory, Store};

use super::{Bot, BotError, Plan};
use crate::accounts::Account;
use crate::agents::Agent;
use crate::config::{Config, environment};
#[cfg(unix)]
use crate::control::{Host, Reloader, Server, ServerError, Socket, socket_path};
use crate::engine::{Builder, Engine};
use crate::log::Log;
use crate::observer::Observer;

/// How long to wait for a process that is about to give the accounts up.
pub const PATIENCE: Duration = Duration::from_secs(3);

/// How a [`Plan`] is carried out. One place for bots in every language.
pub struct Launch {
    agent: Arc<dyn Agent>,
    observers: Vec<Arc<dyn Observer>>,
    durable: bool,
    has_dir: bool,
    mounted: bool,
    reach: Reach,
    hears: Hears,
    source: Option<&'static str>,
}

/// Kinds of messages that are delivered, because somebody handles them, whatever `inbound` says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hears {
    /// Stickers.
    pub stickers: bool,
    /// Recordings.
    pub voices: bool,
}

impl Hears {
    fn hear(self, mut account: Account) -> Account {
        if self.stickers {
            account.config.inbound.sticker = Handling::Deliver;
        }
        if self.voices {
            account.config.inbound.voice = Handling::Deliver;
        }
        account
    }
}

impl Launch {
    /// With this agent: durable if the feature `sqlite` is there, with a socket for commands, and
    /// a log by `tracing`.
    pub fn new(agent: Arc<dyn Agent>) -> Self {
        Self {
            agent,
            observers: vec![Arc::new(Log)],
            durable: cfg!(feature = "sqlite"),
            has_dir: true,
            mounted: false,
            reach: Reach::Public,
            hears: Hears::default(),
            source: None,
        }
    }

    /// Whether state survives the end of the process.
    #[must_use]
    pub fn durable(mut self, durable: bool) -> Self {
        self.durable = durable;
        self
    }

    /// Nothing is kept in the state directory but what is durable: no socket for commands, no media.
    #[must_use]
    pub fn detached(mut self) -> Self {
        self.has_dir = false;
        self
    }

    /// Webhooks come through a server of the host's.
    #[must_use]
    pub fn mounted(mut self, mounted: bool) -> Self {
        self.mounted = mounted;
        self
    }

    /// How far media may be fetched from.
    #[must_use]
    pub fn reach(mut self, reach: Reach) -> Self {
        self.reach = reach;
        self
    }

    /// Kinds of messages that somebody handles.
    #[must_use]
    pub fn hears(mut self, hears: Hears) -> Self {
        self.hears = hears;
        self
    }

    /// Through which door approvals by [`Bot::ask`] come, for the history.
    #[must_use]
    pub fn source(mut self, source: &'static str) -> Self {
        self.source = Some(source);
        self
    }

    /// One more who looks on.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observers.push(observer);
        self
    }

    /// Starts the bot.
    ///
    /// # Errors
    /// Another process runs it, or it can't be started.
    pub fn start(self, plan: &Plan) -> Result<Bot, BotError> {
        #[cfg(unix)]
        let socket = self.has_dir.then(|| bind(&plan.dir)).transpose()?;
        let hears = self.hears;
        let (source, dir) = (self.source, plan.dir.clone());
        let engine = self.builder(plan)?.start()?;
        #[cfg(unix)]
        {
            let handle = engine.handle();
            let mut host = Host::new(plan.config.default_account.clone());
            if let Some(file) = plan.file.clone() {
                let read = move || read(&file, hears);
                let reloader = Reloader::new(handle.clone(), Arc::clone(&plan.config), read);
                host = host.reloads(reloader.hook());
            }
            let serve = |socket| Server::serve(socket, handle, host.clone());
            let server = socket.map(serve).transpose().map_err(|error| BotError::start(&error))?;
            host.source = source;
            Bot::begin(engine, dir, host, server)
        }
        #[cfg(not(unix))]
        {
            let _ = (hears, source);
            Bot::begin(engine, dir)
        }
    }

    fn builder(self, plan: &Plan) -> Result<Builder, BotError> {
        let mut front = plan.config.front.clone();
        front.mounted = self.mounted;
        let hears = self.hears;
        let mut builder = Engine::builder()
            .accounts(plan.ready().cloned().map(|account| hears.hear(account)))
            .store(store(self.durable, &plan.dir)?)
            .agent(self.agent)
            .front(front)
            .patience(PATIENCE)
            .reach(self.reach);
        for observer in self.observers {
            builder = builder.observer(observer);
        }
        if self.has_dir {
            builder = builder.media_dir(plan.dir.join("media"));
        }
        if let Ok(calls) = plan.config.calls_parallel.try_into() {
            builder = builder.calls_parallel(calls);
        }
        Ok(builder)
    }
}

#[cfg(feature = "sqlite")]
fn store(durable: bool, dir: &Path) -> Result<Arc<dyn Store>, BotError> {
    if !durable {
        return Ok(Arc::new(Memory::new()));
    }
    let store = zaloxide_store::Sqlite::open(&dir.join("zaloxide.db"));
    Ok(Arc::new(store.map_err(|error| BotError::start(&error))?))
}

#[cfg(not(feature = "sqlite"))]
fn store(durable: bool, _: &Path) -> Result<Arc<dyn Store>, BotError> {
    if durable {
        let help = "this build keeps nothing on the disk: add the feature `sqlite` of the crate";
        return Err(BotError::Start(help.into()));
    }
    Ok(Arc::new(Memory::new()))
}

#[cfg(unix)]
fn bind(dir: &Path) -> Result<Socket, BotError> {
    let path = socket_path(dir, &environment).map_err(|error| BotError::start(&error))?;
    Socket::bind(&path).map_err(|error| match error {
        ServerError::Running { .. } => {
            BotError::AlreadyRunning { reason: error.to_string(), reachable: true }
        }
        error => BotError::start(&error),
    })
}

/// What the file says now.
#[cfg(unix)]
fn read(file: &Path, hears: Hears) -> Result<(Config, Vec<Account>), String> {
    let config = Config::load(Some(file), &environment).map_err(|error| error.to_string())?;
    let accounts = config.ready().cloned().map(|account| hears.hear(account)).collect();
    Ok((config, accounts))
}
