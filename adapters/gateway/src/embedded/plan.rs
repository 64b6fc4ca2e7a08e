//! `Plan`: what a bot is to be, before anything is started: a configuration and where state lies.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::accounts::Account;
use crate::config::{Config, ConfigError, environment, state_dir};

/// A configuration that can be started, any number of times.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Plan {
    /// What it says.
    pub config: Arc<Config>,
    /// Where state lies.
    pub dir: PathBuf,
    /// Read again by `config reload`; options can't be.
    pub file: Option<PathBuf>,
}

/// A plan that can't be made.
#[derive(Debug)]
pub enum PlanError {
    /// All that is wrong with the configuration.
    Config(ConfigError),
    /// Nothing is wrong with it, but no bot is in it.
    NoBot,
}

impl PlanError {
    /// What is wrong in the words of a program's options: a line each, without places, and `word`
    /// says how the program spells what the file calls `channels.zalo.dmPolicy`.
    pub fn of_options(&self, word: impl Fn(&str) -> String) -> String {
        let Self::Config(wrong) = self else { return self.to_string() };
        let lines = wrong.problems.iter().filter(|problem| !problem.is_warning).map(|problem| {
            let message = word(&problem.message);
            match &problem.help {
                Some(help) => format!("{message} ({})", word(help)),
                None => message,
            }
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::NoBot => f.write_str(
                "there is no bot to run: give its token, as an option, in the configuration file, \
                 or in the environment as ZALO_BOT_TOKEN",
            ),
        }
    }
}

impl std::error::Error for PlanError {}

impl Plan {
    /// From the keys of `channels.zalo` as JSON text, as a program's options said them.
    ///
    /// # Errors
    /// They can't be used.
    pub fn from_keys(keys: &str, state: Option<PathBuf>) -> Result<Self, PlanError> {
        let text = format!("{{\"channels\":{{\"zalo\":{keys}}}}}");
        let config = Config::parse(&text, None, &environment).map_err(PlanError::Config)?;
        let bots: Vec<&str> = config.ready().map(|ready| ready.config.bot_id.as_str()).collect();
        let dir = match (state, bots.as_slice()) {
            (Some(dir), _) => dir,
            // Bots that are made from a token alone do not know of each other.
            (None, [only]) => state_dir(None, &environment).join("bots").join(only),
            (None, _) => state_dir(None, &environment),
        };
        Self { config: Arc::new(config), dir, file: None }.checked()
    }

    /// From a file; without one, from where `zaloxide run` finds its own.
    ///
    /// # Errors
    /// It can't be used.
    pub fn from_file(file: Option<&Path>, state: Option<&Path>) -> Result<Self, PlanError> {
        let config = Config::load(file, &environment).map_err(PlanError::Config)?;
        let dir = state_dir(state, &environment);
        let file = config.file.clone();
        Self { config: Arc::new(config), dir, file }.checked()
    }

    /// What is odd about it but can be used.
    pub fn warnings(&self) -> Vec<String> {
        self.config.warnings.iter().map(|warning| warning.message.clone()).collect()
    }

    /// The accounts that can run.
    pub fn ready(&self) -> impl Iterator<Item = &Account> {
        self.config.ready()
    }

    /// Their names.
    pub fn accounts(&self) -> Vec<String> {
        self.ready().map(|account| account.config.account.clone()).collect()
    }

    /// Whether an account takes webhooks.
    pub fn takes_webhooks(&self) -> bool {
        self.ready().any(|account| account.config.webhook_url.is_some())
    }

    /// The paths that webhooks come to.
    pub fn paths(&self) -> Vec<String> {
        self.ready().filter_map(|account| account.path().map(str::to_owned)).collect()
    }

    fn checked(self) -> Result<Self, PlanError> {
        if self.ready().next().is_some() { Ok(self) } else { Err(PlanError::NoBot) }
    }
}
