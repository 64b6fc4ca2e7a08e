//! The relay: a process that does not own an account takes its webhooks in all the same, and hands
//! them to the gateway that does, over its control socket.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use zaloxide_core::Body;
use zaloxide_polling::Calls;
use zaloxide_webhook::{Answer, Door, Mount, Routes, Status, Taker};

use super::{CallError, Client, Request};
use crate::accounts::Account;
use crate::front::{FrontConfig, FrontError};

/// Bodies that are handed over at one time; the gateway takes 32 connections.
// proven: 4 is not zero, and the compiler says so.
const PARALLEL: NonZeroUsize = NonZeroUsize::new(4).unwrap();

/// A door for the webhooks of these accounts, which the gateway at `socket` owns. While it is
/// gone, Zalo is told to try again.
///
/// # Errors
/// There are no random bytes or no thread to be had, or two accounts have one path and secret.
pub fn relay(
    accounts: &[Account],
    front: &FrontConfig,
    socket: &Path,
) -> Result<Mount, FrontError> {
    let failed = |error: &dyn ToString| FrontError::new("webhooks", &error.to_string());
    let routes = Arc::new(Routes::new().map_err(|error| failed(&error))?);
    let calls = Calls::new(PARALLEL);
    for account in accounts {
        let (Some(path), Some(secret)) = (account.path(), &account.settings.webhook_secret) else {
            continue;
        };
        let name = account.config.account.clone();
        let hands = Hands { account: name.clone(), socket: socket.into(), calls: calls.clone() };
        let added = routes.add(&name, path, secret.expose().as_bytes(), Arc::new(hands));
        added.map_err(|taken| failed(&taken))?;
    }
    let door = Door::new(routes).proxies(front.trusted_proxies.clone());
    Mount::start(door).map_err(|error| failed(&error))
}

/// Hands one account's bodies over.
struct Hands {
    account: String,
    socket: PathBuf,
    calls: Calls,
}

impl Taker for Hands {
    fn take(&self, body: &[u8], answer: Answer) {
        let (account, socket) = (self.account.clone(), self.socket.clone());
        let body = Body::from(body.to_vec());
        let job = move || match hand_over(&socket, &Request::Update { account, body }) {
            Ok(Some(200)) => answer.tell(Status::Taken),
            Ok(Some(400)) => answer.tell(Status::Malformed),
            Ok(_) => answer.tell(Status::Busy),
            Err(error) => {
                tracing::warn!(%error, "a webhook could not be handed over");
                answer.tell(Status::Busy);
            }
        };
        // What is not taken is dropped, and its answer with it: Zalo tries again.
        drop(self.calls.submit(&self.account, Box::new(job)));
    }
}

/// The status that the owner answers with.
fn hand_over(socket: &Path, request: &Request) -> Result<Option<u64>, CallError> {
    let answer = Client::connect(socket)?.call(request)?;
    Ok(answer.get("status").and_then(Value::as_u64))
}
