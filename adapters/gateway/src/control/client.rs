//! `Client`: asks a running engine.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{LINE_MAX, PROTOCOL, Request};

/// A connection to a running engine.
#[derive(Debug)]
pub struct Client {
    stream: BufReader<UnixStream>,
}

/// Why there is no answer, or not the one wanted.
#[derive(Debug)]
#[non_exhaustive]
pub enum CallError {
    /// Nobody listens there.
    NotRunning {
        /// The socket.
        path: PathBuf,
    },
    /// The connection broke.
    Io(io::Error),
    /// The other side speaks another language.
    Protocol {
        /// What is wrong.
        reason: String,
    },
    /// The engine says no.
    Refused {
        /// For programs: such as `unknown_code`.
        kind: String,
        /// For people.
        message: String,
    },
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRunning { path } => write!(
                f,
                "no gateway listens at {}: start one with `zaloxide run`, or name its directory \
                 with --state-dir",
                path.display()
            ),
            Self::Io(error) => write!(f, "the connection to the gateway broke: {error}"),
            Self::Protocol { reason } => write!(f, "the gateway can't be understood: {reason}"),
            Self::Refused { message, .. } => f.write_str(message),
        }
    }
}

impl std::error::Error for CallError {}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Ok(Value),
    Error { kind: String, message: String },
}

impl Client {
    /// Connects to the socket of a state directory; see [`socket_path`](super::socket_path).
    ///
    /// # Errors
    /// Nobody listens there, or it is no gateway of this protocol.
    pub fn connect(path: &Path) -> Result<Self, CallError> {
        let stream = UnixStream::connect(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
                CallError::NotRunning { path: path.to_owned() }
            }
            _ => CallError::Io(error),
        })?;
        let mut client = Self { stream: BufReader::new(stream) };
        let answer = client.exchange(&json!({"protocol": PROTOCOL}).to_string())?;
        let theirs: Value = parse(&answer)?;
        match theirs.get("protocol").and_then(Value::as_u64) {
            Some(version) if version == u64::from(PROTOCOL) => Ok(client),
            Some(version) => Err(CallError::Protocol {
                reason: format!("it speaks version {version}, this program version {PROTOCOL}"),
            }),
            None => match parse(&answer)? {
                Line::Error { kind, message } => Err(CallError::Refused { kind, message }),
                Line::Ok(_) => Err(CallError::Protocol { reason: "no version came".into() }),
            },
        }
    }

    /// Asks one thing and waits for its answer.
    ///
    /// # Errors
    /// The engine says no, or the connection broke.
    pub fn call(&mut self, request: &Request) -> Result<Value, CallError> {
        let line = serde_json::to_string(request)
            .map_err(|error| CallError::Protocol { reason: error.to_string() })?;
        read(parse(&self.exchange(&line)?)?)
    }

    fn exchange(&mut self, line: &str) -> Result<String, CallError> {
        self.stream.get_mut().write_all(format!("{line}\n").as_bytes()).map_err(CallError::Io)?;
        let mut answer = String::new();
        (&mut self.stream).take(LINE_MAX).read_line(&mut answer).map_err(CallError::Io)?;
        if !answer.ends_with('\n') {
            return Err(CallError::Io(io::ErrorKind::UnexpectedEof.into()));
        }
        Ok(answer)
    }
}

/// The answer in a line.
pub(super) fn read(line: Value) -> Result<Value, CallError> {
    match serde_json::from_value(line) {
        Ok(Line::Ok(value)) => Ok(value),
        Ok(Line::Error { kind, message }) => Err(CallError::Refused { kind, message }),
        Err(error) => Err(CallError::Protocol { reason: error.to_string() }),
    }
}

fn parse<T: serde::de::DeserializeOwned>(line: &str) -> Result<T, CallError> {
    serde_json::from_str(line).map_err(|error| CallError::Protocol { reason: error.to_string() })
}
