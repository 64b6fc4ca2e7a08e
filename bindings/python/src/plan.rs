//! `Plan`: what a bot is to be, before anything is started: a configuration and where state lies.

use std::path::PathBuf;

use pyo3::prelude::*;
use zaloxide::bot::{self, BotError, snake_case};

use crate::error;

/// A configuration that can be started, any number of times.
#[pyclass(frozen, module = "zaloxide._core")]
pub(crate) struct Plan(pub(crate) bot::Plan);

#[pymethods]
impl Plan {
    /// From the keys of `channels.zalo` as JSON text, as keyword arguments said them.
    #[staticmethod]
    fn from_keys(py: Python<'_>, keys: &str, state: Option<PathBuf>) -> PyResult<Self> {
        let plan = bot::Plan::from_keys(keys, state, snake_case);
        plan.map(Self).map_err(|wrong| raise(py, &wrong))
    }

    /// From a file; without one, from where `zaloxide run` finds its own.
    #[staticmethod]
    fn from_file(py: Python<'_>, file: Option<PathBuf>, state: Option<PathBuf>) -> PyResult<Self> {
        let plan = bot::Plan::from_file(file.as_deref(), state.as_deref());
        plan.map(Self).map_err(|wrong| raise(py, &wrong))
    }

    /// What is odd about it but can be used.
    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.0.warnings()
    }

    /// The names of the accounts that can run.
    #[getter]
    fn accounts(&self) -> Vec<String> {
        self.0.accounts()
    }

    /// Whether an account takes webhooks.
    #[getter]
    fn webhooks(&self) -> bool {
        self.0.takes_webhooks()
    }

    /// The paths that webhooks come to.
    #[getter]
    fn paths(&self) -> Vec<String> {
        self.0.paths()
    }

    /// Where state lies.
    #[getter]
    fn state_dir(&self) -> PathBuf {
        self.0.dir.clone()
    }

    fn __repr__(&self) -> String {
        format!("<Plan {:?}>", self.0.accounts())
    }
}

fn raise(py: Python<'_>, wrong: &BotError) -> PyErr {
    let message = match wrong {
        BotError::NoToken => wrong.to_string().replace("as `token`", "as `token=`"),
        _ => wrong.to_string(),
    };
    error::raise(py, "ConfigError", &message, &[])
}
