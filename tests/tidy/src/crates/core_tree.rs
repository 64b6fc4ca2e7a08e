//! Core's whole tree of dependencies, by name, as `tests/tidy/core-dependencies.txt` has it.

use std::path::Path;

use super::cargo_tree::names;
use super::list::entries;
use crate::Finding;

const LIST: &str = "tests/tidy/core-dependencies.txt";

/// What core ships when it is built alone, so that other crates' features do not count.
///
/// # Panics
///
/// When cargo can't say, with cargo's own words.
pub fn load(root: &Path) -> Vec<String> {
    names(root, "zaloxide-core", &["--edges", "normal", "--target", "all"]).into_iter().collect()
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
