//! Core's whole tree of dependencies, by name, as `tests/tidy/core-dependencies.txt` has it.

use std::path::Path;
use std::process::Command;

use super::list::entries;
use crate::Finding;

const LIST: &str = "tests/tidy/core-dependencies.txt";

/// What core ships when it is built alone, so that other crates' features do not count.
///
/// # Panics
///
/// When cargo can't say, with cargo's own words.
pub fn load(root: &Path) -> Vec<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["tree", "--locked", "--package", "zaloxide-core", "--edges", "normal"])
        .args(["--target", "all", "--prefix", "none", "--format", "{p}"])
        .current_dir(root)
        .output()
        .unwrap_or_else(|error| panic!("cargo tree can't be run: {error}"));
    assert!(output.status.success(), "cargo tree: {}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8_lossy(&output.stdout);
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    let mut names: Vec<String> =
        names.filter(|name| !name.is_empty() && *name != "zaloxide-core").map(Into::into).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Compares the tree with the list, both ways.
pub fn check(tree: &[String], list: &str) -> Vec<Finding> {
    let listed: Vec<(usize, &str)> = entries(list).map(|(line, name, _)| (line, name)).collect();
    let end = list.lines().count() + 1;
    let new = tree.iter().filter(|name| !listed.iter().any(|(_, listed)| listed == name));
    let new = new.map(|name| {
        let message = format!(
            "core now depends on {name}, which is not listed. Is it worth it, and does it build \
             without std? Then add the line `{name}`; `cargo tree -p zaloxide-core -i {name}` \
             shows who wants it"
        );
        Finding::new(LIST, end, message)
    });
    let gone = listed.iter().filter(|(_, name)| !tree.iter().any(|known| known == name));
    let gone = gone.map(|(line, name)| {
        Finding::new(LIST, *line, format!("core no longer depends on {name}: take the line out"))
    });
    new.chain(gone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_and_a_gone_dependency_are_found() {
        let tree = ["serde".to_owned(), "syn".to_owned()];
        assert_eq!(check(&tree, "# Words.\nserde\nsyn\n"), []);
        let findings = check(&tree, "# Words.\nserde\nquote\n");
        assert_eq!(findings.iter().map(|finding| finding.line).collect::<Vec<_>>(), [4, 3]);
    }
}
