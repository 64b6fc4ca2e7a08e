//! `Engine`: the gateway's engine, pulled by JavaScript. No thread of it ever enters the event loop;
//! the loop is woken through one function, which is called once and then not before all was pulled.

mod answers;
mod bell;
mod pulls;
mod starting;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use napi::bindgen_prelude::{Either, Object, Uint8Array};
use napi::{Env, Result};
use napi_derive::napi;
use zaloxide::control::CallError;
use zaloxide::embedded::{Embedded, Knocked, NotDone};
use zaloxide::front::PlainAnswer;
use zaloxide::{Reply, TurnId};

use crate::fault::{Fault, read, show};
use crate::promise::promise;
use answers::HttpAnswer;
use bell::quietly;

/// How long a wait for the engine's end lasts before it is begun again.
const WAIT: Duration = Duration::from_secs(60);

/// A running engine, or the door of one that another process runs.
#[napi]
pub struct Engine {
    embedded: Arc<Embedded>,
    /// Its bell's number.
    bell: u64,
    /// What was last said at once: mostly it is said again.
    last: Mutex<Option<PlainAnswer>>,
}

#[napi]
impl Engine {
    /// Whether the accounts are another process's.
    #[napi(getter)]
    pub fn is_guest(&self) -> bool {
        self.embedded.is_guest()
    }

    /// At most so many things that there are, as a JSON list: turns, attempts that are abandoned,
    /// numbers under which something has come, and at last the end. `null` for none.
    #[napi]
    pub fn pull(&self, most: u32) -> Result<Option<String>> {
        Ok(pulls::pull(self.embedded.pulled(), most)?)
    }

    /// The answer to a turn: messages as JSON text. Whether anybody still waits for it. What comes
    /// of it is to be pulled then.
    #[napi]
    pub fn answer(&self, turn: String, attempt: u32, reply: String) -> Result<bool> {
        let reply: Reply = read(&reply, "no reply")?;
        let turn = id(&turn)?;
        Ok(quietly(self.bell, || self.embedded.pulled().answer(turn, attempt, Ok(reply))))
    }

    /// There is no answer to a turn, and why, for people. What comes of it is to be pulled then.
    #[napi]
    pub fn fail(&self, turn: String, attempt: u32, reason: String) -> Result<bool> {
        let turn = id(&turn)?;
        Ok(quietly(self.bell, || self.embedded.pulled().answer(turn, attempt, Err(reason))))
    }

    /// Shows typing now.
    #[napi]
    pub fn typing(&self, account: String, turn: String, attempt: u32) -> Result<()> {
        self.embedded.show_typing(&account, id(&turn)?, attempt);
        Ok(())
    }

    /// Sends a message; the number under which its end is told.
    #[napi]
    pub fn send(&self, account: String, chat: String, content: String) -> Result<i64> {
        let content: Reply = read(&content, "no message")?;
        let number = self.embedded.send(&account, &chat, content);
        Ok(number.map_err(|wrong| not_done(&wrong))?.cast_signed())
    }

    /// Hands a request to the door: the answer, 0 for the same one as last time, or a number under
    /// which come that a piece of the body is wanted, each time for one `give`, and at last the
    /// answer. What comes of it is to be pulled then. `head`: the method, the path as it came, the
    /// client's address, then names and values in turn, a line each; `body`: all of it, or nothing
    /// was read yet; `major` is HTTP's.
    #[napi]
    pub fn knock(
        &self,
        head: String,
        major: u8,
        body: Option<Uint8Array>,
    ) -> Result<Either<HttpAnswer, i64>> {
        let body = body.map(|body| body.to_vec());
        let knock = answers::knock(&head, major, body);
        let knocked = quietly(self.bell, || self.embedded.knock(knock));
        let answer = match knocked.map_err(|wrong| not_done(&wrong))? {
            Knocked::Later(number) => return Ok(Either::B(number.cast_signed())),
            Knocked::Now(answer) => answer,
        };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.as_ref() == Some(&answer) {
            return Ok(Either::B(0));
        }
        *last = Some(answer.clone());
        Ok(Either::A(answer.into()))
    }

    /// Gives a piece of a body that was wanted; `null`: it broke off.
    #[napi]
    pub fn give(&self, number: i64, piece: Option<Uint8Array>, is_last: bool) {
        let piece = piece.map(|piece| piece.to_vec());
        self.embedded.give(number.unsigned_abs(), piece, is_last);
    }

    /// What has come under a number, once: the end of a send as JSON text, the answer to a request,
    /// or `null` for a piece that is wanted, and for nothing.
    #[napi]
    pub fn result(&self, number: i64) -> Result<Option<Either<String, HttpAnswer>>> {
        match self.embedded.result(number.unsigned_abs(), Duration::ZERO) {
            Some(answer) => answers::show(answer),
            None => Ok(None),
        }
    }

    /// Asks what commands ask, in the JSON form of the control socket.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn ask<'env>(&self, env: &'env Env, request: String) -> Result<Object<'env>> {
        let request = read(&request, "no request")?;
        let embedded = Arc::clone(&self.embedded);
        promise(env, move || {
            let answer = embedded.ask(request).map_err(|wrong| not_done(&wrong))?;
            Ok(answer.to_string())
        })
    }

    /// Begins the end; a second time, ends at once.
    #[napi]
    pub fn stop(&self) {
        self.embedded.stop();
    }

    /// How it ended, once it has: accounts that were cut short, and why it could not go on, as JSON.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn ended<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let embedded = Arc::clone(&self.embedded);
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
        let (front, ops) = self.embedded.addresses();
        vec![front, ops]
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // The environment ends, and does not wait for what is under way: what is durable is safe.
        if self.embedded.wait(Duration::ZERO).is_none() {
            self.embedded.stop();
            self.embedded.stop();
        }
    }
}

fn id(turn: &str) -> std::result::Result<TurnId, Fault> {
    turn.parse().map_err(|wrong| Fault::bad_value("no turn", wrong))
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
