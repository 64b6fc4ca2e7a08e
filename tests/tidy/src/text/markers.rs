//! Nothing is left for later in the tree: no notes to oneself, no stubs, no debug prints.

use crate::token::matches;
use crate::{File, Finding};

/// Written in halves, here and below, so that the rule does not find itself.
const NOTES: [[&str; 2]; 3] = [["TO", "DO"], ["FIX", "ME"], ["XX", "X"]];
const STUBS: [&str; 3] = ["todo", "unimplemented", "dbg"];

/// Notes are looked for in every text file, stubs in Rust code, tests included.
pub fn check(file: &File) -> Vec<Finding> {
    if file.is_lock() || file.is_recorded() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (number, line) in file.lines() {
        let words = line.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        if let Some(word) = words.into_iter().find(|word| NOTES.iter().any(|n| n.concat() == *word))
        {
            let message = format!("`{word}`: do it now, or take the note out of the tree");
            findings.push(Finding::new(&file.path, number, message));
        }
    }
    let tokens = file.tokens();
    for (at, token) in tokens.iter().enumerate() {
        if STUBS.contains(&token.text.as_str()) && matches(&tokens, at + 1, &["!"]) {
            let message = format!("`{}!`: write what belongs here", token.text);
            findings.push(Finding::new(&file.path, token.line, message));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_and_stubs_are_found() {
        let note = format!("# A script\n# {}: later\n", NOTES[0].concat());
        assert_eq!(check(&File::new("tests/a.sh", &note))[0].line, 2);
        let source = "//! A\nfn a() { todo!() }\nfn b(x: u8) -> u8 { dbg!(x) }\n// a todo list\n";
        let lines: Vec<usize> =
            check(&File::new("core/src/a.rs", source)).iter().map(|finding| finding.line).collect();
        assert_eq!(lines, [2, 3]);
        assert_eq!(check(&File::new("core/src/a.rs", "//! 0xXXXX\nfn todo() {}\n")), []);
    }
}
