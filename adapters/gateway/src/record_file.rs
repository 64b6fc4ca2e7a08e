//! The record file: all that happened to an engine's accounts, as JSON lines, and its replay.
//!
//! First a line `{version, account, config, seed, now, records}` for each account, then a line
//! `{account, now, event}` for each event. The core is a function of these, so a replay gives the
//! same actions to the byte. The file holds what people wrote: it is made for its owner alone.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use zaloxide_core::{AccountConfig, Action, Channel, Event, Record, Time};

/// Of the file's form.
const VERSION: u32 = 1;
/// A line of a body of 1 MiB, escaped, and room to spare.
const LINE_BYTES_MAX: u64 = 256 << 20;

/// How an account began.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Beginning {
    version: u32,
    account: String,
    config: AccountConfig,
    seed: String,
    now: Time,
    records: Vec<(u64, Record)>,
}

/// What happened to an account.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Happening<'a> {
    account: String,
    now: Time,
    #[serde(borrow)]
    event: Event<'a>,
}

/// What an account asked for.
#[derive(Serialize)]
struct Asked<'a> {
    n: u64,
    account: &'a str,
    action: &'a Action,
}

/// The line of an event. Only what can't be written as JSON has none; no event is such.
pub(crate) fn line(account: &str, now: Time, event: &Event<'_>) -> Option<String> {
    #[derive(Serialize)]
    struct Line<'a> {
        account: &'a str,
        now: Time,
        event: &'a Event<'a>,
    }
    serde_json::to_string(&Line { account, now, event }).ok()
}

/// Writes a record file.
pub(crate) struct Recorder {
    path: PathBuf,
    /// `None` after an error: a record with a gap would replay wrongly.
    file: Mutex<Option<File>>,
}

/// A record file that can't be made.
#[derive(Debug)]
pub struct RecorderError {
    path: PathBuf,
    error: io::Error,
}

impl fmt::Display for RecorderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        if self.error.kind() == io::ErrorKind::AlreadyExists {
            return write!(f, "the record file {path} exists already: name another one");
        }
        write!(f, "can't make the record file {path}: {}", self.error)
    }
}

impl std::error::Error for RecorderError {}

impl Recorder {
    /// Makes a new file that only its owner may read.
    pub(crate) fn create(path: &Path) -> Result<Self, RecorderError> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(path) {
            Ok(file) => Ok(Self { path: path.to_owned(), file: Mutex::new(Some(file)) }),
            Err(error) => Err(RecorderError { path: path.to_owned(), error }),
        }
    }

    /// An account begins.
    pub(crate) fn begin(
        &self,
        config: &AccountConfig,
        seed: &[u8; 32],
        now: Time,
        records: &[(u64, Record)],
    ) {
        let beginning = Beginning {
            version: VERSION,
            account: config.account.clone(),
            config: config.clone(),
            seed: hex(seed),
            now,
            records: records.to_vec(),
        };
        match serde_json::to_string(&beginning) {
            Ok(line) => self.write(&line),
            Err(error) => self.give_up(&error.into()),
        }
    }

    /// One more line.
    pub(crate) fn write(&self, line: &str) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(open) = file.as_mut() else { return };
        let written = open.write_all(format!("{line}\n").as_bytes());
        if let Err(error) = written {
            *file = None;
            drop(file);
            self.give_up(&error);
        }
    }

    fn give_up(&self, error: &io::Error) {
        *self.file.lock().unwrap_or_else(PoisonError::into_inner) = None;
        tracing::error!(file = %self.path.display(), %error, "the record file ends here");
    }
}

/// A record file that can't be replayed.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReplayError {
    /// A line is not what it should be.
    Line {
        /// Its number, from 1.
        number: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// It can't be read.
    Read(io::Error),
    /// The actions can't be written.
    Write(io::Error),
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line { number, reason } => write!(f, "line {number} of the record: {reason}"),
            Self::Read(error) => write!(f, "can't read the record: {error}"),
            Self::Write(error) => write!(f, "can't write the actions: {error}"),
        }
    }
}

impl std::error::Error for ReplayError {}

/// Runs a record file through the core and writes each action as a line `{n, account, action}`;
/// `n` counts them from 1.
///
/// # Errors
/// A line that is no line of a record file, or the file or the output fails.
pub fn replay(mut from: impl BufRead, mut to: impl Write) -> Result<(), ReplayError> {
    let mut channels: BTreeMap<String, Channel> = BTreeMap::new();
    let (mut number, mut n) = (0, 0);
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut bounded = io::Read::take(&mut from, LINE_BYTES_MAX);
        if bounded.read_until(b'\n', &mut line).map_err(ReplayError::Read)? == 0 {
            return to.flush().map_err(ReplayError::Write);
        }
        number += 1;
        let wrong = |reason: String| ReplayError::Line { number, reason };
        let account = step(&line, &mut channels).map_err(wrong)?;
        let Some(channel) = channels.get_mut(&account) else { continue };
        while let Some(action) = channel.poll_action() {
            n += 1;
            let asked = Asked { n, account: &account, action: &action };
            let text = serde_json::to_string(&asked).map_err(|error| wrong(error.to_string()))?;
            writeln!(to, "{}", crate::escape::json(&text)).map_err(ReplayError::Write)?;
        }
    }
}

/// Takes one line in; tells whose it is.
fn step(line: &[u8], channels: &mut BTreeMap<String, Channel>) -> Result<String, String> {
    #[derive(Deserialize)]
    struct Either {
        #[serde(default)]
        version: Option<u32>,
    }
    let text = |error: serde_json::Error| error.to_string();
    let either: Either = serde_json::from_slice(line).map_err(text)?;
    let Some(version) = either.version else {
        let Happening { account, now, event } = serde_json::from_slice(line).map_err(text)?;
        let unknown = || format!("no line before has begun the account \"{account}\"");
        let channel = channels.get_mut(&account).ok_or_else(unknown)?;
        // What was refused then is refused now, and changes nothing.
        let _ = channel.handle(now, event);
        return Ok(account);
    };
    if version != VERSION {
        return Err(format!("version {version}; this program reads version {VERSION}"));
    }
    let begun: Beginning = serde_json::from_slice(line).map_err(text)?;
    let seed = unhex(&begun.seed).ok_or("the seed is 64 hex digits")?;
    let channel = if begun.records.is_empty() {
        Channel::new(begun.config, seed, begun.now)
    } else {
        Channel::restore(begun.config, seed, begun.now, begun.records)
            .map_err(|damaged| damaged.to_string())?
    };
    channels.insert(begun.account.clone(), channel);
    Ok(begun.account)
}

/// 64 hex digits.
fn hex(seed: &[u8; 32]) -> String {
    seed.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = fmt::Write::write_fmt(&mut text, format_args!("{byte:02x}"));
        text
    })
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (one, two) = digits.then(|| text.split_at(32))?;
    let mut seed = [0; 32];
    for (half, text) in seed.chunks_exact_mut(16).zip([one, two]) {
        half.copy_from_slice(&u128::from_str_radix(text, 16).ok()?.to_be_bytes());
    }
    Some(seed)
}

#[cfg(test)]
mod tests;
