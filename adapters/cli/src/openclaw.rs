//! OpenClaw's state: whom its Zalo channel had let in, and the codes it had given out. Read only,
//! and nothing in it is believed: files are bounded, and what is malformed is named.
//!
//! Older releases keep it in JSON files, newer ones in a database; what is in either is taken.

mod database;
mod entry;
mod files;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;
use zaloxide_core::PendingCode;
use zaloxide_core::limits::{ID_BYTES_MAX, NAME_CHARS_MAX};

/// The channel's name there.
const CHANNEL: &str = "zalo";
/// The account that has no name there.
const DEFAULT_ACCOUNT: &str = "default";

/// Bytes of an entry: an id, and what may stand around it.
const ENTRY_BYTES_MAX: usize = 2 * ID_BYTES_MAX;

/// What OpenClaw's state says of Zalo.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// By account, as they are named there: in lower case.
    pub(crate) accounts: BTreeMap<String, Known>,
    /// Where something was found, and how much.
    pub(crate) sources: Vec<Source>,
    /// What could not be read.
    pub(crate) problems: Vec<Problem>,
}

/// What was known in one account.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Who was let in. Files and database may both say it.
    pub(crate) approved: BTreeSet<String>,
    /// Who had a code, by sender and code.
    pub(crate) pending: BTreeMap<(String, String), PendingCode>,
    /// What is no entry at all.
    pub(crate) malformed: Vec<Malformed>,
}

/// A file in which something was found.
#[derive(Debug, Serialize)]
pub(crate) struct Source {
    /// The file, below the state directory.
    pub(crate) file: String,
    /// How many senders it lets in.
    pub(crate) approved: usize,
    /// How many codes it knows.
    pub(crate) pending: usize,
}

/// Something that could not be read.
#[derive(Debug, Serialize)]
pub(crate) struct Problem {
    /// The file, below the state directory.
    pub(crate) file: String,
    /// What is wrong with it, for people.
    pub(crate) message: String,
}

/// Something that is no entry.
#[derive(Debug)]
pub(crate) struct Malformed {
    /// Which one it is.
    pub(crate) entry: String,
    /// What is wrong with it, for people.
    pub(crate) message: String,
}

impl State {
    /// Reads all there is in a state directory.
    pub(crate) fn read(dir: &Path) -> Self {
        let mut state = Self::default();
        files::read(dir, &mut state);
        database::read(dir, &mut state);
        state
    }

    /// Nothing was found, and nothing was wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.sources.is_empty() && self.problems.is_empty()
    }

    fn known(&mut self, account: &str) -> &mut Known {
        let account = account.trim().to_lowercase();
        let account = if account.is_empty() { DEFAULT_ACCOUNT.to_owned() } else { account };
        self.accounts.entry(account).or_default()
    }

    fn approve(&mut self, account: &str, entry: String) {
        if is_too_long(&entry) {
            self.malformed(account, cut(&entry, NAME_CHARS_MAX), "too long for an id");
        } else {
            self.known(account).approved.insert(entry);
        }
    }

    fn keep_code(&mut self, account: &str, mut pending: PendingCode) {
        if is_too_long(&pending.sender) || is_too_long(&pending.code) {
            let sender = cut(&pending.sender, NAME_CHARS_MAX);
            return self.malformed(account, sender, "too long for an id and a code");
        }
        pending.name = pending.name.map(|name| cut(&name, NAME_CHARS_MAX));
        let key = (pending.sender.clone(), pending.code.clone());
        self.known(account).pending.insert(key, pending);
    }

    fn malformed(&mut self, account: &str, entry: String, message: &str) {
        let malformed = Malformed { entry, message: message.to_owned() };
        self.known(account).malformed.push(malformed);
    }

    fn found(&mut self, file: &str, approved: usize, pending: usize) {
        self.sources.push(Source { file: file.to_owned(), approved, pending });
    }

    fn problem(&mut self, file: &str, message: impl Into<String>) {
        self.problems.push(Problem { file: file.to_owned(), message: message.into() });
    }
}

/// So long that it is not even handed over.
fn is_too_long(entry: &str) -> bool {
    entry.len() > ENTRY_BYTES_MAX
}

fn cut(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}
