//! `Engine`: the gateway's engine, pulled by Python. No thread of it ever takes the GIL.

mod answers;
pub(crate) mod starting;

use std::os::fd::AsRawFd;
use std::time::Duration;

use pyo3::prelude::*;
use zaloxide::agents::{Nothing, Pull};
use zaloxide::control::{CallError, Request};
use zaloxide::embedded::{Answer, Embedded, Knock, Knocked, NotDone};
use zaloxide::{Reply, TurnId};

use crate::{action, error};

/// A running engine, or the door of one that another process runs.
#[pyclass(frozen, module = "zaloxide._core")]
pub(crate) struct Engine {
    /// The process that has its threads.
    pid: u32,
    /// Always there, until it is dropped.
    embedded: Option<Embedded>,
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
        self.embedded.as_ref().is_some_and(Embedded::is_guest)
    }

    /// Readable while there is something for `next`.
    fn fileno(&self, py: Python<'_>) -> PyResult<i32> {
        let descriptor = self.embedded(py)?.pulled().descriptor();
        descriptor.map(|fd| fd.as_raw_fd()).ok_or_else(|| error::broken("there is no descriptor"))
    }

    /// The next thing, waited for at most so long: `(kind, ..)`, or `None`.
    fn next<'py>(&self, py: Python<'py>, timeout_ms: u64) -> PyResult<Option<Bound<'py, PyAny>>> {
        let pulled = self.embedded(py)?.pulled();
        let within = Duration::from_millis(timeout_ms);
        // What is there already is not worth letting go of the interpreter for.
        let next = match pulled.next(Duration::ZERO) {
            Err(Nothing::Yet) if timeout_ms > 0 => py.detach(|| pulled.next(within)),
            next => next,
        };
        let found = match next {
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
        let pulled = self.embedded(py)?.pulled();
        let reply: Reply = error::read(reply, "no reply")?;
        let turn = id(py, turn)?;
        Ok(py.detach(|| pulled.answer(turn, attempt, Ok(reply))))
    }

    /// There is no answer to a turn, and why, for people.
    fn fail(&self, py: Python<'_>, turn: &str, attempt: u32, reason: String) -> PyResult<bool> {
        let pulled = self.embedded(py)?.pulled();
        let turn = id(py, turn)?;
        Ok(py.detach(|| pulled.answer(turn, attempt, Err(reason))))
    }

    /// Shows typing now.
    fn typing(&self, py: Python<'_>, account: &str, turn: &str, attempt: u32) -> PyResult<()> {
        let embedded = self.embedded(py)?;
        let turn = id(py, turn)?;
        py.detach(|| embedded.show_typing(account, turn, attempt));
        Ok(())
    }

    /// Sends a message; the number under which its end is told.
    fn send(&self, account: &str, chat: &str, content: &Bound<'_, PyAny>) -> PyResult<u64> {
        let py = content.py();
        let embedded = self.embedded(py)?;
        let content: Reply = error::read(content, "no message")?;
        py.detach(|| embedded.send(account, chat, content)).map_err(|wrong| not_done(py, &wrong))
    }

    /// Hands a request's head to the door: `(0, answer)`, or `(number, None)`: under it come that a
    /// piece of the body is wanted, each time for one `give`, and at last the answer. `major` is
    /// HTTP's.
    fn knock<'py>(
        &self,
        py: Python<'py>,
        method: String,
        target: String,
        headers: Vec<(Vec<u8>, Vec<u8>)>,
        peer: Option<String>,
        major: u8,
    ) -> PyResult<(u64, Option<Bound<'py, PyAny>>)> {
        let embedded = self.embedded(py)?;
        let knock = Knock { method, target, headers, peer, major, body: None };
        match py.detach(|| embedded.knock(knock)).map_err(|wrong| not_done(py, &wrong))? {
            Knocked::Now(answer) => Ok((0, Some(answers::show(py, Answer::Http(answer))?))),
            Knocked::Later(number) => Ok((number, None)),
        }
    }

    /// Gives a piece of a body that was wanted; `None`: it broke off.
    fn give(
        &self,
        py: Python<'_>,
        number: u64,
        piece: Option<Vec<u8>>,
        is_last: bool,
    ) -> PyResult<()> {
        self.embedded(py)?.give(number, piece, is_last);
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
        let embedded = self.embedded(py)?;
        let within = Duration::from_millis(timeout_ms);
        let answer = match embedded.result(number, Duration::ZERO) {
            None if timeout_ms > 0 => py.detach(|| embedded.result(number, within)),
            answer => answer,
        };
        answer.map(|answer| answers::show(py, answer)).transpose()
    }

    /// Asks what commands ask, in the JSON form of the control socket.
    fn ask(&self, py: Python<'_>, request: &str) -> PyResult<String> {
        let embedded = self.embedded(py)?;
        let request: Request = serde_json::from_str(request)
            .map_err(|wrong| error::bad_value(py, "no request", &wrong))?;
        let answer = py.detach(|| embedded.ask(request));
        answer.map(|answer| answer.to_string()).map_err(|wrong| not_done(py, &wrong))
    }

    /// Begins the end; a second time, ends at once.
    fn stop(&self, py: Python<'_>) -> PyResult<()> {
        let embedded = self.embedded(py)?;
        py.detach(|| embedded.stop());
        Ok(())
    }

    /// How it ended: accounts that were cut short, and why it could not go on. `None`: not yet.
    fn wait(
        &self,
        py: Python<'_>,
        timeout_ms: u64,
    ) -> PyResult<Option<(Vec<String>, Option<String>)>> {
        let embedded = self.embedded(py)?;
        let within = Duration::from_millis(timeout_ms);
        let ended = py.detach(|| embedded.wait(within));
        Ok(ended.map(|ended| (ended.cut_short, ended.failed)))
    }

    /// Where webhooks arrive, and health and metrics.
    fn addresses(&self, py: Python<'_>) -> PyResult<(Option<String>, Option<String>)> {
        Ok(self.embedded(py)?.addresses())
    }

    fn __repr__(&self) -> &'static str {
        if self.is_guest() { "<Engine, a guest>" } else { "<Engine>" }
    }
}

impl Engine {
    /// In a child of `fork` there are no threads, and locks may be held for ever: nothing is
    /// touched.
    fn embedded(&self, py: Python<'_>) -> PyResult<&Embedded> {
        if let Some(embedded) = self.embedded.as_ref().filter(|_| self.pid == std::process::id()) {
            return Ok(embedded);
        }
        let help = "this bot was made before fork(), and its threads live in the parent: make the \
                    Bot in the child";
        Err(error::raise(py, "ForkedError", help, &[]))
    }
}

impl From<Embedded> for Engine {
    fn from(embedded: Embedded) -> Self {
        Self { pid: std::process::id(), embedded: Some(embedded) }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if self.pid != std::process::id() {
            // All of it belongs to the parent.
            std::mem::forget(self.embedded.take());
        }
    }
}

fn id(py: Python<'_>, turn: &str) -> PyResult<TurnId> {
    turn.parse().map_err(|wrong| error::bad_value(py, "no turn", &wrong))
}

fn not_done(py: Python<'_>, wrong: &NotDone) -> PyErr {
    let message = wrong.to_string();
    match wrong {
        NotDone::Guest => error::raise(py, "NotRunning", &message, &[]),
        NotDone::NoDoor => {
            let help = format!("{message}: set webhook_url and webhook_secret");
            error::raise(py, "NotRunning", &help, &[])
        }
        NotDone::Call(CallError::Refused { kind, message }) => {
            error::raise(py, "Refused", message, &[("kind", kind)])
        }
        _ => error::raise(py, "Refused", &message, &[("kind", "refused")]),
    }
}
