//! What a bare `cargo build` and `cargo run` find, and what a published crate says of itself.

use super::Crates;
use crate::Finding;

/// `cargo run -- dev` needs the one program; the bindings would link an interpreter.
pub fn check(crates: &Crates) -> Vec<Finding> {
    let mut findings = Vec::new();
    let default = || crates.members().filter(|(each, _)| each.default);
    let programs: usize = default().map(|(each, _)| each.programs).sum();
    let cli = crates.members().any(|(_, folder)| folder == "adapters/cli");
    if programs > 1 || (cli && programs == 0) {
        let message = format!(
            "default-members build {programs} programs: `cargo run` needs exactly one, adapters/cli's"
        );
        findings.push(Finding::new("Cargo.toml", 1, message));
    }
    for (_, folder) in default() {
        if folder != "core" && !folder.starts_with("adapters/") {
            let message = format!("{folder} is in default-members: only core and adapters are");
            findings.push(Finding::new("Cargo.toml", 1, message));
        }
    }
    for (each, folder) in crates.members() {
        let mut find =
            |message| findings.push(Finding::new(format!("{folder}/Cargo.toml"), 1, message));
        let ships = folder == "core" || folder.starts_with("adapters/");
        if each.published && !ships && !folder.starts_with("bindings/") {
            find("add `publish = false`: only core, adapters and bindings are published".into());
        }
        if each.published && ships {
            for field in &each.blank {
                find(format!("a published crate has `{field}`: add it"));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn house() -> Crates {
        let mut crates = Crates::planted(&[
            ("zaloxide-core", Some("core"), &[]),
            ("zaloxide-cli", Some("adapters/cli"), &[]),
            ("zaloxide-simulator", Some("tests/simulator"), &[]),
        ]);
        (crates.0[0].default, crates.0[1].default) = (true, true);
        (crates.0[1].programs, crates.0[2].programs) = (1, 1);
        crates
    }

    #[test]
    fn a_second_program_is_found() {
        assert_eq!(check(&house()), []);
        let mut crates = house();
        crates.0[2].default = true;
        assert_eq!(check(&crates).len(), 2, "a program more, and not a default member's folder");
        crates = house();
        crates.0[1].default = false;
        assert_eq!(check(&crates).len(), 1, "no program at all");
    }

    #[test]
    fn what_is_published_is_described_and_tests_are_not_published() {
        let mut crates = house();
        crates.0[2].published = true;
        assert_eq!(check(&crates)[0].path, "tests/simulator/Cargo.toml");
        crates = house();
        (crates.0[0].published, crates.0[0].blank) = (true, vec!["readme"]);
        assert_eq!(check(&crates)[0].path, "core/Cargo.toml");
    }
}
