//! `Plan`: what a bot is to be, before anything is started: a configuration and where state lies.

use std::path::PathBuf;

use pyo3::prelude::*;
use zaloxide::Account;
use zaloxide::bot::{self, BotError};

use crate::error;

/// A configuration that can be started, any number of times.
#[pyclass(frozen, module = "zaloxide._core")]
pub(crate) struct Plan(pub(crate) bot::Plan);

#[pymethods]
impl Plan {
    /// From the keys of `channels.zalo` as JSON text, as keyword arguments said them.
    #[staticmethod]
    fn from_keys(py: Python<'_>, keys: &str, state: Option<PathBuf>) -> PyResult<Self> {
        bot::Plan::from_keys(keys, state).map(Self).map_err(|wrong| raise(py, &wrong))
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
        self.0.config.warnings.iter().map(|warning| warning.message.clone()).collect()
    }

    /// The names of the accounts that can run.
    #[getter]
    fn accounts(&self) -> Vec<String> {
        self.0.ready().map(|account| account.config.account.clone()).collect()
    }

    /// Whether an account takes webhooks.
    #[getter]
    fn webhooks(&self) -> bool {
        self.0.ready().any(|account| account.config.webhook_url.is_some())
    }

    /// The paths that webhooks come to.
    #[getter]
    fn paths(&self) -> Vec<String> {
        self.0.ready().filter_map(Account::path).map(str::to_owned).collect()
    }

    /// Where state lies.
    #[getter]
    fn state_dir(&self) -> PathBuf {
        self.0.dir.clone()
    }

    fn __repr__(&self) -> String {
        format!("<Plan {:?}>", self.accounts())
    }
}

/// All that is wrong, in the words of keyword arguments.
fn raise(py: Python<'_>, wrong: &BotError) -> PyErr {
    let text = match wrong {
        BotError::NoToken => "there is no bot to run: give its token, as `token=`, in the \
                              configuration file, or in the environment as ZALO_BOT_TOKEN"
            .to_owned(),
        other => other.to_string(),
    };
    error::raise(py, "ConfigError", &text, &[])
}
