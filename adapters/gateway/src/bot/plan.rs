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
    /// alone do not know of each other. `spell` says how the program writes `dmPolicy`, such as
    /// [`snake_case`].
    ///
    /// # Errors
    /// All that is wrong, in the program's words; or there is no token.
    pub fn from_keys(
        keys: &str,
        state: Option<PathBuf>,
        spell: impl Fn(&str) -> String,
    ) -> Result<Self, BotError> {
        let text = format!("{{\"channels\":{{\"zalo\":{keys}}}}}");
        let config = Config::parse(&text, None, &environment)
            .map_err(|wrong| BotError::Config(words(&wrong, spell)))?;
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

    /// What is odd about it but can be used.
    pub fn warnings(&self) -> Vec<String> {
        self.config.warnings.iter().map(|warning| warning.message.clone()).collect()
    }

    fn checked(self) -> Result<Self, BotError> {
        if self.ready().next().is_some() { Ok(self) } else { Err(BotError::NoToken) }
    }
}

/// All that is wrong, a line each, in a program's words.
fn words(wrong: &ConfigError, spell: impl Fn(&str) -> String) -> String {
    let word = |text: &str| spell(&text.replace("channels.zalo.", "").replace("botToken", "token"));
    let lines = wrong.problems.iter().filter(|problem| !problem.is_warning).map(|problem| {
        let message = word(&problem.message);
        match &problem.help {
            Some(help) => format!("{message} ({})", word(help)),
            None => message,
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// `dmPolicy` as `dm_policy`, wherever it stands in a text: words with a capital inside are keys.
pub fn snake_case(text: &str) -> String {
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
