//! `AgentConfig`: who answers, as a configuration or a command line names it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use zaloxide_polling::{Endpoint, EndpointError};

use super::check::Check;
use super::node::{Node, Value};
use super::{Env, secret};
use crate::agents::openai;
use crate::escape::shown;

/// Who answers.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AgentConfig {
    /// Says what it was told.
    Echo,
    /// A program that is run once a turn.
    Exec {
        /// The program and its arguments; never given to a shell.
        command: Vec<String>,
        /// The directory it runs in; this process's own when `None`.
        cwd: Option<PathBuf>,
        /// All variables it gets.
        env: BTreeMap<String, String>,
    },
    /// A program that runs all the time.
    Stdio {
        /// The program and its arguments; never given to a shell.
        command: Vec<String>,
        /// The directory it runs in; this process's own when `None`.
        cwd: Option<PathBuf>,
        /// All variables it gets.
        env: BTreeMap<String, String>,
    },
    /// A server to which envelopes are posted.
    Http {
        /// Where.
        url: String,
        /// What goes with each request.
        headers: BTreeMap<String, String>,
    },
    /// A model behind an endpoint that speaks `OpenAI`'s chat completions.
    OpenAi {
        /// As the provider names it: `https://api.openai.com/v1`.
        url: String,
        /// The model's name.
        model: String,
        /// The key; some endpoints need none.
        api_key: Option<String>,
        /// What the model is told first.
        system: Option<String>,
    },
}

/// What an operator recognises it by; nothing secret is in it.
impl fmt::Display for AgentConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Echo => f.write_str("echo"),
            Self::Exec { command, .. } => write!(f, "exec: {}", shown(&command.join(" "))),
            Self::Stdio { command, .. } => write!(f, "stdio: {}", shown(&command.join(" "))),
            Self::Http { url, .. } => write!(f, "http: {}", host(url)),
            Self::OpenAi { url, model, .. } => {
                write!(f, "openai: {} at {}", shown(model), host(url))
            }
        }
    }
}

/// Shows the names of variables and headers, not what they hold, and of a URL the host.
impl fmt::Debug for AgentConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut program = |name, command, cwd, env: &BTreeMap<String, String>| {
            let mut shown = f.debug_struct(name);
            shown.field("command", command).field("cwd", cwd).field("env", &env.keys()).finish()
        };
        match self {
            Self::Exec { command, cwd, env } => program("Exec", command, cwd, env),
            Self::Stdio { command, cwd, env } => program("Stdio", command, cwd, env),
            Self::Http { url, headers } => f
                .debug_struct("Http")
                .field("host", &host(url))
                .field("headers", &headers.keys())
                .finish_non_exhaustive(),
            Self::Echo | Self::OpenAi { .. } => fmt::Display::fmt(self, f),
        }
    }
}

/// All of a URL that is shown: the rest may be a secret.
fn host(url: &str) -> String {
    let endpoint = Endpoint::new(url, &BTreeMap::new());
    endpoint.map_or_else(|_| "?".to_owned(), |endpoint| shown(endpoint.host()))
}

/// A text that names no agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadAgent(String);

impl fmt::Display for BadAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadAgent {}

impl FromStr for AgentConfig {
    type Err = BadAgent;

    /// `echo`; `exec:COMMAND` or `stdio:COMMAND`, with arguments split as a shell splits words, and
    /// nothing else of a shell done; `http:URL`, or the URL alone.
    fn from_str(text: &str) -> Result<Self, BadAgent> {
        if text == "echo" {
            return Ok(Self::Echo);
        }
        if let Some(rest) = text.strip_prefix("http:") {
            let url = if rest.starts_with("//") { text } else { rest };
            return http(url);
        }
        if text.starts_with("https:") {
            return http(text);
        }
        let (cwd, env) = (None, BTreeMap::new());
        if let Some(line) = text.strip_prefix("exec:") {
            return Ok(Self::Exec { command: words("exec", line)?, cwd, env });
        }
        if let Some(line) = text.strip_prefix("stdio:") {
            return Ok(Self::Stdio { command: words("stdio", line)?, cwd, env });
        }
        Err(BadAgent(format!(
            "`{}` is no agent: expected `echo`, `exec:COMMAND`, `stdio:COMMAND` or `http:URL`",
            shown(text)
        )))
    }
}

fn http(url: &str) -> Result<AgentConfig, BadAgent> {
    let headers = BTreeMap::new();
    match Endpoint::new(url, &headers) {
        Ok(_) => Ok(AgentConfig::Http { url: url.to_owned(), headers }),
        Err(error) => Err(BadAgent(format!("the agent can't be reached: {error}"))),
    }
}

fn words(kind: &str, line: &str) -> Result<Vec<String>, BadAgent> {
    match shlex::split(line) {
        Some(command) if command.first().is_some_and(|program| !program.is_empty()) => Ok(command),
        Some(_) => Err(BadAgent(format!("`{kind}:` needs a command: {kind}:./my-agent"))),
        None => Err(BadAgent(format!("`{kind}:{}`: a quote is not closed", shown(line)))),
    }
}

/// Keys besides `type`, by kind.
const KEYS: [(&str, &[&str]); 5] = [
    ("echo", &[]),
    ("exec", &["command", "cwd", "env"]),
    ("stdio", &["command", "cwd", "env"]),
    ("http", &["url", "headers"]),
    ("openai", &["url", "model", "apiKey", "system"]),
];

/// Reads an agent that was checked against its keys.
pub(super) fn read(node: &Node, check: &mut Check<'_>, env: &Env<'_>) -> Option<AgentConfig> {
    let Some(kind) = node.get("type").and_then(Node::text) else {
        if node.get("type").is_none() {
            let help = "write type: \"echo\", or type: \"exec\" with a command".into();
            check.error(&node.span, "the agent has no `type`".into(), Some(help));
        }
        return None;
    };
    let (_, keys) = KEYS.iter().find(|(name, _)| *name == kind)?;
    let known = |name: &str| KEYS.iter().any(|(_, keys)| keys.contains(&name));
    for (key, _) in node.entries() {
        if known(&key.name) && !keys.contains(&key.name.as_str()) {
            let has = if keys.is_empty() { "no other key".to_owned() } else { keys.join(", ") };
            let message = format!("`{}` is no key of the agent type \"{kind}\"", key.name);
            check.error(&key.span, message, Some(format!("besides `type` it has {has}")));
        }
    }
    match kind {
        "exec" => {
            let (command, cwd, env) = program(node, kind, check, env)?;
            Some(AgentConfig::Exec { command, cwd, env })
        }
        "stdio" => {
            let (command, cwd, env) = program(node, kind, check, env)?;
            Some(AgentConfig::Stdio { command, cwd, env })
        }
        "http" => {
            let url = needed(node, kind, "url", "\"http://127.0.0.1:8080/turn\"", check, env)?;
            let headers = secrets(node, "headers", check, env);
            let endpoint = Endpoint::new(&url, &headers);
            reached(node, endpoint, !headers.is_empty(), check)?;
            Some(AgentConfig::Http { url, headers })
        }
        "openai" => open_ai(node, check, env),
        _ => Some(AgentConfig::Echo),
    }
}

fn open_ai(node: &Node, check: &mut Check<'_>, env: &Env<'_>) -> Option<AgentConfig> {
    let kind = "openai";
    let url = needed(node, kind, "url", "\"https://api.openai.com/v1\"", check, env);
    let model = needed(node, kind, "model", "\"gpt-5-mini\"", check, env);
    let api_key = node.get("apiKey").map(|key| secret(key, "apiKey", check, env));
    let (url, model) = (url?, model?);
    let api_key = match api_key {
        Some(key) => Some(key?),
        None => None,
    };
    let endpoint = openai::endpoint(&url, api_key.as_deref());
    reached(node, endpoint, api_key.is_some(), check)?;
    let system = node.get("system").and_then(Node::text).map(ToOwned::to_owned);
    Some(AgentConfig::OpenAi { url, model, api_key, system })
}

type Program = (Vec<String>, Option<PathBuf>, BTreeMap<String, String>);

fn program(node: &Node, kind: &str, check: &mut Check<'_>, env: &Env<'_>) -> Option<Program> {
    let words: Vec<String> = match node.get("command").map(|command| &command.value) {
        Some(Value::List(words)) => {
            words.iter().filter_map(Node::text).map(ToOwned::to_owned).collect()
        }
        _ => Vec::new(),
    };
    if words.first().is_none_or(String::is_empty) {
        let at = node.get("command").unwrap_or(node);
        let help = "write command: [\"./my-agent\", \"--its\", \"arguments\"]".into();
        let article = if kind == "exec" { "an" } else { "a" };
        check.error(&at.span, format!("{article} `{kind}` agent needs a `command`"), Some(help));
        return None;
    }
    let variables = secrets(node, "env", check, env);
    let cwd = node.get("cwd").and_then(Node::text).map(PathBuf::from);
    Some((words, cwd, variables))
}

fn secrets(
    node: &Node,
    key: &str,
    check: &mut Check<'_>,
    env: &Env<'_>,
) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    for (name, value) in node.get(key).map(Node::entries).unwrap_or_default() {
        if let Some(value) = secret(value, &format!("{key}.{}", name.name), check, env) {
            values.insert(name.name.clone(), value);
        }
    }
    values
}

/// The value of a key without which this kind of agent can't be.
fn needed(
    node: &Node,
    kind: &str,
    key: &str,
    example: &str,
    check: &mut Check<'_>,
    env: &Env<'_>,
) -> Option<String> {
    let Some(value) = node.get(key) else {
        let article = if kind == "http" { "a" } else { "an" };
        let message = format!("{article} `{kind}` agent needs a `{key}`");
        check.error(&node.span, message, Some(format!("write {key}: {example}")));
        return None;
    };
    let text = secret(value, key, check, env)?;
    if text.trim().is_empty() {
        let help = format!("write {key}: {example}");
        check.error(&value.span, format!("`{key}` is empty"), Some(help));
        return None;
    }
    Some(text)
}

/// Whether a server can be reached by what was written.
fn reached(
    node: &Node,
    endpoint: Result<Endpoint, EndpointError>,
    has_secret: bool,
    check: &mut Check<'_>,
) -> Option<()> {
    let place = |key: &str| node.get(key).map_or(&node.span, |value| &value.span);
    match endpoint {
        Ok(endpoint) => {
            if endpoint.is_in_clear() && has_secret {
                let message = "the key crosses the network in clear: the url is not https".into();
                check.warning(place("url"), message, None);
            }
            Some(())
        }
        Err(error) => {
            let at = match &error {
                EndpointError::Header { .. } if node.get("headers").is_some() => place("headers"),
                EndpointError::Header { .. } => place("apiKey"),
                _ => place("url"),
            };
            check.error(at, error.to_string(), None);
            None
        }
    }
}
