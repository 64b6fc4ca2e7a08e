//! `Plan`: what a bot is to be, before anything is started: a configuration and where state lies.

use std::path::PathBuf;
use std::sync::Arc;

use pyo3::prelude::*;
use zaloxide::Account;
use zaloxide::config::{Config, ConfigError, environment, state_dir};

use crate::error;

/// A configuration that can be started, any number of times.
#[pyclass(frozen, module = "zaloxide._core")]
pub(crate) struct Plan {
    pub(crate) config: Arc<Config>,
    /// Where state lies.
    pub(crate) dir: PathBuf,
    /// Read again by `config reload`; keywords can't be.
    pub(crate) file: Option<PathBuf>,
}

#[pymethods]
impl Plan {
    /// From the keys of `channels.zalo` as JSON text, as keyword arguments said them.
    #[staticmethod]
    fn from_keys(py: Python<'_>, keys: &str, state: Option<PathBuf>) -> PyResult<Self> {
        let text = format!("{{\"channels\":{{\"zalo\":{keys}}}}}");
        let config = Config::parse(&text, None, &environment)
            .map_err(|wrong| error::raise(py, "ConfigError", &keywords(&wrong), &[]))?;
        let bots: Vec<&str> = config.ready().map(|ready| ready.config.bot_id.as_str()).collect();
        let dir = match (state, bots.as_slice()) {
            (Some(dir), _) => dir,
            // Bots that are made from a token alone do not know of each other.
            (None, [only]) => state_dir(None, &environment).join("bots").join(only),
            (None, _) => state_dir(None, &environment),
        };
        Self { config: Arc::new(config), dir, file: None }.checked(py)
    }

    /// From a file; without one, from where `zaloxide run` finds its own.
    #[staticmethod]
    fn from_file(py: Python<'_>, file: Option<PathBuf>, state: Option<PathBuf>) -> PyResult<Self> {
        let config = Config::load(file.as_deref(), &environment)
            .map_err(|wrong| error::raise(py, "ConfigError", &wrong.to_string(), &[]))?;
        let dir = state_dir(state.as_deref(), &environment);
        let file = config.file.clone();
        Self { config: Arc::new(config), dir, file }.checked(py)
    }

    /// What is odd about it but can be used.
    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.config.warnings.iter().map(|warning| warning.message.clone()).collect()
    }

    /// The names of the accounts that can run.
    #[getter]
    fn accounts(&self) -> Vec<String> {
        self.ready().map(|account| account.config.account.clone()).collect()
    }

    /// Whether an account takes webhooks.
    #[getter]
    fn webhooks(&self) -> bool {
        self.ready().any(|account| account.config.webhook_url.is_some())
    }

    /// The paths that webhooks come to.
    #[getter]
    fn paths(&self) -> Vec<String> {
        self.ready().filter_map(|account| account.path().map(str::to_owned)).collect()
    }

    /// Where state lies.
    #[getter]
    fn state_dir(&self) -> PathBuf {
        self.dir.clone()
    }

    fn __repr__(&self) -> String {
        format!("<Plan {:?}>", self.accounts())
    }
}

impl Plan {
    pub(crate) fn ready(&self) -> impl Iterator<Item = &Account> {
        self.config.ready()
    }

    fn checked(self, py: Python<'_>) -> PyResult<Self> {
        if self.ready().next().is_some() {
            return Ok(self);
        }
        let help = "there is no bot to run: give its token, as `token=`, in the configuration \
                    file, or in the environment as ZALO_BOT_TOKEN";
        Err(error::raise(py, "ConfigError", help, &[]))
    }
}

/// All that is wrong, in the words of keyword arguments.
fn keywords(wrong: &ConfigError) -> String {
    let lines = wrong.problems.iter().filter(|problem| !problem.is_warning).map(|problem| {
        let message = keyword(&problem.message);
        match &problem.help {
            Some(help) => format!("{message} ({})", keyword(help)),
            None => message,
        }
    });
    lines.collect::<Vec<_>>().join("\n")
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
