//! `Emulator`: the local Zalo Bot Platform, in process, for `zaloxide.testing`.

use std::time::Duration;

use pyo3::prelude::*;
use zaloxide_emulator::{Content, DEFAULT_TOKEN, Delivery, Fault, Media, Options};

use crate::{error, plain};

/// A running emulator. It ends with `stop`, or when nobody has it any more.
#[pyclass(frozen, module = "zaloxide._core")]
pub(crate) struct Emulator {
    running: zaloxide_emulator::Emulator,
}

#[pymethods]
impl Emulator {
    #[new]
    #[pyo3(signature = (*, tokens=None, deliver_to=None, queue=false))]
    fn new(
        py: Python<'_>,
        tokens: Option<Vec<String>>,
        deliver_to: Option<String>,
        queue: bool,
    ) -> PyResult<Self> {
        let tokens = tokens.unwrap_or_else(|| vec![DEFAULT_TOKEN.to_owned()]);
        let options = Options { tokens, deliver_to, queue, ..Options::default() };
        let started = py.detach(|| zaloxide_emulator::Emulator::start(options));
        let running =
            started.map_err(|wrong| error::raise(py, "StartError", &wrong.to_string(), &[]))?;
        Ok(Self { running })
    }

    /// Where it listens.
    #[getter]
    fn url(&self) -> String {
        self.running.url()
    }

    /// A person's message; what became of it: `delivered`, `queued` or `lost`.
    #[pyo3(signature = (user, kind, value, *, caption="", name=None, chat=None, bot=None))]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments, each by its name")]
    fn message(
        &self,
        py: Python<'_>,
        user: &str,
        kind: &str,
        value: &Bound<'_, PyAny>,
        caption: &str,
        name: Option<&str>,
        chat: Option<&str>,
        bot: Option<&str>,
    ) -> PyResult<&'static str> {
        let media = || -> PyResult<Media> {
            Ok(match value.extract::<String>() {
                Ok(url) => Media::Url(url),
                Err(_) => Media::Bytes(value.extract()?),
            })
        };
        let content = match kind {
            "text" => Content::Text(value.extract()?),
            "photo" => Content::Photo(media()?, caption.to_owned()),
            "sticker" => Content::Sticker(value.extract()?),
            "voice" => Content::Voice(media()?),
            _ => Content::Unsupported,
        };
        let mut who = self.running.user(user);
        if let Some(name) = name {
            who = who.named(name);
        }
        if let Some(chat) = chat {
            who = who.in_chat(chat);
        }
        if let Some(bot) = bot {
            who = who.to_bot(bot);
        }
        delivery(py, py.detach(|| who.sends(content)))
    }

    /// Hands out a body as it is.
    #[pyo3(signature = (body, *, bot=None))]
    fn hand_out(&self, py: Python<'_>, body: Vec<u8>, bot: Option<&str>) -> PyResult<&'static str> {
        delivery(py, py.detach(|| self.running.hand_out(bot, body)))
    }

    /// The calls after number `since`, in the form of the control API.
    fn calls<'py>(&self, py: Python<'py>, since: u64) -> PyResult<Bound<'py, PyAny>> {
        plain::show(py, &self.running.calls_since(since))
    }

    /// The number of the last call.
    fn last_call(&self) -> u64 {
        self.running.last_call()
    }

    /// The first call after `since` of one of these methods, to this chat if one is named, waited
    /// for at most so long. `answered`: only once its answer is known.
    #[pyo3(signature = (since, methods, chat, timeout_ms, *, answered=false))]
    fn wait_for_call<'py>(
        &self,
        py: Python<'py>,
        since: u64,
        methods: Vec<String>,
        chat: Option<String>,
        timeout_ms: u64,
        answered: bool,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let within = Duration::from_millis(timeout_ms);
        let call = py.detach(|| {
            self.running.wait_for_call(since, within, |call| {
                methods.contains(&call.method)
                    && chat.as_ref().is_none_or(|chat| call.params["chat_id"] == *chat)
                    && (!answered || call.status.is_some())
            })
        });
        call.map(|call| plain::show(py, &call)).transpose()
    }

    /// Waits until a bot has an open poll; `False` after that time.
    #[pyo3(signature = (timeout_ms, *, bot=None))]
    fn wait_for_poll(&self, py: Python<'_>, timeout_ms: u64, bot: Option<&str>) -> PyResult<bool> {
        let within = Duration::from_millis(timeout_ms);
        let waited = py.detach(|| self.running.wait_for_poll(bot, within));
        waited.map_err(|refused| error::bad_value(py, "emulator", &refused))
    }

    /// Arms a fault, in the form of the control API.
    fn fault(&self, fault: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = fault.py();
        let fault: Fault = error::read(fault, "no fault")?;
        self.running.fault(fault).map_err(|refused| error::bad_value(py, "no fault", &refused))
    }

    /// Forgets calls, faults, queues and webhooks.
    fn reset(&self, py: Python<'_>) {
        py.detach(|| self.running.reset());
    }

    /// Ends it.
    fn stop(&self, py: Python<'_>) {
        py.detach(|| self.running.stop());
    }

    fn __repr__(&self) -> String {
        format!("<Emulator at {}>", self.running.url())
    }
}

fn delivery(
    py: Python<'_>,
    delivered: Result<Delivery, zaloxide_emulator::Refused>,
) -> PyResult<&'static str> {
    match delivered {
        Ok(Delivery::Delivered) => Ok("delivered"),
        Ok(Delivery::Queued) => Ok("queued"),
        Ok(_) => Ok("lost"),
        Err(refused) => Err(error::bad_value(py, "emulator", &refused)),
    }
}
