//! Every crate has the workspace's lints; a lint that is relaxed there says why.

use crate::{File, Finding};

/// Their macros write `unsafe` code, which the workspace's lints forbid outright.
const OWN_LINTS: [&str; 2] = ["bindings/", "tests/nostd/"];

/// Looks at `Cargo.toml` files.
pub fn check(file: &File) -> Vec<Finding> {
    match file.path.as_str() {
        "Cargo.toml" => relaxed(file),
        path if file.name() == "Cargo.toml"
            && !OWN_LINTS.iter().any(|own| path.starts_with(own)) =>
        {
            inherited(file)
        }
        _ => Vec::new(),
    }
}

fn inherited(file: &File) -> Vec<Finding> {
    let message = match file.text.parse::<toml::Table>() {
        Ok(table) => {
            let lints = table.get("lints").and_then(|lints| lints.get("workspace"));
            if lints.and_then(toml::Value::as_bool) == Some(true) {
                return Vec::new();
            }
            "add `[lints] workspace = true`".into()
        }
        Err(error) => format!("does not parse: {}", error.message()),
    };
    vec![Finding::new(&file.path, 1, message)]
}

fn relaxed(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (mut lints, mut explained) = (false, false);
    for (number, line) in file.lines() {
        let line = line.trim();
        if line.starts_with('[') {
            lints = line.starts_with("[workspace.lints");
        }
        if lints && line.contains("\"allow\"") && !explained {
            let message = "a lint is relaxed: say why, in a comment right above";
            findings.push(Finding::new(&file.path, number, message));
        }
        explained = line.strip_prefix('#').is_some_and(|comment| !comment.trim().is_empty());
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_without_the_lints_is_found() {
        let text = "[package]\nname = \"a\"\n";
        assert_eq!(check(&File::new("adapters/store/Cargo.toml", text)).len(), 1);
        assert_eq!(check(&File::new("adapters/store/Cargo.toml", "[package\n")).len(), 1);
        assert_eq!(check(&File::new("bindings/node/Cargo.toml", text)), []);
        let text = format!("{text}[lints]\nworkspace = true\n");
        assert_eq!(check(&File::new("adapters/store/Cargo.toml", &text)), []);
    }

    #[test]
    fn a_lint_relaxed_without_a_reason_is_found() {
        let text = "[workspace.lints.clippy]\n# Because.\na = \"allow\"\nb = \"allow\"\n";
        assert_eq!(check(&File::new("Cargo.toml", text))[0].line, 4);
        let text = "[profile.dev]\na = \"allow\"\n";
        assert_eq!(check(&File::new("Cargo.toml", text)), []);
    }
}
