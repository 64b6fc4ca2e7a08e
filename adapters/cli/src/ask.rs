//! Asking: the gateway that runs, over its control socket; else the store itself.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use zaloxide::config::{Config, environment};
use zaloxide::control::{CallError, Client, Errand, Request, socket_path};
use zaloxide::engine::{Engine, StartError};
use zaloxide::store::{Memory, Sqlite, Store, StoreError};

use crate::accounts;
use crate::context::Context;
use crate::exit::Failure;

/// How often it is tried again meanwhile.
pub(crate) const TRY_AGAIN: Duration = Duration::from_millis(50);

/// Asks the gateway of the state directory. When none runs there, does it without one.
///
/// # Errors
/// The answer is no, or it could be done neither way.
pub(crate) fn ask(context: &Context, request: &Request) -> Result<Value, Failure> {
    Asker::new(context)?.ask(request)
}

/// For who asks more than once: the configuration is read, and its warnings are shown, once.
pub(crate) struct Asker<'a> {
    context: &'a Context,
    path: PathBuf,
    config: Option<Config>,
}

impl<'a> Asker<'a> {
    /// Asks nobody yet.
    ///
    /// # Errors
    /// There is no place for a socket.
    pub(crate) fn new(context: &'a Context) -> Result<Self, Failure> {
        let path = socket_path(&context.state_dir(), &environment).map_err(Failure::config)?;
        Ok(Self { context, path, config: None })
    }

    /// As [`ask`].
    pub(crate) fn ask(&mut self, request: &Request) -> Result<Value, Failure> {
        let until = Instant::now() + accounts::HELD_MAX;
        loop {
            match Client::connect(&self.path).and_then(|mut client| client.call(request)) {
                Err(error @ CallError::NotRunning { .. }) if !has_store(self.context, request) => {
                    return Err(failure(error));
                }
                Err(CallError::NotRunning { .. }) => {}
                answer => return answer.map_err(failure),
            }
            if self.config.is_none() {
                self.config = Some(self.context.config()?);
            }
            let alone =
                |config| alone(self.context, config, store(self.context, request)?, request);
            match self.config.as_ref().map(alone) {
                Some(Err(Alone::Held(_))) if Instant::now() < until => thread::sleep(TRY_AGAIN),
                Some(Err(Alone::Held(failure) | Alone::Failed(failure))) => return Err(failure),
                Some(Ok(answer)) => return Ok(answer),
                None => {}
            }
        }
    }
}

/// Asks the gateway of the state directory; nobody else can do it.
///
/// # Errors
/// None runs there, or the answer is no.
pub(crate) fn ask_running(context: &Context, request: &Request) -> Result<Value, Failure> {
    let path = socket_path(&context.state_dir(), &environment).map_err(Failure::config)?;
    Client::connect(&path).and_then(|mut client| client.call(request)).map_err(failure)
}

/// Whether there is something to open. A message to be sent needs nothing from before, nor does
/// what another program knew.
fn has_store(context: &Context, request: &Request) -> bool {
    matches!(request, Request::Send { .. } | Request::Import { .. }) || context.database().exists()
}

/// What is kept there; nothing is made for a request that changes nothing.
fn store(context: &Context, request: &Request) -> Result<Arc<dyn Store>, Failure> {
    let database = context.database();
    if only_asks(request) && !database.exists() {
        return Ok(Arc::new(Memory::new()));
    }
    Ok(Arc::new(Sqlite::open(&database).map_err(Failure::failed)?))
}

/// Whether the request changes nothing.
fn only_asks(request: &Request) -> bool {
    matches!(request, Request::Import { entries, .. } if entries.dry_run)
}

/// Why it could not be done without a gateway.
pub(crate) enum Alone {
    /// Somebody has the account.
    Held(Failure),
    /// Anything else.
    Failed(Failure),
}

impl From<Failure> for Alone {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Does it without a gateway, on this store.
///
/// # Errors
/// Somebody has the account, there is none, or the answer is no.
pub(crate) fn alone(
    context: &Context,
    config: &Config,
    store: Arc<dyn Store>,
    request: &Request,
) -> Result<Value, Alone> {
    let accounts = accounts::ready(config, context)
        .map_err(|problem| Failure::config(format!("no gateway runs here, and {problem}")))?;
    let mut builder = Engine::builder().store(store).accounts(accounts);
    if let Some(calls) = NonZeroUsize::new(config.calls_parallel) {
        builder = builder.calls_parallel(calls);
    }
    let errand = Errand::begin(builder, config.default_account.clone()).map_err(|error| {
        let is_held = matches!(&error, StartError::Store { error: StoreError::Held { .. }, .. });
        let failure = accounts::not_started(error);
        if is_held { Alone::Held(failure) } else { Alone::Failed(failure) }
    })?;
    Ok(errand.end(request.clone()).map_err(failure)?)
}

fn failure(error: CallError) -> Failure {
    match error {
        // It says `error:` at each problem.
        CallError::Refused { kind, message } if kind == "config" => Failure::Problems(message),
        CallError::Refused { kind, message } => Failure::Refused { kind, message },
        CallError::NotRunning { .. } => {
            Failure::Refused { kind: "not_running".into(), message: error.to_string() }
        }
        other => Failure::failed(other),
    }
}

/// A listing: something of each account.
#[derive(Deserialize)]
pub(crate) struct Listed<T> {
    pub(crate) accounts: Vec<T>,
}

/// An answer in the form it has.
///
/// # Errors
/// It has another form: the gateway is of another version.
pub(crate) fn read<T: DeserializeOwned>(answer: Value) -> Result<T, Failure> {
    serde_json::from_value(answer).map_err(|error| {
        Failure::failed(format!("the gateway's answer is not understood: {error}"))
    })
}
