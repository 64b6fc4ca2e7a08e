//! Crates that are kept out, each with its reason.

use super::Crates;
use crate::Finding;

/// A name, and why it stays out of the whole tree.
const BANNED: [(&str, &str); 17] = [
    ("openssl", "TLS is rustls: one stack, no system library"),
    ("openssl-sys", "TLS is rustls: one stack, no system library"),
    ("native-tls", "TLS is rustls: one stack on every system"),
    ("reqwest", "outgoing HTTP is ureq's: one stack for every byte out"),
    ("isahc", "outgoing HTTP is ureq's: one stack for every byte out"),
    ("wiremock", "the emulator is the server that tests talk to"),
    ("async-std", "discontinued; the runtime is tokio, where one is needed"),
    ("backoff", "unmaintained; when to try again is decided in core"),
    ("serde_yaml", "unmaintained; the configuration is JSON5"),
    ("serde_json5", "reads 900 into a u8 as 255, silently; json5 does not"),
    ("chrono", "core counts milliseconds; where a calendar is needed, jiff"),
    ("atty", "unmaintained, unsound; std has IsTerminal"),
    ("structopt", "became part of clap 4"),
    ("ansi_term", "unmaintained; anstyle"),
    ("term_size", "unmaintained; terminal_size"),
    ("instant", "unmaintained; time is an argument here"),
    ("sqlx", "its libsqlite3-sys can't stand beside rusqlite's"),
];

/// A name, and why no crate of this repository names it itself. Below others it may be.
const BANNED_HERE: [(&str, &str); 4] = [
    ("lazy_static", "std has LazyLock"),
    ("once_cell", "std has OnceLock and LazyLock"),
    ("anyhow", "errors are types that say what failed, where, and what to do"),
    ("rand", "core draws from its seed with chacha20; adapters take seeds from getrandom"),
];

/// Looks at the whole tree, and at what members name.
pub fn check(crates: &Crates) -> Vec<Finding> {
    let mut findings = Vec::new();
    let reason = |list: &[(&str, &'static str)], name: &str| {
        list.iter().find(|(banned, _)| *banned == name).map(|(_, reason)| *reason)
    };
    for each in &crates.0 {
        let old_time = (each.name == "time" && each.version.starts_with("0.1."))
            .then_some("unsound before 0.2: RUSTSEC-2020-0071");
        if let Some(reason) = reason(&BANNED, &each.name).or(old_time) {
            let who = crates.0.iter().filter(|from| {
                from.links.iter().any(|link| std::ptr::eq(&raw const crates.0[link.to], each))
            });
            let who: Vec<&str> = who.map(|from| from.name.as_str()).collect();
            let message = format!(
                "{} {} is banned: {reason}. Wanted by {}; `cargo tree -i {}` shows the way",
                each.name,
                each.version,
                who.join(", "),
                each.name
            );
            findings.push(Finding::new("Cargo.lock", 1, message));
        }
    }
    for (member, folder) in crates.members() {
        for link in &member.links {
            let name = &crates.0[link.to].name;
            if let Some(reason) = reason(&BANNED_HERE, name) {
                let message = format!("{name} is not named here: {reason}");
                findings.push(Finding::new(format!("{folder}/Cargo.toml"), 1, message));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_banned_crate_is_found_wherever_it_is() {
        let crates = Crates::planted(&[
            ("zaloxide-core", Some("core"), &["between"]),
            ("between", None, &["openssl", "lazy_static"]),
            ("openssl", None, &[]),
            ("lazy_static", None, &[]),
        ]);
        let findings = check(&crates);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].message.contains("Wanted by between"), "{}", findings[0]);
    }

    #[test]
    fn a_crate_with_a_successor_in_std_is_found_where_it_is_named() {
        let crates = Crates::planted(&[
            ("zaloxide-core", Some("core"), &["lazy_static"]),
            ("lazy_static", None, &[]),
        ]);
        assert_eq!(check(&crates)[0].path, "core/Cargo.toml");
    }

    #[test]
    fn time_is_judged_by_its_version() {
        let mut crates = Crates::planted(&[("time", None, &[])]);
        assert_eq!(check(&crates), []);
        crates.0[0].version = "0.1.45".into();
        assert_eq!(check(&crates).len(), 1);
    }
}
