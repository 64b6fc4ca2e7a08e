//! One version of each crate in what is shipped; what can't be helped stands in
//! `tests/tidy/duplicates.txt`, with its reason.

use std::collections::{BTreeMap, BTreeSet};

use super::list::entries;
use super::{Crates, Origin};
use crate::Finding;

const LIST: &str = "tests/tidy/duplicates.txt";

/// Looks at what the crates outside `tests/` and `fuzz/` ship.
pub fn check(crates: &Crates, list: &str) -> Vec<Finding> {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (start, each) in crates.0.iter().enumerate() {
        let Origin::Member(folder) = &each.origin else { continue };
        if folder.starts_with("tests/") || folder.starts_with("fuzz") {
            continue;
        }
        for place in crates.shipped_by(start) {
            let shipped = &crates.0[place];
            versions.entry(&shipped.name).or_default().insert(&shipped.version);
        }
    }
    versions.retain(|_, versions| versions.len() > 1);
    let mut findings = Vec::new();
    for (line, name, reason) in entries(list) {
        if reason.is_empty() {
            let message = format!("{name}: say why, as `{name}: reason`");
            findings.push(Finding::new(LIST, line, message));
        }
        if versions.remove(name).is_none() {
            let message = format!("{name} is there once, or not at all: take the line out");
            findings.push(Finding::new(LIST, line, message));
        }
    }
    for (name, versions) in versions {
        let versions: Vec<&str> = versions.into_iter().collect();
        let message = format!(
            "{name} is shipped as {}: bring its users together (`cargo tree -d -e normal`), or add \
             `{name}: reason` to {LIST}",
            versions.join(" and ")
        );
        findings.push(Finding::new("Cargo.lock", 1, message));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_versions_need_their_reason_and_a_stale_reason_goes() {
        let mut crates = Crates::planted(&[
            ("zaloxide", Some("adapters/gateway"), &["first", "second"]),
            ("first", None, &[]),
            ("second", None, &[]),
        ]);
        assert_eq!(check(&crates, ""), []);
        assert_eq!(check(&crates, "first: met twice\n")[0].path, LIST);
        crates.0[2].name = "first".into();
        crates.0[2].version = "2.0.0".into();
        assert_eq!(check(&crates, "")[0].path, "Cargo.lock");
        assert_eq!(check(&crates, "first\n").len(), 1);
        assert_eq!(check(&crates, "# Words.\nfirst: its users have not met\n"), []);
        crates.0[0].origin = Origin::Member("tests/bench".into());
        assert_eq!(check(&crates, ""), []);
    }
}
