//! Who is asked: the gateway that runs here, else Zalo through the store of the state directory,
//! else, when that is somebody else's, through none.

use std::sync::Arc;
use std::thread;
use std::time::Instant;

use serde_json::Value;
use zaloxide::config::{Config, environment};
use zaloxide::control::{CallError, Client, Request, socket_path};
use zaloxide::store::{Memory, Sqlite, Store};

use crate::accounts::HELD_MAX;
use crate::ask::{Alone, TRY_AGAIN, alone};
use crate::context::Context;
use crate::exit::Failure;

/// What there is of a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Gateway {
    /// One runs, and answers.
    Running,
    /// None runs.
    None,
    /// Somebody has an account and can't be asked. Says who.
    Held(String),
    /// There is one, or should be, and no word can be had with it. Says why.
    Mute(String),
}

/// Asks one thing of whoever can say it.
pub(super) fn ask(
    context: &Context,
    config: &Config,
    request: &Request,
) -> (Gateway, Result<Value, String>) {
    let connected = socket_path(&context.state_dir(), &environment)
        .map_err(|error| error.to_string())
        .map(|path| Client::connect(&path));
    let gateway = match connected {
        Ok(Ok(mut client)) => {
            let answer = client.call(request).map_err(|error| error.to_string());
            return (Gateway::Running, answer);
        }
        Ok(Err(CallError::NotRunning { .. })) => Gateway::None,
        Ok(Err(error)) => Gateway::Mute(error.to_string()),
        Err(reason) => Gateway::Mute(reason),
    };
    let database = context.database();
    let until = Instant::now() + HELD_MAX;
    // A store that can't be opened is a finding of its own.
    while let Some(store) = database.exists().then(|| Sqlite::open(&database).ok()).flatten() {
        match said(alone(context, config, Arc::new(store), request)) {
            Err(Held::By(who)) if Instant::now() >= until => {
                return (Gateway::Held(who), without_store(context, config, request));
            }
            Err(Held::By(_)) => thread::sleep(TRY_AGAIN),
            Err(Held::Not(reason)) => return (gateway, Err(reason)),
            Ok(answer) => return (gateway, Ok(answer)),
        }
    }
    (gateway, without_store(context, config, request))
}

/// What Zalo alone can tell.
fn without_store(context: &Context, config: &Config, request: &Request) -> Result<Value, String> {
    let store: Arc<dyn Store> = Arc::new(Memory::new());
    said(alone(context, config, store, request)).map_err(|held| match held {
        Held::By(reason) | Held::Not(reason) => reason,
    })
}

enum Held {
    By(String),
    Not(String),
}

fn said(answer: Result<Value, Alone>) -> Result<Value, Held> {
    let text = |failure: Failure| {
        let message = failure.message().unwrap_or_default();
        message.strip_prefix("error: ").unwrap_or(&message).to_owned()
    };
    answer.map_err(|error| match error {
        Alone::Held(failure) => Held::By(text(failure)),
        Alone::Failed(failure) => Held::Not(text(failure)),
    })
}
