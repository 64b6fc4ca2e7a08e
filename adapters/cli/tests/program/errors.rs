//! Errors: one clear line each, the right exit code, and no secret.

use std::fmt::Write;
use std::fs;

use crate::place::Place;

/// A token that must not be seen anywhere.
const CANARY: &str = "12345689:canary-9f3b";

/// A configuration whose one mistake is a key.
const MISTAKE: &str =
    "{channels: {zalo: {botToken: \"12345689:canary-9f3b\", dmPolice: \"open\"}}}";

#[test]
fn errors_say_what_failed_where_and_what_to_do() {
    let place = Place::new();
    fs::write(place.path("wrong.json5"), MISTAKE).unwrap();
    fs::write(place.path("broken.json5"), "{channels: {zalo: {botToken: \"12345689:canary-9f3b")
        .unwrap();
    fs::write(
        place.path("nobody.json5"),
        format!("{{channels: {{zalo: {{botToken: \"{CANARY}\"}}}}}}"),
    )
    .unwrap();
    fs::write(place.path("record.jsonl"), "{\"version\":1}\n").unwrap();
    let table: [(&[&str], i32); 22] = [
        (&[], 2),
        (&["nope"], 2),
        (&["run", "--agent", "nope"], 2),
        (&["dev", "--script", "--", "true"], 2),
        (&["pairing", "approve", "zalo"], 2),
        (&["pairing", "approve", "telegram", "ABCD2345"], 2),
        (&["message", "send", "--target", "zalo:", "--message", "x"], 2),
        (&["message", "send", "--target", "1", "--message", "x", "--wait", "601"], 2),
        (&["turns", "retry", "xyz"], 2),
        (&["run"], 3),
        (&["run", "--agent", "echo"], 3),
        (&["run", "--config", "nobody.json5"], 3),
        (&["run", "--config", "nobody.json5", "--agent", "exec:./not-there"], 3),
        (&["run", "--config", "nobody.json5", "--agent", "echo", "--account", "shop"], 3),
        (&["run", "--config", "wrong.json5", "--agent", "echo"], 3),
        (&["config", "check", "--config", "broken.json5"], 3),
        (&["config", "check", "--config", "missing.json5"], 3),
        (&["config", "check", "--config", "nobody.json5"], 0),
        (&["replay", "missing.jsonl"], 1),
        (&["replay", "record.jsonl"], 1),
        (&["emulator", "--token", "canary-9f3b"], 1),
        (&["dev", "--", "./not-there"], 1),
    ];
    let mut all = String::new();
    for (arguments, code) in table {
        let output = place.zaloxide(arguments).assert().code(code).get_output().clone();
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8(text).unwrap();
        let shown = if arguments.is_empty() { "(help)".into() } else { text };
        writeln!(all, "$ zaloxide {}\n{}[{code}]\n", arguments.join(" "), shown).unwrap();
    }
    insta::assert_snapshot!(all);
}

#[cfg(unix)]
#[test]
fn commands_need_a_gateway_or_what_one_left() {
    let place = Place::new();
    let table: [&[&str]; 7] = [
        &["pairing", "list"],
        &["pairing", "approve", "zalo", "ABCD2345"],
        &["channels", "status"],
        &["turns", "list"],
        &["chats", "pause", "1"],
        &["quota"],
        &["forget", "1"],
    ];
    for arguments in table {
        let error = place.zaloxide(arguments).assert().code(1).stdout("").get_output().clone();
        let error = String::from_utf8(error.stderr).unwrap();
        assert!(error.starts_with("error: no gateway listens at "), "{arguments:?}: {error}");
        assert!(error.contains("zaloxide run") && error.lines().count() == 1, "{error}");
    }
    let send = ["message", "send", "--target", "1", "--message", "x"];
    let error = place.zaloxide(&send).assert().code(3).stdout("").get_output().clone();
    let error = String::from_utf8(error.stderr).unwrap();
    assert!(error.contains("no gateway runs here, and there is no bot to run"), "{error}");
    // Flags stand anywhere, and programs read an object.
    let output =
        place.zaloxide(&["--json", "quota", "--state-dir", "x"]).assert().code(1).stderr("");
    let object: serde_json::Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    assert_eq!(object["error"]["kind"], "not_running");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_and_a_reader_that_leaves_is_not() {
    use std::process::{Command, Stdio};

    let binary = assert_cmd::cargo::cargo_bin!("zaloxide");
    let full = || Stdio::from(fs::File::options().write(true).open("/dev/full").unwrap());
    for arguments in [&["completions", "bash"][..], &["--help"], &["dev", "--script"]] {
        let mut command = Command::new(binary);
        let status = command.args(arguments).stdout(full()).stderr(Stdio::null()).status();
        assert_eq!(status.unwrap().code(), Some(1), "{arguments:?}");
        // A pipe that nobody reads any more.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = Command::new(binary).args(arguments).stdout(writer).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert_eq!(output.stderr, b"", "{arguments:?}");
    }
    // The limit of a file's size is told by a signal that would end the process.
    let place = Place::new();
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -f 1; exec \"$0\" completions bash >script"]).arg(binary);
    let output = limited.current_dir(place.path("")).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}
