//! A lint that is switched off in the code says why.

use crate::token::matches;
use crate::{File, Finding};

/// Each `allow` and `expect` attribute has a `reason = ".."`, or a plain comment above or beside.
pub fn check(file: &File) -> Vec<Finding> {
    let tokens = file.tokens();
    let mut findings = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let level = matches!(token.text.as_str(), "allow" | "expect");
        let opens = at > 0 && matches!(tokens[at - 1].text.as_str(), "[" | ",");
        // `[` may open an array as well: an attribute has its `#` within two marks before it.
        let attribute = (2..=at.min(12)).any(|back| {
            matches(&tokens, at - back, &["#", "["])
                || matches(&tokens, at - back, &["#", "!", "["])
        });
        if !(level && opens && attribute && matches(&tokens, at + 1, &["("])) {
            continue;
        }
        let inside = tokens[at..].iter().take_while(|token| token.text != "]");
        let reason = inside.into_iter().any(|token| token.text == "reason");
        if !reason && !file.commented(token.line, |comment| !comment.is_empty()) {
            let message = format!("`{}` without a `reason = \"..\"`", token.text);
            findings.push(Finding::new(&file.path, token.line, message));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(source: &str) -> Vec<usize> {
        check(&File::new("core/src/a.rs", source)).iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn silent_allowances_are_found() {
        assert_eq!(lines("#![allow(dead_code)]\n#[expect(dead_code)]\nfn a() {}"), [1, 2]);
        assert_eq!(lines("#[cfg_attr(test, allow(dead_code))]\nfn a() {}"), [1]);
        assert_eq!(lines("/// Words.\n#[allow(dead_code)]\nfn a() {}"), [2], "docs are no reason");
        assert_eq!(lines("#[allow(dead_code, reason = \"b\")]\nfn a() {}"), [0; 0]);
        assert_eq!(lines("// As b wants it.\n#[allow(dead_code)]\nfn a() {}"), [0; 0]);
        assert_eq!(lines("fn a() { [allow(b), expect(c)]; d.expect(\"d\"); }"), [0; 0]);
    }
}
