//! Every dependency may be used, changed and passed on inside a closed program.

use spdx::{Expression, ParseMode};

use super::{Crates, Origin};
use crate::Finding;

/// Ours, for each crate of this repository.
const OURS: &str = "MIT OR Apache-2.0";

/// All ask for no more than their notice to be kept. Not here: MPL-2.0 and the GNU licences, which
/// ask for source.
const ALLOWED: [&str; 13] = [
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "0BSD",
    "Unlicense",
    "BSL-1.0",
    "Unicode-3.0",
    // The certificates of webpki-roots: data, not code.
    "CDLA-Permissive-2.0",
    // libFuzzer, which no package ships.
    "NCSA",
];

/// Takes conditions away from Apache-2.0, adds none.
const EXCEPTION: &str = "LLVM-exception";

/// Looks at the licence of every crate in the lock file, tests' and build tools' included.
pub fn check(crates: &Crates) -> Vec<Finding> {
    let mut findings = Vec::new();
    for each in &crates.0 {
        let licence = each.licence.as_deref();
        let message = match &each.origin {
            Origin::Member(folder) => {
                if licence != Some(OURS) {
                    let message =
                        format!("its licence is `{OURS}`: add `license.workspace = true`");
                    findings.push(Finding::new(format!("{folder}/Cargo.toml"), 1, message));
                }
                continue;
            }
            _ => licence.map_or_else(|| Err("it names no licence".into()), judge),
        };
        if let Err(why) = message {
            let message = format!(
                "{} {}: {why}. Take another crate, or, when its terms ask for a notice only, add \
                 the licence to tests/tidy/src/crates/licences.rs",
                each.name, each.version
            );
            findings.push(Finding::new("Cargo.lock", 1, message));
        }
    }
    findings
}

fn judge(licence: &str) -> Result<(), String> {
    let expression = Expression::parse_mode(licence, ParseMode::LAX)
        .map_err(|error| format!("`{licence}` is no licence expression: {}", error.reason))?;
    let allowed = expression.evaluate(|asked| {
        let name = asked.license.id().is_some_and(|id| ALLOWED.contains(&id.name));
        let addition = asked.addition.as_ref().is_none_or(|addition| {
            addition.id().is_some_and(|exception| exception.name == EXCEPTION)
        });
        name && addition
    });
    allowed.then_some(()).ok_or_else(|| format!("`{licence}` is not among the allowed licences"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_evaluated() {
        for licence in [
            "MIT",
            "MIT/Apache-2.0",
            "MIT OR GPL-3.0-only",
            "(MIT OR LGPL-2.1-or-later) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception",
        ] {
            assert_eq!(judge(licence), Ok(()), "{licence}");
        }
        for licence in [
            "GPL-3.0-only",
            "MIT AND GPL-3.0-only",
            "MPL-2.0",
            "Apache-2.0 WITH Classpath-exception-2.0",
            "MIT OR OR",
            "Proprietary",
        ] {
            assert!(judge(licence).is_err(), "{licence}");
        }
    }

    #[test]
    fn a_crate_without_a_licence_is_found() {
        let mut crates = Crates::planted(&[("a", None, &[]), ("b", Some("core"), &[])]);
        crates.0[0].licence = None;
        let found: Vec<String> = check(&crates).into_iter().map(|finding| finding.path).collect();
        assert_eq!(found, ["Cargo.lock", "core/Cargo.toml"]);
    }
}
