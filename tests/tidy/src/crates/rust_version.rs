//! The oldest Rust: no crate that is shipped needs a newer one than `rust-version` promises.

use super::{Crates, Origin};
use crate::Finding;

/// Looks at everything that the published crates ship.
pub fn check(crates: &Crates) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (place, each) in crates.0.iter().enumerate() {
        let Origin::Member(folder) = &each.origin else { continue };
        let manifest = format!("{folder}/Cargo.toml");
        let Some(promised) = each.rust else {
            findings.push(Finding::new(manifest, 1, "add `rust-version.workspace = true`"));
            continue;
        };
        if !each.published {
            continue;
        }
        for shipped in crates.shipped_by(place) {
            let shipped = &crates.0[shipped];
            if shipped.rust.is_some_and(|needed| needed > promised) {
                let message = format!(
                    "ships {} {}, which needs a newer Rust than `rust-version`: take an older \
                     version of it, or raise the promise",
                    shipped.name, shipped.version
                );
                findings.push(Finding::new(&manifest, 1, message));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_that_needs_a_newer_rust_is_found() {
        let mut crates =
            Crates::planted(&[("zaloxide-core", Some("core"), &["serde"]), ("serde", None, &[])]);
        assert_eq!(check(&crates)[0].message, "add `rust-version.workspace = true`");
        (crates.0[0].rust, crates.0[0].published) = (Some((1, 88)), true);
        crates.0[1].rust = Some((1, 88));
        assert_eq!(check(&crates), []);
        crates.0[1].rust = Some((1, 90));
        assert!(check(&crates)[0].message.contains("serde"));
    }
}
