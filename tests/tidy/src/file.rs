//! `File`: one file of the repository, as the rules see it.

use crate::token::{self, Token};

/// One file of the repository.
#[derive(Clone, Debug)]
pub struct File {
    /// From the repository's root, with `/` between folders.
    pub path: String,
    /// What is in it; empty when it is not UTF-8.
    pub text: String,
    /// In bytes.
    pub size: u64,
    /// Whether its owner may run it. `None` where files have no such bit.
    pub executable: Option<bool>,
}

impl File {
    /// A plain text file; what the planted violations are made of.
    pub fn new(path: &str, text: &str) -> Self {
        let size = text.len() as u64;
        Self { path: path.into(), text: text.into(), size, executable: Some(false) }
    }

    /// The last part of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Whether it is Rust source.
    pub fn is_rust(&self) -> bool {
        self.extension() == Some("rs")
    }

    /// What stands after the last dot of its name.
    pub fn extension(&self) -> Option<&str> {
        self.name().rsplit_once('.').map(|(_, extension)| extension)
    }

    /// Whether it is a lock file: written by a program, full of the registry's addresses.
    pub fn is_lock(&self) -> bool {
        matches!(
            self.name(),
            "Cargo.lock" | "package-lock.json" | "npm-shrinkwrap.json" | "uv.lock" | "poetry.lock"
        )
    }

    /// Whether it was recorded or drawn by chance, not written: no rule about words holds for it.
    pub fn is_recorded(&self) -> bool {
        self.path.split('/').any(|folder| matches!(folder, "fixtures" | "corpus"))
    }

    /// Whether all of it is test code: tests, benches, examples, fuzz targets, `tests.rs`.
    pub fn is_test(&self) -> bool {
        let mut folders = self.path.split('/');
        folders.any(|f| matches!(f, "tests" | "benches" | "examples" | "fuzz" | "tests.rs"))
    }

    /// Its lines, numbered from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// Its Rust tokens in order; none when it is not Rust or does not lex (the compiler says so).
    pub(crate) fn tokens(&self) -> Vec<Token> {
        if self.is_rust() { token::flatten(&self.text) } else { Vec::new() }
    }

    /// Whether `line` ends in a plain comment, or one stands right above it, that `wanted` accepts.
    /// It gets the comment's text without the slashes.
    pub(crate) fn commented(&self, line: usize, wanted: impl Fn(&str) -> bool) -> bool {
        let lines: Vec<&str> = self.text.lines().collect();
        let Some(own) = line.checked_sub(1).and_then(|index| lines.get(index)) else {
            return false;
        };
        let trailing = own.split_once("// ").is_some_and(|(_, comment)| wanted(comment.trim()));
        let above = lines[..line - 1].iter().rev().map_while(|line| comment(line)).any(wanted);
        trailing || above
    }
}

/// The text of a line that is nothing but a plain comment.
fn comment(line: &str) -> Option<&str> {
    let text = line.trim().strip_prefix("//")?;
    (!text.starts_with(['/', '!'])).then(|| text.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_above_and_beside_are_found_and_doc_comments_are_not() {
        let text = "// first\n// second\nlet a = 1;\nlet b = 2; // third\n/// fourth\nfn c() {}\n";
        let file = File::new("core/src/a.rs", text);
        assert!(file.commented(3, |comment| comment == "first"));
        assert!(file.commented(4, |comment| comment == "third"));
        assert!(!file.commented(6, |_| true));
        assert!(!file.commented(99, |_| true));
    }

    #[test]
    fn test_code_is_known_by_its_place() {
        let is_test = |path: &str| File::new(path, "").is_test();
        assert!(is_test("tests/simulator/src/main.rs"));
        assert!(is_test("core/tests/access.rs"));
        assert!(is_test("core/src/lane/tests.rs"));
        assert!(!is_test("adapters/cli/src/main.rs"));
    }
}
