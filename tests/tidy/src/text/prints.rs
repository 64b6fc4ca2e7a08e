//! Shipped code does not print: `println!` ends the process on a closed pipe or a full disk.
//!
//! Programs write to a locked handle and look at the error. Tests, benches, examples, build scripts
//! and the crates under `tests/` may print.

use crate::token::matches;
use crate::{File, Finding};

const MACROS: [&str; 4] = ["println", "eprintln", "print", "eprint"];

/// Looks at Rust code outside tests.
pub fn check(file: &File) -> Vec<Finding> {
    if file.is_test() || file.name() == "build.rs" {
        return Vec::new();
    }
    let tokens = file.tokens();
    let mut findings = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let prints = MACROS.contains(&token.text.as_str()) && matches(&tokens, at + 1, &["!"]);
        if prints && !token.test {
            let message = format!(
                "`{}!` panics when its reader is gone: write to a handle with `writeln!` and \
                 answer the error",
                token.text
            );
            findings.push(Finding::new(&file.path, token.line, message));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "//! A\n/// println!(\"doc\");\nfn a() { println!(\"a\"); }\n\
                          #[cfg(test)]\nmod tests { fn b() { eprintln!(\"b\"); } }\n";

    #[test]
    fn prints_in_shipped_code_are_found() {
        let findings = check(&File::new("adapters/cli/src/run.rs", SOURCE));
        assert_eq!(findings.iter().map(|finding| finding.line).collect::<Vec<_>>(), [3]);
        for path in ["tests/simulator/src/main.rs", "core/examples/a.rs", "bindings/node/build.rs"]
        {
            assert_eq!(check(&File::new(path, SOURCE)), [], "{path}");
        }
    }
}
