//! `Bug`: one line of the core, and what somebody could have written instead.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// A bug to be planted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bug {
    /// What it does wrong, in a few words.
    pub name: String,
    /// Where, from the repository's root.
    pub file: String,
    /// What stands there, exactly once.
    pub before: String,
    /// What stands there instead.
    pub after: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    bug: Vec<Bug>,
}

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All bugs, in the order of the list.
///
/// # Panics
/// When the list can't be read: it is part of this program.
pub fn all() -> Vec<Bug> {
    let text = include_str!("../bugs.toml");
    let list: List = toml::from_str(text).unwrap_or_else(|error| panic!("bugs.toml: {error}"));
    list.bug
}

impl Bug {
    /// The file with the bug in it.
    ///
    /// # Errors
    /// The file is not there, or `before` does not stand in it exactly once.
    pub fn planted(&self, root: &Path) -> io::Result<String> {
        let text = fs::read_to_string(root.join(&self.file))?;
        let times = text.matches(&self.before).count();
        if times != 1 {
            let what = format!("{}: `before` stands {times} times in {}", self.name, self.file);
            return Err(io::Error::other(what));
        }
        Ok(text.replacen(&self.before, &self.after, 1))
    }
}
