//! Every command: the object that programs read, and the exit code: done, refused, wrong usage,
//! wrong configuration.

use std::fmt::Write;
use std::fs;

use serde_json::{Map, Value, json};

use crate::errands::{configure, end};
use crate::gateway::{AN, Zalo, asked, told};
use crate::help::COMMANDS;
use crate::place::{Place, wait_until};

const BINH: &str = "0b1c2d3e4f5a69788796";
const CHI: &str = "1c2d3e4f5a6978879600";

/// Commands that end with something else than one object, or not by themselves. Each has tests of
/// its own.
const NOT_HERE: [&str; 6] = ["dev", "emulator", "run", "replay", "completions", "man"];

/// Values that are others each time, by their keys.
const CHANGING: [&str; 18] = [
    "ahead_ms",
    "at",
    "bytes",
    "calls",
    "directory",
    "expires_at",
    "issued_at",
    "last_in",
    "last_out",
    "latency_ms",
    "message_id",
    "message_ids",
    "not_before",
    "path",
    "since",
    "taken_at",
    "timestamp_ms",
    "updated_at",
];

/// The object with marks in place of what changes: by its key, by what is known of it, by its form.
fn steady(value: &Value, known: &[(&str, &str)]) -> Value {
    match value {
        Value::Object(entries) => {
            let entry = |(key, value): (&String, &Value)| {
                let is_count = key == "sent" && value.is_number();
                let changes = is_count || CHANGING.contains(&key.as_str()) && !value.is_null();
                (key.clone(), if changes { "[..]".into() } else { steady(value, known) })
            };
            Value::Object(entries.iter().map(entry).collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(|item| steady(item, known)).collect(),
        Value::String(text) if text.contains(" MB are free") => "[..]".into(),
        Value::String(text) => {
            let is_id = text.len() >= 20 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
            let mark = |text: String, (word, mark): &(&str, &str)| text.replace(word, mark);
            let text = known.iter().fold(text.clone(), mark);
            let is_other = is_id && text.len() >= 20 && ![AN, BINH, CHI].contains(&&*text);
            if is_other { "[..]".into() } else { text.into() }
        }
        _ => value.clone(),
    }
}

/// A gateway with somebody let in, a stranger, a turn that waits, and one that was given up.
fn lived_in(place: &Place, zalo: &Zalo) -> (crate::place::Running, [String; 3]) {
    configure(place, zalo, &json!({"allowFrom": [CHI]}));
    let mut gateway = place.start(&["run", "--agent", "exec:sleep 100"], &[]);
    gateway.wait_for_line("connected as bot");
    let code = |user: &str| {
        zalo.writes(user, &json!({"text": "hello", "name": "An"}));
        wait_until("a code", || {
            let listed = asked(place, &["pairing", "list"]);
            let pending = listed["accounts"][0]["pending"].as_array().unwrap().clone();
            let theirs =
                pending.into_iter().find(|one| one["sender"] == user && one["told"] == true);
            theirs.map(|one| one["code"].as_str().unwrap().to_owned())
        })
        .unwrap()
    };
    let codes = [code(AN), code(BINH)];
    told(place, &["pairing", "approve", "zalo", &codes[0]]);
    zalo.control("faults", &json!({"method": "sendMessage", "kind": "api_400", "times": 1}));
    place.zaloxide(&["message", "send", "--target", CHI, "--message", "x"]).assert().code(1);
    zalo.writes(AN, &json!({"text": "waits", "name": "An"}));
    let turn = wait_until("a turn", || {
        let listed = asked(place, &["turns", "list"]);
        listed["accounts"][0]["open"][0]["turn"].as_str().map(str::to_owned)
    })
    .unwrap();
    wait_until("it is with the agent", || {
        asked(place, &["channels", "status"])["accounts"][0]["turns_running"] == 1
    });
    (gateway, [turn, codes[1].clone(), codes[0].clone()])
}

#[test]
fn every_command_has_an_object_and_an_exit_code() {
    let place = Place::new();
    let zalo = Zalo::start(&place);
    let (gateway, [turn, code, used]) = lived_in(&place, &zalo);
    let dead = asked(&place, &["turns", "list"])["accounts"][0]["dead"][0]["turn"].clone();
    let dead = dead.as_str().unwrap();
    let unknown = "0f8fad5bd9cb469fa16570867728950e";
    // In this order: each finds what those before it have left.
    let table: &[(&[&str], i32)] = &[
        (&["channels", "status"], 0),
        (&["channels", "status", "--probe"], 0),
        (&["channels", "status", "--account", "nope"], 1),
        (&["channels", "capabilities"], 0),
        (&["doctor"], 0),
        (&["doctor", "--sender", "nobody"], 1),
        (&["logs", "--path"], 0),
        (&["logs", "--lines", "1", "--chat", AN], 0),
        (&["webhook", "info"], 0),
        (&["webhook", "set"], 1),
        (&["webhook", "test"], 1),
        (&["webhook", "delete"], 0),
        (&["pairing", "list", "zalo"], 0),
        (&["pairing", "approve", "zalo", &used], 1),
        (&["pairing", "approve", "zalo", &code, "--notify"], 0),
        (&["pairing", "reject", "zalo", "nobody", "--block"], 0),
        (&["pairing", "revoke", "zalo", BINH], 0),
        (&["pairing", "revoke", "zalo", BINH], 1),
        (&["pairing", "history"], 0),
        (&["turns", "list"], 0),
        (&["turns", "show", &turn], 0),
        (&["turns", "show", dead], 0),
        (&["turns", "show", unknown], 1),
        (&["turns", "retry", dead], 0),
        (&["turns", "retry", unknown], 1),
        (&["turns", "drop", &turn], 0),
        (&["turns", "drop", unknown], 1),
        (&["chats", "pause", BINH], 0),
        (&["chats", "pause", BINH], 1),
        (&["chats", "list"], 0),
        (&["chats", "resume", BINH], 0),
        (&["chats", "resume", BINH], 1),
        (&["message", "send", "--target", "user:6ede", "--message", "tin"], 0),
        (&["message", "send", "--target", "6ede", "--media", "none.png"], 1),
        (&["quota"], 0),
        (&["quota", "resume"], 1),
        (&["forget", AN], 0),
        (&["forget", "unknown"], 0),
        (&["state", "backup", "copy.db"], 0),
        (&["state", "backup", "copy.db"], 1),
        (&["import", "openclaw", "--state", "none"], 1),
        (&["config", "reload"], 0),
    ];
    let dir = place.path("").display().to_string();
    let dir = dir.trim_end_matches('/');
    let known =
        [(dir, "[DIR]"), (&*turn, "TURN"), (dead, "DEAD"), (&*code, "CODE"), (&*used, "USED")];
    let mut all = String::new();
    for (words, exit) in table {
        let output = place.zaloxide(&[words, &["--json"][..]].concat()).assert().code(*exit);
        let output = output.get_output();
        assert_eq!(output.stderr, b"", "{words:?}");
        let object: Value = serde_json::from_slice(&output.stdout).unwrap();
        let object = serde_json::to_string_pretty(&steady(&object, &known)).unwrap();
        let words =
            known.iter().fold(words.join(" "), |words, (word, mark)| words.replace(word, mark));
        writeln!(all, "$ zaloxide {words} --json\n{object}\n[{exit}]\n").unwrap();
    }
    end(gateway);
    insta::assert_snapshot!(all);
    let leaves = COMMANDS.iter().filter(|command| {
        let below = format!("{command} ");
        !command.is_empty() && !COMMANDS.iter().any(|other| other.starts_with(&below))
    });
    for leaf in leaves.filter(|leaf| !NOT_HERE.contains(leaf) && !leaf.starts_with("config ")) {
        let is_it = |words: &&[&str]| words.join(" ").starts_with(leaf);
        assert!(table.iter().any(|(words, _)| is_it(words)), "no row for {leaf}");
    }
}

#[test]
fn wrong_usage_is_2_and_a_wrong_configuration_3_for_every_command() {
    let place = Place::new();
    fs::write(place.path("zaloxide.json5"), "{channels: {zalo: {dmPolcy: 1}}}").unwrap();
    // With something to open, a command without a gateway needs the configuration.
    fs::create_dir(place.path("state")).unwrap();
    fs::write(place.path("state/zaloxide.db"), "").unwrap();
    let config: [&[&str]; 22] = [
        &["run", "--agent", "echo"],
        &["config", "check"],
        &["doctor"],
        &["logs"],
        &["channels", "status"],
        &["webhook", "info"],
        &["webhook", "set"],
        &["webhook", "delete"],
        &["webhook", "test"],
        &["pairing", "list"],
        &["pairing", "approve", "zalo", "ABCD2345"],
        &["pairing", "reject", "zalo", "ABCD2345"],
        &["pairing", "revoke", "zalo", "1"],
        &["pairing", "history"],
        &["forget", "1"],
        &["message", "send", "--target", "1", "--message", "x"],
        &["turns", "list"],
        &["turns", "drop", "0f8fad5bd9cb469fa16570867728950e"],
        &["chats", "list"],
        &["chats", "pause", "1"],
        &["quota"],
        &["quota", "resume"],
    ];
    for words in config {
        let output = place.zaloxide(words).assert().code(3);
        let output = output.get_output();
        let said = [&output.stdout[..], &output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert!(said.contains("did you mean `dmPolicy`?"), "{words:?}: {said}");
    }
    for command in COMMANDS {
        let words: Vec<&str> = command.split_whitespace().chain(["--no-such-flag"]).collect();
        let output = place.zaloxide(&words).assert().code(2).stdout("");
        let said = String::from_utf8(output.get_output().stderr.clone()).unwrap();
        assert!(said.contains("unexpected argument '--no-such-flag'"), "{words:?}: {said}");
        // Flags stand anywhere on the line, also before the command.
        let words: Vec<&str> = ["--json", "-v"].into_iter().chain(words).collect();
        place.zaloxide(&words).assert().code(2);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn whatever_is_listed_may_meet_a_full_disk_or_a_reader_that_leaves() {
    use std::process::{Command, Stdio};

    let place = Place::new();
    let zalo = Zalo::start(&place);
    let (gateway, _) = lived_in(&place, &zalo);
    let table: [&[&str]; 11] = [
        &["channels", "status"],
        &["channels", "capabilities"],
        &["doctor"],
        &["logs"],
        &["logs", "--follow"],
        &["pairing", "list"],
        &["turns", "list"],
        &["chats", "list"],
        &["quota"],
        &["man"],
        &["config", "schema"],
    ];
    for words in table {
        for more in [&[][..], &["--json"]] {
            let run = |to: Stdio| {
                let mut command = Command::new(assert_cmd::cargo::cargo_bin!("zaloxide"));
                command.args(words).args(more).current_dir(place.path("")).stdout(to);
                command.env("ZALOXIDE_STATE_DIR", place.path("state")).output().unwrap()
            };
            let full = fs::File::options().write(true).open("/dev/full").unwrap();
            let output = run(full.into());
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(1), "{words:?} {said}");
            assert!(said.starts_with("error: can't write to standard output: "), "{said}");
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            let output = run(writer.into());
            assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()), "{words:?}");
        }
    }
    end(gateway);
}

/// A terminal of its own for a command, as `script` gives it; none where that is missing.
fn on_a_terminal(place: &Place, variables: &str, words: &str) -> Option<String> {
    let binary = assert_cmd::cargo::cargo_bin!("zaloxide").display().to_string();
    let mut script = std::process::Command::new("script");
    script.args(["-qec", &format!("env {variables} {binary} {words}"), "/dev/null"]);
    script.current_dir(place.path("")).env("ZALOXIDE_STATE_DIR", place.path("state"));
    let Ok(output) = script.stdin(std::process::Stdio::null()).output() else {
        eprintln!("SKIPPED: script is missing (apt-get install util-linux)");
        return None;
    };
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn colours_are_for_terminals_alone_and_for_who_wants_them() {
    let place = Place::new();
    let zalo = Zalo::start(&place);
    configure(&place, &zalo, &json!({}));
    let mut gateway = place.start(&["run", "--agent", "echo"], &[]);
    gateway.wait_for_line("connected as bot");
    for words in ["logs", "doctor"] {
        assert!(!told(&place, &[words]).contains('\u{1b}'), "{words}: a pipe");
        let Some(colourful) = on_a_terminal(&place, "-u NO_COLOR TERM=xterm", words) else {
            return;
        };
        assert!(colourful.contains("\u{1b}[32m"), "{words}: {colourful:?}");
        for plain in ["NO_COLOR=1 TERM=xterm", "-u NO_COLOR TERM=dumb"] {
            let plain = on_a_terminal(&place, plain, words).unwrap();
            assert!(!plain.contains('\u{1b}'), "{words}: {plain:?}");
        }
        let json = on_a_terminal(&place, "-u NO_COLOR TERM=xterm", &format!("{words} --json"));
        assert!(!json.unwrap().contains('\u{1b}'), "{words}");
    }
    end(gateway);
}
