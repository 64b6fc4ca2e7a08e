//! How a command ends: its exit code, and why it failed.

use std::fmt::Display;
use std::io;
use std::process::ExitCode;

use serde_json::{Value, json};
use zaloxide::escape::{lines, shown};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0.
    Done,
    /// 1: it was refused, or failed.
    Failed,
    /// 2: the command line makes no sense.
    Usage,
    /// 3: the configuration can't be used.
    Config,
    /// The code of the program that `dev` ran.
    Program(u8),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::SUCCESS,
            Exit::Failed => Self::from(1),
            Exit::Usage => Self::from(2),
            Exit::Config => Self::from(3),
            Exit::Program(code) => Self::from(code),
        }
    }
}

/// Why a command did not do what it was asked to. No message holds a secret, and text from outside
/// in it is escaped.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It was refused, or failed.
    Failed(String),
    /// A running gateway said no.
    Refused {
        /// For programs.
        kind: String,
        /// For people.
        message: String,
    },
    /// The command line makes no sense.
    Usage(String),
    /// The configuration can't be used.
    Config(String),
    /// The same, where the message already says `error:` at each problem.
    Problems(String),
    /// Standard output can't be written. Its reader may simply have seen enough.
    Output(io::Error),
}

/// Standard output is what most commands write and nothing else.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl Failure {
    /// It failed, for this reason.
    pub(crate) fn failed(reason: impl Display) -> Self {
        Self::Failed(reason.to_string())
    }

    /// The configuration is wrong, for this reason.
    pub(crate) fn config(reason: impl Display) -> Self {
        Self::Config(reason.to_string())
    }

    /// Whether the reader of standard output has gone: no failure at all.
    pub(crate) fn is_reader_gone(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            _ if self.is_reader_gone() => Exit::Done,
            Self::Failed(_) | Self::Refused { .. } | Self::Output(_) => Exit::Failed,
            Self::Usage(_) => Exit::Usage,
            Self::Config(_) | Self::Problems(_) => Exit::Config,
        }
    }

    /// What to say; nothing when nobody reads any more. Names of files in it, which people type and
    /// scripts make up, are escaped like all else.
    pub(crate) fn message(&self) -> Option<String> {
        let text = match self {
            _ if self.is_reader_gone() => return None,
            Self::Failed(text) | Self::Usage(text) | Self::Config(text) => {
                format!("error: {text}")
            }
            Self::Refused { message, .. } => format!("error: {}", shown(message)),
            Self::Problems(text) => text.clone(),
            Self::Output(error) => format!("error: can't write to standard output: {error}"),
        };
        Some(lines(&text))
    }

    /// The same for programs.
    pub(crate) fn object(&self, message: &str) -> Value {
        let kind = match self {
            Self::Failed(_) => "failed",
            Self::Refused { kind, .. } => kind,
            Self::Usage(_) => "usage",
            Self::Config(_) | Self::Problems(_) => "config",
            Self::Output(_) => "output",
        };
        let message = message.strip_prefix("error: ").unwrap_or(message);
        json!({"error": {"kind": kind, "message": message}})
    }
}
