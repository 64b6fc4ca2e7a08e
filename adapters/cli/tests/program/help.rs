//! Help: worth reading, and stable.

use std::fmt::Write;

use crate::place::Place;

/// Every command there is.
const COMMANDS: &[&str] = &[
    "",
    "dev",
    "emulator",
    "run",
    "config",
    "config check",
    "config schema",
    "config reload",
    "channels",
    "channels status",
    "channels capabilities",
    "webhook",
    "webhook info",
    "webhook set",
    "webhook delete",
    "webhook test",
    "doctor",
    "logs",
    "pairing",
    "pairing list",
    "pairing approve",
    "pairing reject",
    "pairing revoke",
    "pairing history",
    "forget",
    "message",
    "message send",
    "turns",
    "turns list",
    "turns show",
    "turns retry",
    "turns drop",
    "chats",
    "chats list",
    "chats pause",
    "chats resume",
    "quota",
    "quota resume",
    "state",
    "state backup",
    "import",
    "import openclaw",
    "replay",
    "completions",
    "man",
];

/// What every command's help ends its options with.
const GLOBAL: &str = "Global options:";

#[test]
fn every_command_has_help_worth_reading() {
    let place = Place::new();
    let mut all = String::new();
    for &command in COMMANDS {
        let words: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        let output = place.zaloxide(&words).assert().code(0).get_output().clone();
        assert_eq!(output.stderr, b"", "{command}");
        let text = String::from_utf8(output.stdout).unwrap();
        // The same everywhere: once is enough.
        let text = if let Some((before, after)) = text.split_once(GLOBAL) {
            let after = after.split_once("\n\n").map_or("", |(_, after)| after);
            format!("{before}{GLOBAL} ..\n\n{after}")
        } else {
            text
        };
        writeln!(all, "$ zaloxide {}\n{}\n", words.join(" "), text.trim_end()).unwrap();
    }
    for line in all.lines() {
        assert!(line.chars().count() <= 100, "too wide for a terminal: {line}");
    }
    insta::assert_snapshot!(all);
}

#[test]
fn the_version_is_one_line() {
    let version = concat!("zaloxide ", env!("CARGO_PKG_VERSION"), "\n");
    Place::new().zaloxide(&["--version"]).assert().code(0).stdout(version);
}

#[test]
fn every_shell_gets_completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = Place::new().zaloxide(&["completions", shell]).assert().code(0);
        let script = String::from_utf8_lossy(&output.get_output().stdout).into_owned();
        assert!(script.contains("pairing") && script.contains("state-dir"), "{shell}");
    }
}
