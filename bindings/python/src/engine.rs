//! `Engine`: the gateway's engine, pulled by Python. No thread of it ever takes the GIL.

mod answers;
mod bodies;
pub(crate) mod starting;

use std::os::fd::{AsFd, AsRawFd};
use std::sync::Arc;
use std::time::Duration;

use pyo3::prelude::*;
use zaloxide::agents::{Nothing, Pull, Pulled};
use zaloxide::bot::Bot;
use zaloxide::control::{CallError, Request};
use zaloxide::core::ChatId;
use zaloxide::front::{Mount, Plain, PlainBody};
use zaloxide::{Reply, TurnId};

use crate::{action, error, lines};
use answers::{Answer, Answers};
use bodies::Bodies;

/// A running engine, or the door of one that another process runs.
#[pyclass(frozen, module = "zaloxide._core")]
pub(crate) struct Engine {
    /// The process that has its threads.
    pid: u32,
    pulled: Pulled,
    answers: Arc<Answers>,
    bodies: Arc<Bodies>,
    mount: Option<Arc<Mount>>,
    /// Only in the process that owns the accounts.
    owner: Option<Bot>,
}

/// What `next` says there is.
const ENDED: u8 = 0;
const TURN: u8 = 1;
const ABANDONED: u8 = 2;
const TOLD: u8 = 3;
/// The same, by the names that Python has for them.
pub(crate) const KINDS: [(&str, u8); 4] =
    [("ENDED", ENDED), ("TURN", TURN), ("ABANDONED", ABANDONED), ("TOLD", TOLD)];

#[pymethods]
impl Engine {
    /// Whether the accounts are another process's.
    #[getter]
    fn is_guest(&self) -> bool {
        self.owner.is_none()
    }

    /// Readable while there is something for `next`.
    fn fileno(&self, py: Python<'_>) -> PyResult<i32> {
        self.check(py)?;
        Ok(self.pulled.as_fd().as_raw_fd())
    }

    /// The next thing, waited for at most so long: `(kind, ..)`, or `None`.
    fn next<'py>(&self, py: Python<'py>, timeout_ms: u64) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.check(py)?;
        let within = Duration::from_millis(timeout_ms);
        // What is there already is not worth letting go of the interpreter for.
        let pulled = match self.pulled.next(Duration::ZERO) {
            Err(Nothing::Yet) if timeout_ms > 0 => py.detach(|| self.pulled.next(within)),
            pulled => pulled,
        };
        let found = match pulled {
            Ok(Pull::Turn { envelope, deadline }) => {
                let envelope = action::envelope(py, &envelope)?;
                (TURN, envelope, deadline.as_ms()).into_pyobject(py)?.into_any()
            }
            Ok(Pull::Abandoned { turn, attempt }) => {
                (ABANDONED, turn.to_string(), attempt).into_pyobject(py)?.into_any()
            }
            Ok(Pull::Told(number)) => (TOLD, number).into_pyobject(py)?.into_any(),
            Ok(_) | Err(Nothing::Yet) => return Ok(None),
            Err(Nothing::Ever) => (ENDED,).into_pyobject(py)?.into_any(),
        };
        Ok(Some(found))
    }

    /// The answer to a turn: messages as dicts. Whether anybody still waits for it.
    fn answer(&self, turn: &str, attempt: u32, reply: &Bound<'_, PyAny>) -> PyResult<bool> {
        let py = reply.py();
        self.check(py)?;
        let reply: Reply = error::read(reply, "no reply")?;
        let turn = id(py, turn)?;
        Ok(py.detach(|| self.pulled.answer(turn, attempt, Ok(reply))))
    }

    /// There is no answer to a turn, and why, for people.
    fn fail(&self, py: Python<'_>, turn: &str, attempt: u32, reason: String) -> PyResult<bool> {
        self.check(py)?;
        let turn = id(py, turn)?;
        Ok(py.detach(|| self.pulled.answer(turn, attempt, Err(reason))))
    }

    /// Shows typing now.
    fn typing(&self, py: Python<'_>, account: &str, turn: &str, attempt: u32) -> PyResult<()> {
        self.check(py)?;
        let turn = id(py, turn)?;
        if let Some(owner) = &self.owner {
            py.detach(|| owner.handle().show_typing(account, turn, attempt));
        }
        Ok(())
    }

    /// Sends a message; the number under which its end is told.
    fn send(&self, account: &str, chat: &str, content: &Bound<'_, PyAny>) -> PyResult<u64> {
        let py = content.py();
        self.check(py)?;
        let content: Reply = error::read(content, "no message")?;
        let owner = self.owner(py)?;
        let number = self.answers.number();
        let (answers, pulled) = (Arc::clone(&self.answers), self.pulled.clone());
        let chat = ChatId::from(chat);
        let asked = py.detach(|| owner.handle().send(account, chat, content));
        let pending = asked.map_err(|wrong| {
            error::raise(py, "Refused", &wrong.to_string(), &[("kind", "refused")])
        })?;
        pending.then(move |settled| answers.come(number, Answer::Sent(settled), &pulled));
        Ok(number)
    }

    /// Hands a request's head to the door. Under the number that is returned comes that a piece of
    /// the body is wanted, each time for one `give`, and at last the answer. `major` is HTTP's.
    fn knock(
        &self,
        py: Python<'_>,
        method: String,
        target: String,
        headers: Vec<(Vec<u8>, Vec<u8>)>,
        peer: Option<&str>,
        major: u8,
    ) -> PyResult<u64> {
        self.check(py)?;
        let Some(mount) = &self.mount else {
            let help = "no webhook is configured here: set webhook_url and webhook_secret";
            return Err(error::raise(py, "NotRunning", help, &[]));
        };
        let number = self.answers.number();
        let (answers, pulled) = (Arc::clone(&self.answers), self.pulled.clone());
        let (pieces, body) =
            PlainBody::pieces(move || answers.come(number, Answer::Wanted, &pulled));
        self.bodies.begin(number, pieces);
        let peer = peer.and_then(|peer| peer.parse().ok());
        let plain = Plain { method, target, headers, body, peer, major };
        let (answers, pulled) = (Arc::clone(&self.answers), self.pulled.clone());
        let bodies = Arc::clone(&self.bodies);
        mount.answer(plain, move |answer| {
            bodies.end(number);
            answers.come(number, Answer::Http(answer), &pulled);
        });
        Ok(number)
    }

    /// Gives a piece of a body that was wanted; `None`: it broke off.
    fn give(
        &self,
        py: Python<'_>,
        number: u64,
        piece: Option<Vec<u8>>,
        is_last: bool,
    ) -> PyResult<()> {
        self.check(py)?;
        match piece {
            Some(piece) => self.bodies.give(number, piece, is_last),
            None => self.bodies.end(number),
        }
        Ok(())
    }

    /// What came under a number, waited for at most so long; `None` when nothing has yet. It is
    /// given once.
    fn result<'py>(
        &self,
        py: Python<'py>,
        number: u64,
        timeout_ms: u64,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.check(py)?;
        let within = Duration::from_millis(timeout_ms);
        let answer = match self.answers.take(number, Duration::ZERO) {
            None if timeout_ms > 0 => py.detach(|| self.answers.take(number, within)),
            answer => answer,
        };
        answer.map(|answer| answer.show(py)).transpose()
    }

    /// Asks what commands ask, in the JSON form of the control socket.
    fn ask(&self, py: Python<'_>, request: &str) -> PyResult<String> {
        self.check(py)?;
        let owner = self.owner(py)?;
        let request: Request = serde_json::from_str(request)
            .map_err(|wrong| error::bad_value(py, "no request", &wrong))?;
        match py.detach(|| owner.ask(request)) {
            Ok(answer) => Ok(answer.to_string()),
            Err(CallError::Refused { kind, message }) => {
                Err(error::raise(py, "Refused", &message, &[("kind", &kind)]))
            }
            Err(other) => Err(error::raise(py, "Refused", &other.to_string(), &[])),
        }
    }

    /// Begins the end; a second time, ends at once.
    fn stop(&self, py: Python<'_>) -> PyResult<()> {
        self.check(py)?;
        match &self.owner {
            Some(owner) => py.detach(|| owner.stop()),
            None => zaloxide::Agent::close(&self.pulled, Duration::ZERO),
        }
        Ok(())
    }

    /// How it ended: accounts that were cut short, and why it could not go on. `None`: not yet.
    fn wait(
        &self,
        py: Python<'_>,
        timeout_ms: u64,
    ) -> PyResult<Option<(Vec<String>, Option<String>)>> {
        self.check(py)?;
        let Some(owner) = &self.owner else { return Ok(Some((Vec::new(), None))) };
        let within = Duration::from_millis(timeout_ms);
        let ended = py.detach(|| owner.wait_for(within));
        Ok(ended.map(|ended| (ended.cut_short, ended.failed)))
    }

    /// Where webhooks arrive, and health and metrics.
    fn addresses(&self, py: Python<'_>) -> PyResult<(Option<String>, Option<String>)> {
        self.check(py)?;
        let Some(owner) = &self.owner else { return Ok((None, None)) };
        let (front, ops) = owner.handle().addresses();
        Ok((front.map(|at| at.to_string()), ops.map(|at| at.to_string())))
    }

    fn __repr__(&self) -> &'static str {
        if self.owner.is_some() { "<Engine>" } else { "<Engine, a guest>" }
    }
}

impl Engine {
    /// In a child of `fork` there are no threads, and locks may be held for ever: nothing is
    /// touched.
    fn check(&self, py: Python<'_>) -> PyResult<()> {
        if self.pid == std::process::id() {
            return Ok(());
        }
        let help = "this bot was made before fork(), and its threads live in the parent: make the \
                    Bot in the child";
        Err(error::raise(py, "ForkedError", help, &[]))
    }

    fn owner(&self, py: Python<'_>) -> PyResult<&Bot> {
        self.owner.as_ref().ok_or_else(|| {
            let help = "another process runs this bot: ask it there, or by the `zaloxide` program";
            error::raise(py, "NotRunning", help, &[])
        })
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if self.pid != std::process::id() {
            // All of it belongs to the parent.
            std::mem::forget(self.owner.take());
            std::mem::forget(self.mount.take());
            return;
        }
        lines::detach(&self.pulled);
        // Its end takes no GIL, and is bounded.
        drop(self.owner.take());
    }
}

fn id(py: Python<'_>, turn: &str) -> PyResult<TurnId> {
    turn.parse().map_err(|wrong| error::bad_value(py, "no turn", &wrong))
}
