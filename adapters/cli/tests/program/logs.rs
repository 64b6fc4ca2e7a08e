//! `logs`: what a gateway has logged, and what it logs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::errands::{configure, end};
use crate::gateway::{AN, Zalo, told};
use crate::place::{Place, Running, wait_until};

const BINH: &str = "0b1c2d3e4f5a69788796";

fn run(place: &Place) -> Running {
    let mut gateway = place.start(&["run", "--agent", "echo"], &[]);
    gateway.wait_for_line("connected as bot");
    gateway
}

/// The lines as objects.
fn objects(place: &Place, arguments: &[&str]) -> Vec<Value> {
    let said = told(place, &[&["logs", "--json"], arguments].concat());
    said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn what_was_logged_is_shown_with_and_without_a_gateway() {
    let place = Place::new();
    let zalo = Zalo::start(&place);
    configure(&place, &zalo, &json!({}));
    let gateway = run(&place);
    for user in [AN, BINH] {
        zalo.writes(user, &json!({"text": "hello", "name": "An\u{1b}[2J\u{202e}"}));
        zalo.wait_for_texts(user, 1);
    }
    let has_both = || {
        let all = told(&place, &["logs"]);
        [AN, BINH].iter().all(|user| all.contains(&format!("of the code for {user}")))
    };
    wait_until("both are logged", has_both);
    let mode = fs::metadata(place.path("state/zaloxide.log")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let running = told(&place, &["logs"]);
    assert!(running.contains("INFO default: connected as bot 12345689"), "{running}");
    assert!(running.contains("An\\u{1b}[2J\\u{202e}"), "{running}");
    end(gateway);
    let all = told(&place, &["logs"]);
    assert!(all.starts_with(&running) && all.ends_with("default: stopped\n"), "{all}");

    let of_an = objects(&place, &["--chat", &format!("zalo:{AN}")]);
    assert!(of_an.len() >= 3 && of_an.iter().all(|line| line["chat"] == AN), "{of_an:?}");
    assert_eq!(objects(&place, &["--level", "warn"]), [Value::Null; 0]);
    assert_eq!(objects(&place, &["--account", "default", "--lines", "1"])[0]["text"], "stopped");
    assert_eq!(objects(&place, &["--account", "shop"]), [Value::Null; 0]);
    assert_eq!(objects(&place, &["--since", "1h"]), objects(&place, &["--lines", "1000"]));
    assert_eq!(objects(&place, &["--since", "2999-01-01T00:00:00Z"]), [Value::Null; 0]);
    let first = &objects(&place, &[])[0];
    let keys: Vec<&String> = first.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["at", "level", "text"], "{first}");
    let path = told(&place, &["logs", "--path"]);
    assert_eq!(path.trim(), place.path("state/zaloxide.log").display().to_string());
}

#[test]
fn following_shows_what_comes_and_ends_well() {
    let place = Place::new();
    let zalo = Zalo::start(&place);
    configure(&place, &zalo, &json!({}));
    let gateway = run(&place);
    let mut follow = place.start(&["logs", "--follow", "--level", "info"], &[]);
    follow.wait_for_line("connected as bot");
    zalo.writes(AN, &json!({"text": "hello"}));
    follow.wait_for_line(&format!("of the code for {AN}"));
    // Begun anew, as at its size: what comes after that is followed too.
    let path = place.path("state/zaloxide.log");
    end(gateway);
    follow.wait_for_line("default: stopped");
    fs::rename(&path, place.path("state/zaloxide.log.1")).unwrap();
    let gateway = run(&place);
    follow.wait_for_line("connected as bot");
    let both = told(&place, &["logs"]);
    assert_eq!(both.matches("connected as bot").count(), 2, "{both}");
    follow.signal(Signal::INT);
    let (status, said) = follow.end();
    assert_eq!(status.code(), Some(0), "{said}");
    end(gateway);
}

#[test]
fn a_reader_that_has_seen_enough_ends_it_though_nothing_comes() {
    let place = Place::new();
    let zalo = Zalo::start(&place);
    configure(&place, &zalo, &json!({}));
    end(run(&place));
    let mut follow = Command::new(assert_cmd::cargo::cargo_bin!("zaloxide"));
    follow.args(["logs", "--follow"]).current_dir(place.path(""));
    follow.env("ZALOXIDE_STATE_DIR", place.path("state"));
    follow.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut follow = follow.spawn().unwrap();
    drop(follow.stdout.take());
    wait_until("it ends", || follow.try_wait().unwrap().is_some());
    let output = follow.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

#[test]
fn the_file_is_where_the_configuration_says_and_what_is_torn_is_left_out() {
    let place = Place::new();
    let line = |level: &str, text: &str| {
        format!(r#"{{"at":1795000000000,"level":"{level}","text":"{text}"}}"#) + "\n"
    };
    fs::write(
        place.path("zaloxide.json5"),
        r#"{channels: {zalo: {botToken: "1:canary-9f3b"}}, log: {file: "bot.log"}}"#,
    )
    .unwrap();
    let missing = place.zaloxide(&["logs"]).assert().code(1).stdout("");
    let missing = String::from_utf8(missing.get_output().stderr.clone()).unwrap();
    assert!(missing.starts_with("error: there is no log at bot.log: `zaloxide run`"), "{missing}");
    fs::write(place.path("bot.log.1"), line("info", "one")).unwrap();
    let torn = r#"{"at":1795000000000,"lev"#;
    fs::write(
        place.path("bot.log"),
        format!("{torn}\n\0\n{}", line("error", "two\\n2026 ERROR x")),
    )
    .unwrap();
    let said = told(&place, &["logs"]);
    assert_eq!(
        said,
        "2026-11-18T11:06:40.000Z  INFO one\n2026-11-18T11:06:40.000Z ERROR two\n    2026 ERROR x\n"
    );
    assert_eq!(objects(&place, &["--lines", "0"]), [Value::Null; 0]);
    // A file that is no log at all has no line of one.
    fs::write(place.path("bot.log"), "plain text\n").unwrap();
    fs::remove_file(place.path("bot.log.1")).unwrap();
    assert_eq!(told(&place, &["logs"]), "");
    fs::remove_file(place.path("bot.log")).unwrap();
    fs::create_dir(place.path("bot.log")).unwrap();
    let folder = place.zaloxide(&["logs"]).assert().code(1);
    let folder = String::from_utf8(folder.get_output().stderr.clone()).unwrap();
    assert!(folder.starts_with("error: can't read the log bot.log: "), "{folder}");
}

#[test]
fn a_log_file_that_can_not_be_opened_is_named_at_the_start() {
    let place = Place::new();
    fs::write(place.path("a-file"), "").unwrap();
    let config =
        r#"{channels: {zalo: {botToken: "1:canary-9f3b"}}, log: {file: "a-file/bot.log"}}"#;
    fs::write(place.path("zaloxide.json5"), config).unwrap();
    let failed = place.zaloxide(&["run", "--agent", "echo"]).assert().code(3).stdout("");
    let said = String::from_utf8(failed.get_output().stderr.clone()).unwrap();
    assert!(said.starts_with("error: can't write the log file a-file/bot.log: "), "{said}");
}
