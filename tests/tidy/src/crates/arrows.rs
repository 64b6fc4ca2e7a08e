//! The arrows of the house: who may know whom.
//!
//! `core <- {polling, webhook, store} <- gateway <- cli <- bindings`, `core <- emulator <- {cli,
//! gateway}`. Adapters do not know each other.

use super::{Crates, Kind, Origin};
use crate::Finding;

/// A folder, and the folders of this repository that it may ship.
const ARROWS: [(&str, &[&str]); 13] = [
    ("core", &[]),
    ("core/examples", &["core"]),
    ("adapters/polling", &["core"]),
    ("adapters/webhook", &["core"]),
    ("adapters/store", &["core"]),
    ("adapters/emulator", &["core"]),
    (
        "adapters/gateway",
        &["core", "adapters/polling", "adapters/webhook", "adapters/store", "adapters/emulator"],
    ),
    (
        "adapters/cli",
        &[
            "core",
            "adapters/polling",
            "adapters/webhook",
            "adapters/store",
            "adapters/gateway",
            "adapters/emulator",
        ],
    ),
    ("bindings/python", &["core", "adapters/gateway", "adapters/emulator", "adapters/cli"]),
    ("bindings/node", &["core", "adapters/gateway", "adapters/emulator", "adapters/cli"]),
    // A driver of its own: it stands beside the adapters, not on them.
    ("tests/simulator", &["core"]),
    ("tests/conformance", &["core"]),
    ("fuzz", &["core", "tests/simulator", "adapters/webhook", "adapters/gateway"]),
];

/// Tests of any crate may talk to the emulator; core's own know nobody.
const DEV: &[&str] = &["core", "adapters/emulator"];

/// Looks at each link between two crates of this repository.
pub fn check(crates: &Crates) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (from, folder) in crates.members() {
        let manifest = format!("{folder}/Cargo.toml");
        let row = ARROWS.iter().find(|(known, _)| *known == folder);
        let Some((_, may)) = row else {
            if !folder.starts_with("tests/") {
                let message = "a crate without its row in tests/tidy/src/crates/arrows.rs: add it";
                findings.push(Finding::new(manifest, 1, message));
            }
            continue;
        };
        for link in &from.links {
            let Origin::Member(to) = &crates.0[link.to].origin else { continue };
            let dev = link.kind == Kind::Dev && folder != "core" && DEV.contains(&to.as_str());
            if !may.contains(&to.as_str()) && !dev {
                let message =
                    format!("{folder} must not know {to}: move what it needs, or turn the arrow");
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
    fn an_arrow_against_the_stream_is_found() {
        let house = |links: &[&str]| {
            Crates::planted(&[
                ("zaloxide-core", Some("core"), &[]),
                ("zaloxide-store", Some("adapters/store"), &["zaloxide-core"]),
                ("zaloxide-polling", Some("adapters/polling"), links),
                ("zaloxide-simulator", Some("tests/simulator"), &[]),
            ])
        };
        assert_eq!(check(&house(&["zaloxide-core"])), []);
        assert_eq!(check(&house(&["zaloxide-store"])).len(), 1);
        assert_eq!(check(&house(&["zaloxide-simulator"])).len(), 1);
    }

    #[test]
    fn tests_may_talk_to_the_emulator_but_not_those_of_core() {
        let mut house = Crates::planted(&[
            ("zaloxide-core", Some("core"), &["zaloxide-emulator"]),
            ("zaloxide-polling", Some("adapters/polling"), &["zaloxide-emulator"]),
            ("zaloxide-emulator", Some("adapters/emulator"), &[]),
        ]);
        assert_eq!(check(&house).len(), 2);
        house.0.iter_mut().flat_map(|each| &mut each.links).for_each(|link| link.kind = Kind::Dev);
        let findings = check(&house);
        assert_eq!((findings.len(), findings[0].path.as_str()), (1, "core/Cargo.toml"));
    }

    #[test]
    fn a_new_crate_needs_its_row() {
        let house = Crates::planted(&[("zaloxide-new", Some("adapters/new"), &[])]);
        assert_eq!(check(&house).len(), 1);
    }
}
