//! `Config`: a configuration file, read and checked as a whole.
//!
//! Everything outside `channels.zalo`, `zaloxide`, `agent` and `log` belongs to other programs and
//! is ignored: an `openclaw.json` can be used as it is.

mod accounts;
mod agent;
mod check;
mod defaults;
mod file;
mod keys;
mod locate;
mod media;
mod near;
mod node;
mod parts;
mod problem;
mod schema;
mod setting;
mod syntax;
mod token;
mod token_file;
mod webhook;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

pub use accounts::{AccountEntry, Standing};
pub use agent::{AgentConfig, BadAgent};
pub use locate::{config_file, state_dir};
pub use problem::{Place, Problem};
pub use schema::schema;
pub use setting::{Origin, Setting};

use check::{Check, is_name};
use near::nearest;
use node::{Invalid, Node};
use parts::Parts;

use crate::accounts::Account;
use crate::front::FrontConfig;

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
    /// What is in force for all accounts and for the program, in the order of the keys.
    pub settings: Vec<Setting>,
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
        let text = file::read(&file, asked.is_some(), env)
            .map_err(|problem| ConfigError { problems: vec![*problem] })?;
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
            #[cfg(feature = "webhook")]
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
        let mut root = match Node::parse(text) {
            Ok(root) => root,
            Err(Invalid { at, message, help }) => {
                check.error(&at, message, help);
                return Err(ConfigError { problems: check.finish() });
            }
        };
        let inline = variables(&root);
        let env = |name: &str| env(name).or_else(|| inline.get(name).cloned());
        if let Some(zalo) = root.get_mut("channels").and_then(|node| node.get_mut("zalo")) {
            zalo.expand(&env);
        }
        let parts = Parts::find(&root, &mut check);
        let dir = file.and_then(Path::parent).unwrap_or(Path::new(""));
        let accounts = accounts::resolve(parts.zalo, &mut check, &env, dir);
        if file.is_some() && accounts.is_empty() {
            parts::warn_of_no_zalo(&root, &mut check);
        }
        let agent = parts.agent.and_then(|node| agent::read(node, &mut check, &env));
        let default_account = default_account(parts.zalo, &accounts, &mut check);
        let front = webhook::front(parts.zalo, &mut check, dir);
        let settings = setting::of_process(&parts, &check);
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
            settings,
            warnings: problems,
        })
    }
}

/// The variables that an `openclaw.json` sets for its gateway: `env.vars`, and texts in `env`.
fn variables(root: &Node) -> BTreeMap<String, String> {
    let env = root.get("env");
    let vars = env.and_then(|env| env.get("vars"));
    let entries = [env, vars].into_iter().flatten().flat_map(Node::entries);
    entries.filter_map(|(key, node)| Some((key.name.clone(), node.text()?.to_owned()))).collect()
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
        let help = match nearest(name, names.iter().copied()) {
            Some(nearest) => format!("did you mean \"{nearest}\"?"),
            None if names.is_empty() => "there is no account".into(),
            None => format!("the accounts are: {}", names.join(", ")),
        };
        let message =
            format!("`channels.zalo.defaultAccount` names \"{name}\", which is no account");
        check.error(&node.span, message, Some(help));
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
    let name = match node.unset_variable() {
        Some(name) => name,
        None if node.text().is_some() => return node.text().map(ToOwned::to_owned),
        None if node.get("source").and_then(Node::text) != Some("env") => return None,
        None => node.get("id").and_then(Node::text).filter(|id| !id.is_empty() && is_name(id))?,
    };
    let value = env(name);
    let blank = match &value {
        Some(value) if !value.trim().is_empty() => return Some(value.clone()),
        Some(_) => "empty",
        None => "not set",
    };
    let message = format!("`{path}` refers to the variable {name}, which is {blank}");
    let mut help = format!("set {name} where the gateway is started");
    if path.ends_with("botToken") {
        help.push_str(", or use `tokenFile`");
    }
    check.error(&node.span, message, Some(help));
    None
}

#[cfg(all(test, feature = "webhook"))]
mod tests;
