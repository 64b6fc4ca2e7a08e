//! `Draft`: a configuration to be written.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::NamedTempFile;
use zaloxide::config::{AgentConfig, Config, ConfigError, Standing, environment};
use zaloxide::{AllowList, Token};

use crate::exit::Failure;

/// The token file's name, beside the configuration.
pub(super) const TOKEN_FILE: &str = "zaloxide.token";
/// Stands for a token that is not there to be looked at.
const SOME_TOKEN: &str = "0:0";

/// Where the token is.
pub(super) enum TokenPlace {
    /// In a variable of the environment.
    Variable(String),
    /// In a file that is there.
    File(PathBuf),
    /// In a file that is written too.
    Written {
        /// The token.
        token: String,
        /// The file's name, beside the configuration.
        name: String,
    },
}

/// A configuration to be written.
pub(super) struct Draft {
    pub(super) file: PathBuf,
    pub(super) token: TokenPlace,
    /// The webhook's URL and its secret; polled without.
    webhook: Option<(String, String)>,
    pub(super) policy: String,
    allow: Vec<String>,
    pub(super) agent: Option<String>,
}

impl Draft {
    pub(super) fn new(file: PathBuf) -> Self {
        Self {
            file,
            token: TokenPlace::Variable("ZALO_BOT_TOKEN".into()),
            webhook: None,
            policy: "pairing".into(),
            allow: Vec::new(),
            agent: None,
        }
    }

    /// Has messages pushed to this URL, with a secret of its own.
    ///
    /// # Errors
    /// Why it is no such URL.
    pub(super) fn webhook(&mut self, url: &str) -> Result<(), String> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| format!("no random numbers: {error}"))?;
        let secret = format!("{:032x}", u128::from_ne_bytes(bytes));
        let trial = json!({"botToken": SOME_TOKEN, "webhookUrl": url, "webhookSecret": secret});
        let trial = json!({"channels": {"zalo": trial}}).to_string();
        match Config::parse(&trial, None, &|_| None) {
            Ok(_) => {
                self.webhook = Some((url.to_owned(), secret));
                Ok(())
            }
            Err(error) => Err(told(&error)),
        }
    }

    /// Lets these ids in; all, or none when one is none.
    ///
    /// # Errors
    /// One is no id.
    pub(super) fn allow(&mut self, ids: &[String]) -> Result<(), String> {
        let mut allow = self.allow.clone();
        for id in ids {
            let list = AllowList::from_entries([id.as_str()]);
            let found = list.ids().next().map(ToOwned::to_owned);
            let found = found.or_else(|| list.any.then(|| "*".to_owned()));
            let is_id =
                |id: &str| id == "*" || id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            match found.filter(|id| is_id(id)) {
                Some(id) if allow.contains(&id) => {}
                Some(id) => allow.push(id),
                None => {
                    let id = zaloxide::escape::shown(id);
                    return Err(format!("\"{id}\" is no id: ids are such as 6ede9afa66b88fe6d6a9"));
                }
            }
        }
        self.allow = allow;
        Ok(())
    }

    /// The configuration's text.
    pub(super) fn text(&self) -> String {
        let mut text = String::from(
            "// zaloxide. `zaloxide config check` reads it, `zaloxide config show` lists every key.\n{\n  \
             channels: {\n    zalo: {\n",
        );
        let mut line = |about: &str, key: &str, value: &Value| {
            // Writing to a String does not fail.
            let _ = write!(text, "      // {about}\n      {key}: {value},\n");
        };
        match &self.token {
            TokenPlace::Variable(name) => {
                let value = json!({"source": "env", "id": name});
                line("The token is in this variable of the environment.", "botToken", &value);
            }
            TokenPlace::File(path) => {
                let value = json!(path.display().to_string());
                line("The token is in this file, which holds nothing else.", "tokenFile", &value);
            }
            TokenPlace::Written { name, .. } => {
                line("The token is in this file, beside this one.", "tokenFile", &json!(name));
            }
        }
        if let Some((url, secret)) = &self.webhook {
            line(
                "Zalo pushes messages to this URL. Without it they are polled.",
                "webhookUrl",
                &json!(url),
            );
            line(
                "Zalo shows this with each push: keep it to yourself.",
                "webhookSecret",
                &json!(secret),
            );
        }
        let policy = "Who may write in private: pairing (by a code), allowlist, open or disabled.";
        line(policy, "dmPolicy", &json!(self.policy));
        let mut allow = self.allow.clone();
        if self.policy == "open" && !allow.iter().any(|id| id == "*") {
            allow.insert(0, "*".into());
        }
        if !allow.is_empty() {
            line(
                "Ids that may write without a code; \"*\" is everybody.",
                "allowFrom",
                &json!(allow),
            );
        }
        text.push_str("    },\n  },\n");
        if let Some(agent) = self.agent.as_deref().and_then(agent) {
            let _ = write!(text, "  // Who answers.\n  zaloxide: {{\n    agent: {agent},\n  }},\n");
        }
        text.push_str("}\n");
        text
    }

    /// The token, from where it is.
    ///
    /// # Errors
    /// What is wrong with the configuration as it would be.
    pub(super) fn read_token(&self) -> Result<Token, String> {
        let config = self.parse(false).map_err(|error| error.to_string())?;
        let ready = config.accounts.into_iter().find_map(|entry| match entry.standing {
            Standing::Ready(account) => Some(account.settings.token),
            _ => None,
        });
        ready.ok_or_else(|| "error: there is no token".to_owned())
    }

    fn parse(&self, unset_is_fine: bool) -> Result<Config, ConfigError> {
        let env = |name: &str| {
            let is_named = matches!(&self.token, TokenPlace::Variable(token) if token == name);
            environment(name).or_else(|| (unset_is_fine && is_named).then(|| SOME_TOKEN.to_owned()))
        };
        Config::parse(&self.text(), Some(&self.file), &env)
    }

    /// Writes it, once it is sure that it can be used.
    ///
    /// # Errors
    /// It can't be used, or not be written.
    pub(super) fn write(&self, unset_is_fine: bool, force: bool) -> Result<(), Failure> {
        let dir = self.file.parent().filter(|dir| !dir.as_os_str().is_empty());
        let dir = dir.unwrap_or(Path::new("."));
        if let TokenPlace::Written { token, name } = &self.token {
            put(dir, &dir.join(name), &format!("{token}\n"), force)?;
        }
        self.parse(unset_is_fine).map_err(|error| Failure::Problems(error.to_string()))?;
        put(dir, &self.file, &self.text(), force)
    }
}

/// Writes a file whole or not at all, for its owner alone.
fn put(dir: &Path, file: &Path, text: &str, force: bool) -> Result<(), Failure> {
    let failed =
        |error: io::Error| Failure::failed(format!("can't write {}: {error}", file.display()));
    // It is made with mode 0600.
    let mut fresh = NamedTempFile::new_in(dir).map_err(failed)?;
    fresh.write_all(text.as_bytes()).map_err(failed)?;
    fresh.as_file().sync_all().map_err(failed)?;
    let kept = if force { fresh.persist(file) } else { fresh.persist_noclobber(file) };
    kept.map(drop).map_err(|error| failed(error.error))
}

/// An agent as a configuration names it.
fn agent(text: &str) -> Option<Value> {
    match text.parse() {
        Ok(AgentConfig::Echo) => Some(json!({"type": "echo"})),
        Ok(AgentConfig::Exec { command, .. }) => Some(json!({"type": "exec", "command": command})),
        _ => text.split_once(':').map(|(kind, rest)| json!({"type": kind, "url": rest})),
    }
}

/// The first thing that is wrong, and what to do, in one line.
fn told(error: &ConfigError) -> String {
    let Some(problem) = error.problems.first() else { return String::new() };
    let message = problem.message.replace("channels.zalo.", "");
    match &problem.help {
        Some(help) => format!("{message}: {help}"),
        None => message,
    }
}
