//! What each feature of the crate `zaloxide` pulls in, by name, as `tests/tidy/features.txt` has it.

use std::collections::BTreeSet;
use std::path::Path;

use super::cargo_tree::names;
use super::list::entries;
use crate::Finding;

const LIST: &str = "tests/tidy/features.txt";
/// The crate without any feature.
const NONE: &str = "none";

/// A set of features, separated by commas, and the crates that it ships.
pub type Tree = (String, BTreeSet<String>);

/// What each line of the list asks about: a set of features, and what it ships on Linux.
///
/// # Panics
///
/// When cargo can't say, with cargo's own words.
pub fn load(root: &Path, list: &str) -> Vec<Tree> {
    entries(list).map(|(_, features, _)| (features.to_owned(), tree(root, features))).collect()
}

fn tree(root: &Path, features: &str) -> BTreeSet<String> {
    let features = if features == NONE { "" } else { features };
    let of = ["--no-default-features", "--features", features];
    let on = ["--edges", "normal,build", "--target", "x86_64-unknown-linux-gnu"];
    names(root, "zaloxide", &[of.as_slice(), &on].concat())
}

/// Compares each set with its line, both ways. A line names what the set ships beside `none`, whose
/// own line names all.
pub fn check(trees: &[Tree], list: &str) -> Vec<Finding> {
    let bare = trees.iter().find(|(features, _)| features == NONE).map(|(_, tree)| tree.clone());
    let bare = bare.unwrap_or_default();
    let mut findings = Vec::new();
    for ((line, features, listed), (_, tree)) in entries(list).zip(trees) {
        let listed: BTreeSet<&str> = listed.split_whitespace().collect();
        let added = tree.iter().map(String::as_str);
        let added: BTreeSet<&str> =
            added.filter(|name| features == NONE || !bare.contains(*name)).collect();
        if listed != added {
            let new: Vec<&str> = added.difference(&listed).copied().collect();
            let gone: Vec<&str> = listed.difference(&added).copied().collect();
            let all: Vec<&str> = added.into_iter().collect();
            let message = format!(
                "the feature `{features}` of zaloxide pulls in, not listed: [{}]; and no longer: \
                 [{}]. Is that meant? Then the line is `{features}: {}`",
                new.join(" "),
                gone.join(" "),
                all.join(" ")
            );
            findings.push(Finding::new(LIST, line, message));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_feature_pulls_in_beside_what_is_there_anyway_is_compared() {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let trees = [("none".into(), set(&["serde"])), ("tls".into(), set(&["serde", "rustls"]))];
        assert_eq!(check(&trees, "# Words.\nnone: serde\ntls: rustls\n"), []);
        let findings = check(&trees, "none: serde\ntls: ring\n");
        assert_eq!((findings.len(), findings[0].line), (1, 2));
        assert!(findings[0].message.contains("[rustls]"), "{}", findings[0]);
    }
}
