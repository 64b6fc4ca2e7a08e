//! Asking a gateway that runs, over its control socket.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use zaloxide::config::environment;
use zaloxide::control::{CallError, Client, Request, socket_path};

use crate::context::Context;
use crate::exit::Failure;

/// Asks the gateway of the state directory.
///
/// # Errors
/// None runs there, or it says no.
pub(crate) fn ask(context: &Context, request: &Request) -> Result<Value, Failure> {
    let path = socket_path(&context.state_dir(), &environment).map_err(Failure::config)?;
    let answer = Client::connect(&path).and_then(|mut client| client.call(request));
    answer.map_err(|error| match error {
        CallError::Refused { kind, message } => Failure::Refused { kind, message },
        CallError::NotRunning { .. } => {
            Failure::Refused { kind: "not_running".into(), message: error.to_string() }
        }
        other => Failure::failed(other),
    })
}

/// A listing: something of each account.
#[derive(Deserialize)]
pub(crate) struct Listed<T> {
    pub(crate) accounts: Vec<T>,
}

/// The gateway's answer in the form it has.
///
/// # Errors
/// It has another form: the gateway is of another version.
pub(crate) fn read<T: DeserializeOwned>(answer: Value) -> Result<T, Failure> {
    serde_json::from_value(answer).map_err(|error| {
        Failure::failed(format!("the gateway's answer is not understood: {error}"))
    })
}
