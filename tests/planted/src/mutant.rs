//! `Mutant`: a change that cargo-mutants has thought of, as its list tells it.

use std::fs;
use std::io;
use std::path::Path;

use serde::Deserialize;

/// Where something stands in a file: lines and columns count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

/// From one place to another.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Span {
    /// Its first character.
    pub start: Place,
    /// What follows on its last.
    pub end: Place,
}

/// A change.
#[derive(Clone, Debug, Deserialize)]
pub struct Mutant {
    /// Where, and what is changed, in words.
    pub name: String,
    /// The file, from the workspace's root.
    pub file: String,
    /// What is replaced.
    pub span: Span,
    /// By what.
    pub replacement: String,
    /// Of which kind it is.
    pub genre: String,
    /// Its number, from 1 on: 0 is no mutant.
    #[serde(skip)]
    pub number: u32,
}

/// Reads what `cargo mutants --list --json` has said.
///
/// # Errors
/// The file can't be read, or is no such list.
pub fn list(path: &Path) -> io::Result<Vec<Mutant>> {
    let mut mutants: Vec<Mutant> = serde_json::from_str(&fs::read_to_string(path)?)?;
    for (mutant, number) in mutants.iter_mut().zip(1..) {
        mutant.number = number;
    }
    Ok(mutants)
}

impl Mutant {
    /// The text of its file with the change in it.
    pub fn changed(&self, text: &str) -> String {
        let (start, end) = (offset(text, self.span.start), offset(text, self.span.end));
        [&text[..start], &self.replacement, &text[end..]].concat()
    }
}

fn offset(text: &str, place: Place) -> usize {
    let before: usize = text.split_inclusive('\n').take(place.line - 1).map(str::len).sum();
    let rest = text[before..].char_indices().nth(place.column - 1);
    rest.map_or(text.len(), |(column, _)| before + column)
}
