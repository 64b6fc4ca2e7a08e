//! `Channel`: the bare core. Whoever calls it drives it.

use std::sync::{Mutex, MutexGuard};

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use zaloxide_core::{AccountConfig, Record, Time};

use crate::classes::Classes;
use crate::{action, error, event, plain};

/// One bot account, as a state machine without I/O, clock or thread.
#[pyclass(frozen, module = "zaloxide")]
pub(crate) struct Channel(Mutex<zaloxide_core::Channel>);

#[pymethods]
impl Channel {
    #[new]
    fn new(config: &Bound<'_, PyAny>, seed: &Bound<'_, PyBytes>, now_ms: u64) -> PyResult<Self> {
        let (config, seed) = (self::config(config)?, self::seed(seed)?);
        let channel = zaloxide_core::Channel::new(config, seed, Time::from_ms(now_ms));
        Ok(Self(Mutex::new(channel)))
    }

    /// From `(number, record)` pairs in order.
    #[staticmethod]
    fn restore(
        config: &Bound<'_, PyAny>,
        seed: &Bound<'_, PyBytes>,
        now_ms: u64,
        records: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let py = records.py();
        let mut journal = Vec::new();
        for pair in records.try_iter()? {
            let (number, record): (u64, Bound<'_, PyAny>) = pair?.extract()?;
            journal.push((number, self::record(&record)?));
        }
        let (config, seed) = (self::config(config)?, self::seed(seed)?);
        let restored =
            zaloxide_core::Channel::restore(config, seed, Time::from_ms(now_ms), journal);
        let channel = restored.map_err(|damaged| error::of_core(py, "Damaged", &damaged))?;
        Ok(Self(Mutex::new(channel)))
    }

    /// Takes an event.
    fn handle(&self, py: Python<'_>, now_ms: u64, event: &Bound<'_, PyAny>) -> PyResult<()> {
        let event = event::read(event)?;
        let taken = self.lock()?.handle(Time::from_ms(now_ms), event);
        taken.map_err(|refused| error::refused(py, &refused))
    }

    /// The next thing to do, or `None`.
    fn poll_action<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let action = self.lock()?.poll_action();
        action.map(|action| action::show(py, action)).transpose()
    }

    /// When `TimerFired` is due, and why.
    fn poll_timeout<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some((at, reason)) = self.lock()?.poll_timeout() else { return Ok(None) };
        let class = Classes::get(py)?.timeout.bind(py);
        class.call1((at.as_ms(), plain::show(py, &reason)?)).map(Some)
    }

    /// One record in place of all so far.
    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let snapshot = self.lock()?.snapshot();
        let record = action::record(&snapshot.record)?;
        Classes::get(py)?.snapshot.bind(py).call1((snapshot.upto, record))
    }

    /// The account at a glance.
    fn status<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let status = self.lock()?.view().status();
        plain::show(py, &status)
    }

    fn __repr__(&self) -> PyResult<String> {
        let status = self.lock()?.view().records();
        Ok(format!("<zaloxide.Channel, {} records>", status.1))
    }
}

impl Channel {
    fn lock(&self) -> PyResult<MutexGuard<'_, zaloxide_core::Channel>> {
        self.0.lock().map_err(|_| error::broken("a panic left this channel unusable"))
    }
}

fn config(config: &Bound<'_, PyAny>) -> PyResult<AccountConfig> {
    plain::read(config).map_err(|error| {
        error::raise(config.py(), "ConfigError", &format!("no account configuration: {error}"), &[])
    })
}

fn seed(seed: &Bound<'_, PyBytes>) -> PyResult<[u8; 32]> {
    let wrong = |_| error::bad_value(seed.py(), "no seed", &"expected 32 random bytes");
    seed.as_bytes().try_into().map_err(wrong)
}

/// A record: JSON text as actions have it, or its form as a dict.
fn record(record: &Bound<'_, PyAny>) -> PyResult<Record> {
    let Ok(text) = record.cast::<PyString>() else {
        return error::read(record, "no record");
    };
    serde_json::from_str(text.to_str()?)
        .map_err(|error| error::bad_value(record.py(), "no record", &error))
}
