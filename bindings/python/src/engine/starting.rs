//! Starting: the socket first, then the store, then the engine; or, where another process has all
//! that, a door that hands over.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use pyo3::prelude::*;
use zaloxide::agents::Pulled;
use zaloxide::config::{Config, environment};
use zaloxide::control::{Host, Reloader, Server, ServerError, Socket, relay, socket_path};
use zaloxide::core::Handling;
use zaloxide::engine::StartError;
use zaloxide::log::Log;
use zaloxide::store::{Memory, Sqlite, Store, StoreError};
use zaloxide::{Account, Reach};

use super::{Answers, End, Engine, Owner};
use crate::plan::Plan;
use crate::{error, lines};

/// Turns with Python at one time, all accounts together.
const ROOM: usize = 100_000;
/// How long to wait for a process that is about to give the accounts up.
const PATIENCE: Duration = Duration::from_secs(3);

/// Why nothing was started: the exception's class, and what to say.
struct Failed(&'static str, String);

impl Failed {
    fn new(error: &impl ToString) -> Self {
        Self("StartError", error.to_string())
    }
}

/// How it is to be started.
#[allow(clippy::struct_excessive_bools, reason = "each stands alone, as a keyword argument does")]
struct Wish {
    durable: bool,
    stickers: bool,
    voices: bool,
    mounted: bool,
    local: bool,
}

/// Starts what a plan says.
#[pyfunction]
#[pyo3(signature = (plan, *, durable, stickers, voices, mounted, local, level))]
#[allow(
    clippy::fn_params_excessive_bools,
    clippy::too_many_arguments,
    reason = "keyword arguments, each by its name"
)]
pub(crate) fn start(
    py: Python<'_>,
    plan: &Plan,
    durable: bool,
    stickers: bool,
    voices: bool,
    mounted: bool,
    local: bool,
    level: u8,
) -> PyResult<Engine> {
    let wish = Wish { durable, stickers, voices, mounted, local };
    py.detach(|| begin(plan, &wish, level))
        .map_err(|Failed(class, message)| error::raise(py, class, &message, &[]))
}

fn begin(plan: &Plan, wish: &Wish, level: u8) -> Result<Engine, Failed> {
    let pulled = Pulled::new(ROOM).map_err(|error| Failed::new(&error))?;
    let path = socket_path(&plan.dir, &environment).map_err(|error| Failed::new(&error))?;
    lines::attach(&pulled, level);
    let engine = match Socket::bind(&path) {
        Ok(socket) => own(plan, wish, pulled.clone(), socket),
        Err(ServerError::Running { .. }) if wish.mounted => guest(plan, pulled.clone(), &path),
        Err(error @ ServerError::Running { .. }) => {
            Err(Failed("AlreadyRunning", error.to_string()))
        }
        Err(error) => Err(Failed::new(&error)),
    };
    engine.inspect_err(|_| lines::detach(&pulled))
}

/// Another process has the accounts: it is handed what comes here.
fn guest(plan: &Plan, pulled: Pulled, socket: &Path) -> Result<Engine, Failed> {
    let accounts: Vec<Account> = plan.ready().cloned().collect();
    let mount =
        relay(&accounts, &plan.config.front, socket).map_err(|error| Failed::new(&error))?;
    let answers = Arc::new(Answers::default());
    let mount = Some(Arc::new(mount));
    let bodies = Arc::default();
    Ok(Engine { pid: std::process::id(), pulled, answers, bodies, mount, owner: None })
}

fn own(plan: &Plan, wish: &Wish, pulled: Pulled, socket: Socket) -> Result<Engine, Failed> {
    let store: Arc<dyn Store> = if wish.durable {
        let store = Sqlite::open(&plan.dir.join("zaloxide.db"));
        Arc::new(store.map_err(|error| Failed::new(&error))?)
    } else {
        Arc::new(Memory::new())
    };
    let mut front = plan.config.front.clone();
    front.mounted = wish.mounted;
    let heard = Heard { stickers: wish.stickers, voices: wish.voices };
    let accounts = plan.ready().cloned().map(|account| heard.hear(account));
    let calls = plan.config.calls_parallel.try_into();
    let mut builder = zaloxide::Engine::builder()
        .accounts(accounts)
        .store(store)
        .agent(Arc::new(pulled.clone()))
        .observer(Arc::new(Log))
        .front(front)
        .media_dir(plan.dir.join("media"))
        .patience(PATIENCE)
        .reach(if wish.local { Reach::Loopback } else { Reach::Public });
    if let Ok(calls) = calls {
        builder = builder.calls_parallel(calls);
    }
    let engine = builder.start().map_err(|error| match &error {
        StartError::Store { error: StoreError::Held { .. }, .. } => {
            Failed("AlreadyRunning", error.to_string())
        }
        _ => Failed::new(&error),
    })?;
    let handle = engine.handle();
    let mut host = Host::new(plan.config.default_account.clone()).source("python");
    if let Some(file) = plan.file.clone() {
        let read = move || read(&file, heard);
        host = host.reloads(Reloader::new(handle.clone(), Arc::clone(&plan.config), read).hook());
    }
    let mut commands = host.clone();
    commands.source = None;
    let server =
        Server::serve(socket, handle.clone(), commands).map_err(|error| Failed::new(&error))?;
    let end = Arc::new(End::default());
    let theirs = Arc::clone(&end);
    let wait = move || {
        let ended = engine.wait();
        drop(server);
        *theirs.lock() = Some(ended);
        theirs.changed.notify_all();
    };
    let thread = thread::Builder::new().name("zaloxide-end".into()).spawn(wait);
    let thread = Mutex::new(Some(thread.map_err(|error| Failed::new(&error))?));
    let mount = handle.mount();
    let owner = Some(Owner { handle, host, end, thread });
    let answers = Arc::new(Answers::default());
    let bodies = Arc::default();
    Ok(Engine { pid: std::process::id(), pulled, answers, bodies, mount, owner })
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
