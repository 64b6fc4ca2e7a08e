//! Lock files: everything comes from the one registry, and no two of them disagree.

use std::collections::BTreeSet;

use crate::{File, Finding};

/// Written in halves: see `subject`.
const REGISTRY: [&str; 2] = ["registry+https://github.com/rust-lang/crates", ".io-index"];

/// No git repository, no other registry, in any `Cargo.lock`.
pub fn check(file: &File) -> Vec<Finding> {
    if file.name() != "Cargo.lock" {
        return Vec::new();
    }
    let sources = file.lines().filter_map(|(number, line)| {
        let source = line.strip_prefix("source = \"")?.strip_suffix('"')?;
        (source != REGISTRY.concat()).then(|| {
            let message = format!("`{source}`: take a published version instead");
            Finding::new(&file.path, number, message)
        })
    });
    sources.collect()
}

/// What another lock file pins is what the root pins: the proof of `tests/nostd` is about what is shipped.
pub fn check_agree(root: &File, other: &File) -> Vec<Finding> {
    let pinned: BTreeSet<(&str, &str)> = packages(root).map(|(_, name, at)| (name, at)).collect();
    let own = |name: &str| name.starts_with("zaloxide");
    let strangers = packages(other)
        .filter(|(_, name, version)| !own(name) && !pinned.contains(&(*name, *version)));
    strangers
        .map(|(line, name, version)| {
            let message = format!(
                "{name} {version} is not what the root's Cargo.lock pins: in its folder, \
                 `cargo update {name} --precise <the root's version>`"
            );
            Finding::new(&other.path, line, message)
        })
        .collect()
}

/// The line, name and version of each package.
fn packages(file: &File) -> impl Iterator<Item = (usize, &str, &str)> {
    let lines = file.lines().zip(file.text.lines().skip(1));
    lines.filter_map(|((number, line), next)| {
        let name = line.strip_prefix("name = \"")?.strip_suffix('"')?;
        let version = next.strip_prefix("version = \"")?.strip_suffix('"')?;
        Some((number, name, version))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_outside_the_registry_is_found() {
        let text = format!("source = \"{}\"\nsource = \"git+https://a/b#c\"\n", REGISTRY.concat());
        assert_eq!(check(&File::new("tests/nostd/Cargo.lock", &text))[0].line, 2);
    }

    #[test]
    fn lock_files_that_disagree_are_found() {
        let lock = |version: &str| format!("[[package]]\nname = \"a\"\nversion = \"{version}\"\n");
        let root = File::new("Cargo.lock", &lock("1.0.0"));
        let other = |version| File::new("tests/nostd/Cargo.lock", &lock(version));
        assert_eq!(check_agree(&root, &other("1.0.1"))[0].line, 2);
        assert_eq!(check_agree(&root, &other("1.0.0")), []);
    }
}
