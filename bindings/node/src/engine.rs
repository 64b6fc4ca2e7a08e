//! `Engine`: the gateway's engine, pulled by JavaScript. No thread of it ever enters the event loop;
//! the loop is woken through one function, which is called once and then not before all was pulled.
//! What JavaScript hands in is passed to a clerk: the loop does not wait for the core.

mod answers;
mod news;
mod requests;
mod starting;

use std::sync::Arc;
use std::time::Duration;

use napi::bindgen_prelude::{Object, Uint8ArraySlice};
use napi::{Env, Result};
use napi_derive::napi;
use zaloxide::Reply;
use zaloxide::control::CallError;
use zaloxide::embedded::{Clerk, Embedded, NotDone};

use crate::fault::Fault;
use crate::json::{read, show};
use crate::promise::promise;
use news::Pulled;

/// How long a wait for the engine's end lasts before it is begun again.
const WAIT: Duration = Duration::from_secs(60);

/// A running engine, or the door of one that another process runs.
#[napi]
pub struct Engine {
    is_guest: bool,
    /// Nothing once it is closed: JavaScript may hold this long after its end.
    open: Option<Open>,
}

struct Open {
    embedded: Arc<Embedded>,
    clerk: Clerk,
}

#[napi]
impl Engine {
    /// Whether the accounts are another process's.
    #[napi(getter)]
    pub fn is_guest(&self) -> bool {
        self.is_guest
    }

    /// At most so many things that there are; `null` for none.
    #[napi]
    pub fn pull(&self, most: u32) -> Result<Option<Pulled>> {
        let Some(open) = &self.open else { return Ok(None) };
        Ok(news::pull(&open.embedded, most)?)
    }

    /// How attempts ended, as a JSON list: `turn`, `attempt`, and `reply`, which is messages, or
    /// `error`, for people.
    #[napi]
    pub fn answer(&self, answers: String) {
        let Some(open) = &self.open else { return };
        let pulled = open.embedded.pulled().clone();
        open.clerk.take(move || answers::hand_in(&pulled, &answers));
    }

    /// Shows typing now.
    #[napi]
    pub fn typing(&self, account: String, turn: String, attempt: u32) -> Result<()> {
        let turn = turn.parse().map_err(|wrong| Fault::bad_value("no turn", wrong))?;
        self.open()?.embedded.show_typing(&account, turn, attempt);
        Ok(())
    }

    /// Sends a message; the number under which its end is told.
    #[napi]
    pub fn send(&self, account: String, chat: String, content: String) -> Result<i64> {
        let content: Reply = read(&content, "no message")?;
        let number = self.open()?.embedded.send(&account, &chat, content);
        Ok(number.map_err(|wrong| not_done(&wrong))?.cast_signed())
    }

    /// Hands requests to the door; the number of the first, which those of the others follow. Under
    /// it come that a piece of the body is wanted, each time for one `give`, and at last the answer.
    /// `heads`: see `requests.rs`; `bodies`: all of each, or nothing of it was read yet.
    #[napi]
    pub fn knock(
        &self,
        heads: Vec<String>,
        bodies: Vec<Option<Uint8ArraySlice<'_>>>,
    ) -> Result<i64> {
        let Open { embedded, clerk } = self.open()?;
        let first = embedded.numbers(heads.len() as u64).map_err(|wrong| not_done(&wrong))?;
        // Their memory is JavaScript's, and only lent.
        let bodies = bodies.iter().map(|body| body.as_ref().map(|body| body.to_vec()));
        let knocks: Vec<_> = (first..).zip(heads.into_iter().zip(bodies)).collect();
        let embedded = Arc::clone(embedded);
        clerk.take(move || {
            for (number, (head, body)) in knocks {
                embedded.knock_as(number, requests::knock(&head, body));
            }
        });
        Ok(first.cast_signed())
    }

    /// Gives a piece of a body that was wanted; `null`: it broke off.
    #[napi]
    pub fn give(&self, number: i64, piece: Option<Uint8ArraySlice<'_>>, is_last: bool) {
        let Some(open) = &self.open else { return };
        let piece = piece.map(|piece| piece.to_vec());
        open.embedded.give(number.unsigned_abs(), piece, is_last);
    }

    /// Asks what commands ask, in the JSON form of the control socket.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn ask<'env>(&self, env: &'env Env, request: String) -> Result<Object<'env>> {
        let request = read(&request, "no request")?;
        let embedded = Arc::clone(&self.open()?.embedded);
        promise(env, move || {
            let answer = embedded.ask(request).map_err(|wrong| not_done(&wrong))?;
            Ok(answer.to_string())
        })
    }

    /// Begins the end; a second time, ends at once.
    #[napi]
    pub fn stop(&self) {
        if let Some(open) = &self.open {
            open.embedded.stop();
        }
    }

    /// How it ended, once it has: accounts that were cut short, and why it could not go on, as JSON.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn ended<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let embedded = Arc::clone(&self.open()?.embedded);
        promise(env, move || {
            let ended = loop {
                if let Some(ended) = embedded.wait(WAIT) {
                    break ended;
                }
            };
            show(&(ended.cut_short, ended.failed))
        })
    }

    /// Where webhooks arrive, and health and metrics.
    #[napi]
    pub fn addresses(&self) -> Vec<Option<String>> {
        let open = self.open.as_ref();
        let (front, ops) = open.map(|open| open.embedded.addresses()).unwrap_or_default();
        vec![front, ops]
    }

    /// After its end: lets go of its threads and connections, whoever still holds it.
    #[napi]
    pub fn close(&mut self) {
        if let Some(Open { embedded, clerk }) = self.open.take() {
            clerk.take(move || drop(embedded));
        }
    }
}

impl Engine {
    fn new(embedded: Embedded, clerk: Clerk) -> Self {
        let is_guest = embedded.is_guest();
        Self { is_guest, open: Some(Open { embedded: Arc::new(embedded), clerk }) }
    }

    fn open(&self) -> Result<&Open> {
        Ok(self.open.as_ref().ok_or_else(|| Fault::new("NotRunning", "the bot has stopped"))?)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let Some(Open { embedded, .. }) = &self.open else { return };
        // The environment ends, and does not wait for what is under way: what is durable is safe.
        if embedded.wait(Duration::ZERO).is_none() {
            embedded.stop();
            embedded.stop();
        }
    }
}

fn not_done(wrong: &NotDone) -> Fault {
    match wrong {
        NotDone::Guest => Fault::new("NotRunning", wrong),
        NotDone::NoDoor => {
            Fault::new("NotRunning", format!("{wrong}: set webhookUrl and webhookSecret"))
        }
        NotDone::Call(CallError::Refused { kind, message }) => {
            Fault::refused(kind.clone(), message)
        }
        _ => Fault::refused("refused", wrong),
    }
}
