//! Names are the field's nouns: no `mod.rs`, no word that says nothing.

use crate::{File, Finding};

/// Each fits any type, and so tells nothing of this one.
const EMPTY: [&str; 6] = ["manager", "managers", "helper", "helpers", "util", "utils"];

/// Looks at file names, and at the names of types and modules in Rust files.
pub fn check(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    if file.name() == "mod.rs" {
        findings.push(Finding::new(&file.path, 1, "name it after its folder: `lane.rs`, `lane/`"));
    }
    if let Some(word) = empty_word(file.name()) {
        findings.push(Finding::new(&file.path, 1, format!("`{word}` says nothing: {ADVICE}")));
    }
    for pair in file.tokens().windows(2) {
        let declares =
            matches!(pair[0].text.as_str(), "struct" | "enum" | "union" | "trait" | "type" | "mod");
        if let Some(word) = empty_word(&pair[1].text).filter(|_| declares) {
            let message = format!("`{}`: `{word}` says nothing: {ADVICE}", pair[1].text);
            findings.push(Finding::new(&file.path, pair[1].line, message));
        }
    }
    findings
}

const ADVICE: &str = "name it for what it is or owns";

/// The first empty word in a name, whether it is written `snake_case` or `CamelCase`.
fn empty_word(name: &str) -> Option<String> {
    let mut words = vec![String::new()];
    for letter in name.chars() {
        if letter.is_uppercase() || !letter.is_alphanumeric() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
    }
    words.into_iter().find(|word| EMPTY.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_names_are_found() {
        for path in ["core/src/lane/mod.rs", "core/src/utils.rs", "adapters/cli/src/io_helper.rs"] {
            assert_eq!(check(&File::new(path, "")).len(), 1, "{path}");
        }
        let source = "struct LaneManager;\nenum HelperKind {}\nmod util {}\nfn manager() {}\n";
        let lines: Vec<usize> =
            check(&File::new("core/src/a.rs", source)).iter().map(|finding| finding.line).collect();
        assert_eq!(lines, [1, 2, 3]);
        assert_eq!(check(&File::new("core/src/utility_bill.rs", "struct Managed;")), []);
    }
}
