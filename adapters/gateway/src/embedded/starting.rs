//! Starting: the socket first, then the store, then the engine; or, where another process has all
//! that, a door that hands over.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use zaloxide_core::Handling;
use zaloxide_polling::Reach;
use zaloxide_store::{Memory, Sqlite, Store, StoreError};

use super::{Answers, Embedded, End, Owner, Plan, lines};
use crate::accounts::Account;
use crate::agents::Pulled;
use crate::config::{Config, environment};
use crate::control::{Host, Reloader, Server, ServerError, Socket, relay, socket_path};
use crate::engine::{Engine, StartError};
use crate::log::Log;

/// How long to wait for a process that is about to give the accounts up.
const PATIENCE: Duration = Duration::from_secs(3);

/// Why nothing was started.
#[derive(Debug)]
#[non_exhaustive]
pub enum NotStarted {
    /// Another process runs this bot.
    Running(String),
    /// Its state, its port or its account can't be had.
    Failed(String),
}

impl NotStarted {
    fn new(error: &impl ToString) -> Self {
        Self::Failed(error.to_string())
    }
}

impl fmt::Display for NotStarted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Running(reason) | Self::Failed(reason)) = self;
        f.write_str(reason)
    }
}

impl std::error::Error for NotStarted {}

/// How it is to be started.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each stands alone, as an option does")]
pub struct Wish {
    /// Whether state is to survive this process.
    pub durable: bool,
    /// Whether stickers are delivered, whatever the configuration says.
    pub stickers: bool,
    /// The same for recordings.
    pub voices: bool,
    /// Whether webhooks come through a server of the host's.
    pub mounted: bool,
    /// Whether Zalo is on this machine: for tests.
    pub local: bool,
    /// Through which door approvals come that the host asks for.
    pub source: &'static str,
    /// The lowest level of lines that the host is told of, see [`lines`]; `None`: it wants none.
    pub level: Option<u8>,
}

impl Embedded {
    /// Starts what a plan says. Where another process has the accounts, a mounted one hands over.
    ///
    /// # Errors
    /// It can't be started.
    pub fn start(plan: &Plan, wish: &Wish, pulled: &Pulled) -> Result<Self, NotStarted> {
        let path = socket_path(&plan.dir, &environment).map_err(|error| NotStarted::new(&error))?;
        if let Some(level) = wish.level {
            lines::attach(pulled, level);
        }
        let engine = match Socket::bind(&path) {
            Ok(socket) => own(plan, wish, pulled, socket),
            Err(ServerError::Running { .. }) if wish.mounted => guest(plan, pulled, &path),
            Err(error @ ServerError::Running { .. }) => Err(NotStarted::Running(error.to_string())),
            Err(error) => Err(NotStarted::new(&error)),
        };
        engine.inspect_err(|_| lines::detach(pulled))
    }
}

/// Another process has the accounts: it is handed what comes here.
fn guest(plan: &Plan, pulled: &Pulled, socket: &Path) -> Result<Embedded, NotStarted> {
    let accounts: Vec<Account> = plan.ready().cloned().collect();
    let mount =
        relay(&accounts, &plan.config.front, socket).map_err(|error| NotStarted::new(&error))?;
    Ok(Embedded {
        pulled: pulled.clone(),
        answers: Arc::new(Answers::default()),
        bodies: Arc::default(),
        mount: Some(Arc::new(mount)),
        owner: None,
    })
}

fn own(plan: &Plan, wish: &Wish, pulled: &Pulled, socket: Socket) -> Result<Embedded, NotStarted> {
    let heard = Heard { stickers: wish.stickers, voices: wish.voices };
    let engine = engine(plan, wish, heard, pulled)?;
    let handle = engine.handle();
    let mut host = Host::new(plan.config.default_account.clone()).source(wish.source);
    if let Some(file) = plan.file.clone() {
        let read = move || read(&file, heard);
        host = host.reloads(Reloader::new(handle.clone(), Arc::clone(&plan.config), read).hook());
    }
    let mut commands = host.clone();
    commands.source = None;
    let server =
        Server::serve(socket, handle.clone(), commands).map_err(|error| NotStarted::new(&error))?;
    let end = Arc::new(End::default());
    let theirs = Arc::clone(&end);
    let wait = move || {
        let ended = engine.wait();
        drop(server);
        theirs.come(ended);
    };
    let thread = thread::Builder::new().name("zaloxide-end".into()).spawn(wait);
    let thread = Mutex::new(Some(thread.map_err(|error| NotStarted::new(&error))?));
    Ok(Embedded {
        pulled: pulled.clone(),
        answers: Arc::new(Answers::default()),
        bodies: Arc::default(),
        mount: handle.mount(),
        owner: Some(Owner { handle, host, end, thread }),
    })
}

fn engine(plan: &Plan, wish: &Wish, heard: Heard, pulled: &Pulled) -> Result<Engine, NotStarted> {
    let store: Arc<dyn Store> = if wish.durable {
        let store = Sqlite::open(&plan.dir.join("zaloxide.db"));
        Arc::new(store.map_err(|error| NotStarted::new(&error))?)
    } else {
        Arc::new(Memory::new())
    };
    let mut front = plan.config.front.clone();
    front.mounted = wish.mounted;
    let accounts = plan.ready().cloned().map(|account| heard.hear(account));
    let mut builder = Engine::builder()
        .accounts(accounts)
        .store(store)
        .agent(Arc::new(pulled.clone()))
        .observer(Arc::new(Log))
        .front(front)
        .media_dir(plan.dir.join("media"))
        .patience(PATIENCE)
        .reach(if wish.local { Reach::Loopback } else { Reach::Public });
    if let Ok(calls) = plan.config.calls_parallel.try_into() {
        builder = builder.calls_parallel(calls);
    }
    builder.start().map_err(|error| match &error {
        StartError::Store { error: StoreError::Held { .. }, .. } => {
            NotStarted::Running(error.to_string())
        }
        _ => NotStarted::new(&error),
    })
}

/// Kinds of messages that are delivered because somebody handles them.
#[derive(Clone, Copy)]
struct Heard {
    stickers: bool,
    voices: bool,
}

impl Heard {
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

/// What the file says now.
fn read(file: &Path, heard: Heard) -> Result<(Config, Vec<Account>), String> {
    let config = Config::load(Some(file), &environment).map_err(|error| error.to_string())?;
    let accounts = config.ready().cloned().map(|account| heard.hear(account)).collect();
    Ok((config, accounts))
}
