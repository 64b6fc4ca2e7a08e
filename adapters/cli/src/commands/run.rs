//! `run`: the bots of the configuration, until a signal ends them.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use clap::{Args, ValueEnum};
use zaloxide::agents;
use zaloxide::config::{AgentConfig, Config, LogConfig, environment};
use zaloxide::control::Reloader;
use zaloxide::engine::{Engine, Handle};
use zaloxide::log::Log;
use zaloxide::store::{Memory, Sqlite, Store};

use crate::accounts;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::log::{self, Sink};
use crate::supervisor::Supervisor;
use zaloxide::signals::{Signal, Signals, Stopper};

const EXAMPLES: &str = "\
Examples:
  ZALO_BOT_TOKEN=12345689:abc-xyz zaloxide run --agent echo
  zaloxide run --config zaloxide.json5 --agent 'exec:./my-agent --fast'
  zaloxide run --account shop --record shop.jsonl

Ends by SIGINT or SIGTERM: what is under way is finished first, a second signal ends at once.
SIGHUP reads the configuration again, as `config reload` does. Under systemd it says when it is
ready, and answers the watchdog: a unit lies in adapters/cli/packaging.";

/// Run the bots of the configuration
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Run {
    /// Who answers: `echo`, `exec:COMMAND`, `stdio:COMMAND` or `http:URL`
    #[arg(long, value_name = "AGENT", value_parser = AgentConfig::from_str)]
    agent: Option<AgentConfig>,
    /// Write all that happens, messages too, to a new file for `replay`
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Where state is kept: `sqlite`, a file, or `memory`
    #[arg(long, value_name = "STORE", default_value = "sqlite", hide_possible_values = true)]
    store: Kept,
}

// Without documentation of the values: clap would print it as a page of its own.
/// Where what must survive is kept.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kept {
    Sqlite,
    Memory,
}

impl Kept {
    fn open(self, context: &Context) -> Result<Arc<dyn Store>, Failure> {
        match self {
            Self::Sqlite => {
                let path = context.database();
                let store = Sqlite::open(&path).map_err(Failure::failed)?;
                tracing::info!("the state is in {}", path.display());
                Ok(Arc::new(store))
            }
            Self::Memory => {
                tracing::warn!("the state is in memory: at the end of this process it is gone");
                Ok(Arc::new(Memory::new()))
            }
        }
    }
}

const AGENTS: &str = "\
nobody answers the messages: name an agent
  --agent echo              says what it was told: to try things
  --agent exec:./my-agent   your program, run once for each message
  --agent stdio:./my-bot    your program, run all the time
  --agent http:URL          your server, asked by POST
  or in the configuration:  agent: {type: \"exec\", command: [\"./my-agent\"]}, or a model:
                            agent: {type: \"openai\", url: \"..\", model: \"..\", apiKey: \"..\"}";

pub(crate) fn run(args: Run, context: &Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let log = log::start(&config.log.level, context.global.verbose);
    let ended = serve(args, context, config, &log);
    if let Some(message) = ended.as_ref().err().and_then(Failure::message) {
        log.last(&message);
    }
    ended
}

/// Keeps the log in its file, and says where that is.
fn keep_log(context: &Context, config: &LogConfig, log: &Sink) -> Result<(), Failure> {
    let file = context.log_file(config);
    let path = file.display();
    log.keep(&file, config.max_mb)
        .map_err(|error| Failure::config(format!("can't write the log file {path}: {error}")))?;
    tracing::info!("the log is in {path}");
    Ok(())
}

fn serve(args: Run, context: &Context, config: Config, log: &Sink) -> Result<Exit, Failure> {
    if config.log.file.is_some() {
        keep_log(context, &config.log, log)?;
    }
    let agent = args.agent.clone().or_else(|| config.agent.clone());
    let calls = NonZeroUsize::new(config.calls_parallel);
    let (accounts, agent) = match (accounts::ready(&config, context), agent) {
        (Ok(accounts), Some(agent)) => (accounts, agent),
        (Ok(_), None) => return Err(Failure::config(AGENTS)),
        (Err(problem), Some(_)) => return Err(Failure::config(problem)),
        (Err(problem), None) => return Err(Failure::config(format!("{problem}\nerror: {AGENTS}"))),
    };
    let agent = agents::from_config(&agent).map_err(Failure::config)?;
    let door = Door::find(context)?;

    let names: Vec<String> = accounts.iter().map(|each| each.config.account.clone()).collect();
    let store = args.store.open(context)?;
    if config.log.file.is_none() {
        // Only now is the state directory there, and seen to be this user's alone.
        keep_log(context, &config.log, log)?;
    }
    let mut builder = Engine::builder()
        .accounts(accounts)
        .store(store)
        .agent(agent)
        .observer(Arc::new(Log))
        .front(config.front.clone())
        .media_dir(context.state_dir().join("media"))
        .patience(accounts::HELD_MAX);
    if let Some(calls) = calls {
        builder = builder.calls_parallel(calls);
    }
    if let Some(file) = args.record {
        builder = builder.record(file);
    }
    // Before the engine: a signal that comes while it starts ends it well too.
    let supervisor = Arc::new(Supervisor::from_environment());
    let stopper = Stopper::default();
    let signalled = stopper.clone();
    let reloader = Arc::new(OnceLock::<Arc<Reloader>>::new());
    let reloads = Arc::clone(&reloader);
    let told = Arc::clone(&supervisor);
    let _signals = Signals::watch_all(move |signal| match signal {
        Signal::Stop(count) => {
            let how = if count == 1 { "stopping" } else { "ending at once" };
            tracing::info!("{how}");
            told.stopping();
            signalled.signal();
        }
        Signal::Reload => {
            if let Some(reloader) = reloads.get() {
                told.reloading();
                // Whatever came of it was logged.
                drop(reloader.reload());
                told.ready_again();
            } else {
                tracing::warn!("not yet: the gateway is starting");
            }
        }
    })
    .map_err(|error| Failure::failed(format!("can't wait for signals: {error}")))?;
    let engine = builder.start().map_err(accounts::not_started)?;
    stopper.attach(engine.handle());
    let default_account = config.default_account.clone();
    let reloader = reloader.get_or_init(|| reloads_from(context, engine.handle(), config));
    // After the engine, so that it ends after it and answers those who wait.
    let _open = door.open(engine.handle(), default_account, reloader)?;
    let running = format!("running: {}", names.join(", "));
    tracing::info!("{running}");
    supervisor.ready(&running);
    let watched = engine.handle();
    let _watchdog = supervisor.watchdog(move || watched.is_alive());
    let ended = engine.wait();
    supervisor.stopping();
    ended.into_result().map(|()| Exit::Done).map_err(Failure::failed)
}

/// Reads the same file for the same accounts.
fn reloads_from(context: &Context, handle: Handle, began: Config) -> Arc<Reloader> {
    let context = context.clone();
    Reloader::new(handle, began, move || {
        let asked = context.global.config.as_deref();
        let config = Config::load(asked, &environment).map_err(|error| error.to_string())?;
        let accounts = accounts::ready(&config, &context)?;
        Ok((config, accounts))
    })
}

/// Where commands reach this gateway.
#[cfg(unix)]
struct Door(zaloxide::control::Socket);

#[cfg(unix)]
impl Door {
    /// Before anything is started: of two gateways with one state directory only one may run.
    fn find(context: &Context) -> Result<Self, Failure> {
        use zaloxide::control::{Socket, socket_path};

        let path = socket_path(&context.state_dir(), &environment).map_err(Failure::config)?;
        Socket::bind(&path).map(Self).map_err(Failure::failed)
    }

    fn open(
        self,
        handle: Handle,
        default_account: Option<String>,
        reloader: &Arc<Reloader>,
    ) -> Result<zaloxide::control::Server, Failure> {
        use zaloxide::control::{Host, Server};

        let host = Host::new(default_account).reloads(reloader.hook());
        Server::serve(self.0, handle, host).map_err(Failure::failed)
    }
}

/// Commands reach a gateway through a Unix socket; elsewhere there is none.
#[cfg(not(unix))]
struct Door;

#[cfg(not(unix))]
impl Door {
    #[allow(clippy::unnecessary_wraps)] // The other system's can fail.
    fn find(_: &Context) -> Result<Self, Failure> {
        Ok(Self)
    }

    #[allow(clippy::unnecessary_wraps)] // The other system's can fail.
    fn open(self, _: Handle, _: Option<String>, _: &Arc<Reloader>) -> Result<(), Failure> {
        Ok(())
    }
}
