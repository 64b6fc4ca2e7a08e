//! `Plan`: what a bot is to be, before anything is started: a configuration, and where state lies.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::BotError;
use crate::accounts::Account;
use crate::config::{Config, ConfigError, environment, state_dir};

/// A configuration that can be started, any number of times.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Plan {
    /// What was configured.
    pub config: Arc<Config>,
    /// Where state lies.
    pub dir: PathBuf,
    /// Read again by `config reload`; what a program said can't be.
    pub file: Option<PathBuf>,
}

impl Plan {
    /// From the keys of `channels.zalo` as JSON text, as a program said them. State lies in
    /// `state`, else in `bots/<bot id>` of the state directory: bots that are made from a token
    /// alone do not know of each other.
    ///
    /// # Errors
    /// All that is wrong, with names in `snake_case`; or there is no token.
    pub fn from_keys(keys: &str, state: Option<PathBuf>) -> Result<Self, BotError> {
        let text = format!("{{\"channels\":{{\"zalo\":{keys}}}}}");
        let config = Config::parse(&text, None, &environment)
            .map_err(|wrong| BotError::Config(words(&wrong)))?;
        let bots: Vec<&str> = config.ready().map(|ready| ready.config.bot_id.as_str()).collect();
        let dir = match (state, bots.as_slice()) {
            (Some(dir), _) => dir,
            (None, [only]) => state_dir(None, &environment).join("bots").join(only),
            (None, _) => state_dir(None, &environment),
        };
        Self { config: Arc::new(config), dir, file: None }.checked()
    }

    /// From a file; without one, from where `zaloxide run` finds its own. State lies in `state`,
    /// else where `zaloxide run` has its own.
    ///
    /// # Errors
    /// All that is wrong, where it stands; or there is no token.
    pub fn from_file(file: Option<&Path>, state: Option<&Path>) -> Result<Self, BotError> {
        let config = Config::load(file, &environment)
            .map_err(|wrong| BotError::Config(wrong.to_string()))?;
        let dir = state_dir(state, &environment);
        let file = config.file.clone();
        Self { config: Arc::new(config), dir, file }.checked()
    }

    /// The accounts that can run.
    pub fn ready(&self) -> impl Iterator<Item = &Account> {
        self.config.ready()
    }

    fn checked(self) -> Result<Self, BotError> {
        if self.ready().next().is_some() { Ok(self) } else { Err(BotError::NoToken) }
    }
}

/// All that is wrong, a line each, in the words that programs have.
fn words(wrong: &ConfigError) -> String {
    let lines = wrong.problems.iter().filter(|problem| !problem.is_warning).map(|problem| {
        let message = snake(&problem.message);
        match &problem.help {
            Some(help) => format!("{message} ({})", snake(help)),
            None => message,
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// `channels.zalo.dmPolicy` is `dm_policy` here. Words with a capital inside are keys.
fn snake(text: &str) -> String {
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
