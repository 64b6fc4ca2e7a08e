//! `AgentConfig`: who answers, as a configuration or a command line names it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::check::Check;
use super::node::{Node, Value};
use super::{Env, secret};

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
}

/// Shows the names of variables, not what they hold.
impl fmt::Debug for AgentConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Echo => f.write_str("Echo"),
            Self::Exec { command, cwd, env } => f
                .debug_struct("Exec")
                .field("command", command)
                .field("cwd", cwd)
                .field("env", &env.keys())
                .finish(),
        }
    }
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

    /// `echo`, or `exec:COMMAND` with arguments split as a shell splits words; nothing else of a
    /// shell is done.
    fn from_str(text: &str) -> Result<Self, BadAgent> {
        if text == "echo" {
            return Ok(Self::Echo);
        }
        let Some(line) = text.strip_prefix("exec:") else {
            return Err(BadAgent(format!(
                "`{text}` is no agent: expected `echo` or `exec:COMMAND`"
            )));
        };
        match shlex::split(line) {
            Some(command) if command.first().is_some_and(|program| !program.is_empty()) => {
                Ok(Self::Exec { command, cwd: None, env: BTreeMap::new() })
            }
            Some(_) => Err(BadAgent("`exec:` needs a command: exec:./my-agent".into())),
            None => Err(BadAgent(format!("`{text}`: a quote is not closed"))),
        }
    }
}

/// Reads an agent that was checked against its keys.
pub(super) fn read(node: &Node, check: &mut Check<'_>, env: &Env<'_>) -> Option<AgentConfig> {
    let Some(kind) = node.get("type").and_then(Node::text) else {
        if node.get("type").is_none() {
            let help = "write type: \"echo\", or type: \"exec\" with a command".into();
            check.error(&node.span, "the agent has no `type`".into(), Some(help));
        }
        return None;
    };
    if kind != "exec" {
        return Some(AgentConfig::Echo);
    }
    let words: Vec<String> = match node.get("command").map(|command| &command.value) {
        Some(Value::List(words)) => {
            words.iter().filter_map(Node::text).map(ToOwned::to_owned).collect()
        }
        _ => Vec::new(),
    };
    if words.first().is_none_or(String::is_empty) {
        let at = node.get("command").unwrap_or(node);
        let help = "write command: [\"./my-agent\", \"--its\", \"arguments\"]".into();
        check.error(&at.span, "an `exec` agent needs a `command`".into(), Some(help));
        return None;
    }
    let mut variables = BTreeMap::new();
    for (key, value) in node.get("env").map(Node::entries).unwrap_or_default() {
        if let Some(value) = secret(value, &format!("env.{}", key.name), check, env) {
            variables.insert(key.name.clone(), value);
        }
    }
    let cwd = node.get("cwd").and_then(Node::text).map(PathBuf::from);
    Some(AgentConfig::Exec { command: words, cwd, env: variables })
}
