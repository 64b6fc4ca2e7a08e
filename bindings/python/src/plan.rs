//! `Plan`: what a bot is to be, before anything is started: a configuration and where state lies.

use std::path::PathBuf;

use pyo3::prelude::*;
use zaloxide::embedded::PlanError;

use crate::error;

/// A configuration that can be started, any number of times.
#[pyclass(frozen, module = "zaloxide._core")]
pub(crate) struct Plan(pub(crate) zaloxide::embedded::Plan);

#[pymethods]
impl Plan {
    /// From the keys of `channels.zalo` as JSON text, as keyword arguments said them.
    #[staticmethod]
    fn from_keys(py: Python<'_>, keys: &str, state: Option<PathBuf>) -> PyResult<Self> {
        let plan = zaloxide::embedded::Plan::from_keys(keys, state);
        plan.map(Self).map_err(|wrong| raise(py, &wrong, &wrong.of_options(keyword)))
    }

    /// From a file; without one, from where `zaloxide run` finds its own.
    #[staticmethod]
    fn from_file(py: Python<'_>, file: Option<PathBuf>, state: Option<PathBuf>) -> PyResult<Self> {
        let plan = zaloxide::embedded::Plan::from_file(file.as_deref(), state.as_deref());
        plan.map(Self).map_err(|wrong| raise(py, &wrong, &wrong.to_string()))
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

fn raise(py: Python<'_>, wrong: &PlanError, said: &str) -> PyErr {
    let message = match wrong {
        PlanError::NoBot => &said.replace("as an option", "as `token=`"),
        PlanError::Config(_) => said,
    };
    error::raise(py, "ConfigError", message, &[])
}

/// `channels.zalo.dmPolicy` is `dm_policy` here. Words with a capital inside are keys.
fn keyword(text: &str) -> String {
    let text = text.replace("channels.zalo.", "").replace("botToken", "token");
    let mut out = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        let inside = out.ends_with(|before: char| before.is_ascii_lowercase());
        if letter.is_ascii_uppercase() && inside {
            out.push('_');
            out.push(letter.to_ascii_lowercase());
        } else {
            out.push(letter);
        }
    }
    out
}
