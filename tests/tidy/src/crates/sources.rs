//! Everything comes from the one registry or from this repository.

use super::{Crates, Origin};
use crate::Finding;

/// A git repository or a path outside can vanish, and can't be published against.
pub fn check(crates: &Crates) -> Vec<Finding> {
    let strangers = crates.0.iter().filter_map(|each| match &each.origin {
        Origin::Elsewhere(from) => {
            let message = format!("{} comes from {from}: take a published version", each.name);
            Some(Finding::new("Cargo.lock", 1, message))
        }
        _ => None,
    });
    strangers.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_from_elsewhere_is_found() {
        let mut crates = Crates::planted(&[("a", None, &[])]);
        assert_eq!(check(&crates), []);
        crates.0[0].origin = Origin::Elsewhere("git+https://example.com/a".into());
        assert_eq!(check(&crates).len(), 1);
    }
}
