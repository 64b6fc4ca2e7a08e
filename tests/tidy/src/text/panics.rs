//! Shipped code does not panic on what comes from outside.
//!
//! In `core/src` and `adapters/*/src`, outside tests, `unwrap`, `expect`, `panic!` and
//! `unreachable!` need the reason why they can't happen, as a plain comment that begins with
//! `proven:`, at the end of the line, right above it, or right above the statement:
//!
//! ```text
//! // proven: the index is masked to five bits, and the alphabet has 32 letters
//! let letter = ALPHABET.get(index & 31).unwrap();
//! ```

use crate::token::{Token, matches};
use crate::{File, Finding};

const METHODS: [&str; 4] = ["unwrap", "expect", "unwrap_err", "expect_err"];
const MACROS: [&str; 2] = ["panic", "unreachable"];

/// Looks at core and the adapters, outside tests.
pub fn check(file: &File) -> Vec<Finding> {
    let shipped = match file.path.split('/').collect::<Vec<_>>().as_slice() {
        ["core" | "adapters", rest @ ..] => rest.contains(&"src"),
        _ => false,
    };
    if !shipped || file.is_test() {
        return Vec::new();
    }
    let tokens = file.tokens();
    let mut findings = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if token.test || !panics(&tokens, at) {
            continue;
        }
        let proven = |line| {
            file.commented(line, |comment| {
                comment.strip_prefix("proven:").is_some_and(|why| !why.trim().is_empty())
            })
        };
        if !proven(token.line) && !proven(token.begins) {
            let message = format!(
                "`{}` outside tests: return an error, or say in a comment `// proven: ..` why it \
                 can't happen",
                token.text
            );
            findings.push(Finding::new(&file.path, token.line, message));
        }
    }
    findings
}

fn panics(tokens: &[Token], at: usize) -> bool {
    let text = tokens[at].text.as_str();
    let before = |back: usize, wanted: &[&str]| {
        at.checked_sub(back).is_some_and(|from| matches(tokens, from, wanted))
    };
    if MACROS.contains(&text) {
        return matches(tokens, at + 1, &["!"]);
    }
    // A parser's own `self.expect(token)` is not the one that panics.
    let method = before(1, &["."]) && matches(tokens, at + 1, &["("]) && !before(2, &["self", "."]);
    METHODS.contains(&text) && (method || before(2, &[":", ":"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(source: &str) -> Vec<usize> {
        let file = File::new("adapters/store/src/a.rs", source);
        check(&file).iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn panics_without_a_proof_are_found() {
        assert_eq!(lines("fn a() {\n  b.unwrap();\n  c.expect(\"c\");\n}"), [2, 3]);
        assert_eq!(lines("fn a() { b.map(Option::unwrap) }"), [1]);
        assert_eq!(lines("fn a() { f!(b.unwrap()) }"), [1]);
        assert_eq!(lines("fn a() { panic!() }\nfn b() { unreachable!(\"b\") }"), [1, 2]);
        assert_eq!(lines("// proven:\nfn a() { b.unwrap() }"), [2], "a proof has words");
        assert_eq!(lines("// surely fine\nfn a() { b.unwrap() }"), [2]);
    }

    #[test]
    fn a_proof_stands_beside_above_or_before_the_statement() {
        assert_eq!(lines("fn a() {\n  b.unwrap(); // proven: b is Some\n}"), [0; 0]);
        assert_eq!(lines("fn a() {\n  // proven: b is\n  // Some\n  b.unwrap();\n}"), [0; 0]);
        assert_eq!(
            lines("fn a() {\n  // proven: b\n  let c = b\n    .d()\n    .unwrap();\n}"),
            [0; 0]
        );
    }

    #[test]
    fn tests_and_what_only_sounds_alike_are_free() {
        assert_eq!(lines("#[cfg(test)]\nmod tests { fn a() { b.unwrap() } }"), [0; 0]);
        assert_eq!(lines("fn a() { b.unwrap_or(1); self.expect(Token::Comma); }"), [0; 0]);
        assert_eq!(lines("#[expect(dead_code, reason = \"a\")]\nfn a() {}"), [0; 0]);
        assert_eq!(check(&File::new("tests/simulator/src/a.rs", "fn a() { b.unwrap() }")), []);
        assert_eq!(check(&File::new("core/tests/a.rs", "fn a() { b.unwrap() }")), []);
    }
}
