//! `Config`: a configuration file, read and checked as a whole.
//!
//! Everything outside `channels.zalo`, `zaloxide`, `agent` and `log` belongs to other programs and
//! is ignored: an `openclaw.json` can be used as it is.

mod accounts;
mod agent;
mod check;
mod defaults;
mod keys;
mod locate;
mod media;
mod node;
mod problem;
mod schema;
mod token_file;
mod webhook;

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

pub use accounts::{AccountEntry, Standing};
pub use agent::{AgentConfig, BadAgent};
pub use locate::{config_file, state_dir};
pub use problem::{Place, Problem};
pub use schema::schema;

use check::Check;
use keys::{ACCOUNT, AGENT, LOG, PROCESS, ZALOXIDE};
use node::Node;

use crate::accounts::Account;
use crate::front::FrontConfig;

/// Larger than this is no configuration.
const BYTES_MAX: u64 = 4 << 20;
/// Calls that may be under way at one time, if nothing else is said.
const CALLS_PARALLEL: usize = 32;

/// How variables of the environment are looked up; [`environment`] asks the process.
pub type Env<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// The variables of this process.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A configuration that was read and holds no error.
#[derive(Debug)]
#[non_exhaustive]
pub struct Config {
    /// The file; `None` when there was none and the environment alone says what to do.
    pub file: Option<PathBuf>,
    /// The accounts, in the order of the file.
    pub accounts: Vec<AccountEntry>,
    /// The account that commands mean when they name none.
    pub default_account: Option<String>,
    /// Who answers; nobody was named.
    pub agent: Option<AgentConfig>,
    /// The log.
    pub log: LogConfig,
    /// Calls that may be under way at one time, all accounts together.
    pub calls_parallel: usize,
    /// Where webhooks arrive, and health and metrics are shown.
    pub front: FrontConfig,
    /// What is odd but can be used.
    pub warnings: Vec<Problem>,
}

/// Where the log goes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogConfig {
    /// The file; `None` is `zaloxide.log` in the state directory.
    pub file: Option<PathBuf>,
    /// `error`, `warn`, `info`, `debug` or `trace`.
    pub level: String,
    /// At this size, in MB of 1,048,576 bytes, a new file is begun.
    pub max_mb: u64,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { file: None, level: "info".into(), max_mb: 20 }
    }
}

/// A configuration that can't be used: everything that is wrong with it.
#[derive(Debug)]
pub struct ConfigError {
    /// Errors and warnings, in the order of the file.
    pub problems: Vec<Problem>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Reads the configuration file that [`config_file`] finds. Without one, `ZALO_BOT_TOKEN`
    /// alone makes the account `default`.
    ///
    /// # Errors
    /// Everything that is wrong with the file, each with its place.
    pub fn load(asked: Option<&Path>, env: &Env<'_>) -> Result<Self, ConfigError> {
        let Some(file) = config_file(asked, env) else {
            return Self::parse("{}", None, env);
        };
        let unreadable = |what: String| {
            let message = format!("can't read {}: {what}", file.display());
            ConfigError {
                problems: vec![Problem { is_warning: false, message, help: None, place: None }],
            }
        };
        let mut bytes = Vec::new();
        File::open(&file)
            .and_then(|open| open.take(BYTES_MAX + 1).read_to_end(&mut bytes))
            .map_err(|error| unreadable(error.to_string()))?;
        if bytes.len() as u64 > BYTES_MAX {
            return Err(unreadable("it is over 4 MiB".into()));
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            unreadable(format!("byte {} is not UTF-8", error.utf8_error().valid_up_to()))
        })?;
        Self::parse(&text, Some(&file), env)
    }

    /// The accounts that can run.
    pub fn ready(&self) -> impl Iterator<Item = &Account> {
        self.accounts.iter().filter_map(|entry| match &entry.standing {
            Standing::Ready(account) => Some(&**account),
            _ => None,
        })
    }

    /// The keys about the whole process that are others in `new`: a gateway that runs goes on by
    /// the old ones.
    pub fn needs_restart(&self, new: &Self) -> Vec<&'static str> {
        let (front, theirs) = (&self.front, &new.front);
        let differ = [
            ("webhook.listen", front.listen != theirs.listen),
            ("webhook.tls", front.tls != theirs.tls),
            ("webhook.trustedProxies", front.trusted_proxies != theirs.trusted_proxies),
            ("ops.listen", front.ops != theirs.ops),
            ("calls.parallel", self.calls_parallel != new.calls_parallel),
            ("defaultAccount", self.default_account != new.default_account),
            ("agent", self.agent != new.agent),
            ("log", self.log != new.log),
        ];
        differ.into_iter().filter(|(_, differ)| *differ).map(|(key, _)| key).collect()
    }

    /// Reads a configuration from its text; `file` is its name in errors, and where relative paths
    /// start.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn parse(text: &str, file: Option<&Path>, env: &Env<'_>) -> Result<Self, ConfigError> {
        let name = file.map_or_else(|| "zaloxide.json5".into(), |file| file.display().to_string());
        let mut check = Check::new(&name, text);
        check.sheet.allow_words(&keys::names());
        let root = match Node::parse(text) {
            Ok(root) => root,
            Err(invalid) => {
                check.error(
                    &(invalid.at..invalid.at + 1),
                    format!("no JSON5: {}", invalid.message),
                    None,
                );
                return Err(ConfigError { problems: check.finish() });
            }
        };
        let parts = Parts::find(&root, &mut check);
        let dir = file.and_then(Path::parent).unwrap_or(Path::new(""));
        let accounts = accounts::resolve(parts.zalo, &mut check, env, dir);
        let agent = parts.agent.and_then(|node| agent::read(node, &mut check, env));
        let default_account = default_account(parts.zalo, &accounts, &mut check);
        let front = webhook::front(parts.zalo, &mut check, dir);
        let problems = check.finish();
        if problems.iter().any(|problem| !problem.is_warning) {
            return Err(ConfigError { problems });
        }
        let parallel = parts.zalo.and_then(|zalo| zalo.at_path("calls.parallel")?.count());
        Ok(Self {
            file: file.map(Path::to_owned),
            accounts,
            default_account,
            agent,
            log: log(parts.log, dir),
            calls_parallel: parallel
                .and_then(|n| usize::try_from(n).ok())
                .unwrap_or(CALLS_PARALLEL),
            front,
            warnings: problems,
        })
    }
}

/// The parts of a file that are ours.
struct Parts<'a> {
    zalo: Option<&'a Node>,
    agent: Option<&'a Node>,
    log: Option<&'a Node>,
}

impl<'a> Parts<'a> {
    fn find(root: &'a Node, check: &mut Check<'_>) -> Self {
        if !matches!(root.value, node::Value::Map(_)) {
            check.expected(root, "the configuration", "an object");
        }
        for path in ["channels", "zaloxide"] {
            if let Some((key, _)) = root.entries().iter().find(|(key, _)| key.name == path) {
                check.sheet.allow(key.span.clone());
            }
        }
        let zalo = root.at_path("channels.zalo");
        if let Some(zalo) = zalo {
            check.object(zalo, "channels.zalo", &[ACCOUNT, PROCESS]);
        }
        let own = root.get("zaloxide");
        if let Some(own) = own {
            check.object(own, "zaloxide", &[ZALOXIDE]);
        }
        let inner = |name| own.and_then(|own| own.get(name));
        // An `agent` or `log` at the top may be another program's: ours has our keys.
        let top_agent = root.get("agent").filter(|agent| agent.get("type").is_some());
        if let Some(agent) = top_agent {
            check.object(agent, "agent", &[AGENT]);
        }
        let is_ours = |log: &&Node| LOG.iter().any(|key| log.get(key.name).is_some());
        let top_log = root.get("log").filter(is_ours);
        if let Some(log) = top_log {
            check.object(log, "log", &[LOG]);
        }
        Self { zalo, agent: inner("agent").or(top_agent), log: inner("log").or(top_log) }
    }
}

fn default_account(
    zalo: Option<&Node>,
    accounts: &[AccountEntry],
    check: &mut Check<'_>,
) -> Option<String> {
    let node = zalo?.get("defaultAccount")?;
    let name = node.text()?;
    if !accounts.iter().any(|account| account.account == name) {
        let names: Vec<&str> = accounts.iter().map(|account| account.account.as_str()).collect();
        let message = "`channels.zalo.defaultAccount` names no account".to_owned();
        check.error(&node.span, message, Some(format!("there is: {}", names.join(", "))));
    }
    Some(name.to_owned())
}

fn log(node: Option<&Node>, dir: &Path) -> LogConfig {
    let plain = LogConfig::default();
    let get = |name| node.and_then(|node: &Node| node.get(name));
    LogConfig {
        file: get("file").and_then(Node::text).map(|file| dir.join(file)),
        level: get("level").and_then(Node::text).map_or(plain.level, ToOwned::to_owned),
        max_mb: get("maxMb").and_then(Node::count).unwrap_or(plain.max_mb),
    }
}

/// A secret's value: the text itself, or what the environment holds under the name it refers to.
/// What is no secret at all was reported already.
fn secret(node: &Node, path: &str, check: &mut Check<'_>, env: &Env<'_>) -> Option<String> {
    if let Some(text) = node.text() {
        return Some(text.to_owned());
    }
    if node.get("source").and_then(Node::text) != Some("env") {
        return None;
    }
    let name = node.get("id").and_then(Node::text)?;
    let value = env(name);
    if value.is_none() {
        let message = format!("`{path}`: the environment has no variable {name}");
        check.error(&node.span, message, None);
    }
    value
}

#[cfg(test)]
mod tests;
