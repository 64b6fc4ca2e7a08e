//! Text from outside that would move a terminal, turn a line round or hide in it: from people, and
//! from Zalo. `Place` and `Run` see that none of it comes out as it came.

use std::fs;

use serde_json::{Value, json};

use crate::errands::{configure, end};
use crate::gateway::{TOKEN, Zalo, asked, told};
use crate::place::{Place, wait_until};
use crate::secrets::{answer, server};

/// Clears a screen, sets a title, turns round, hides, is no ASCII control, and begins a line.
const HOSTILE: &str = "x\u{1b}[2J\u{1b}]0;t\u{7}\u{202e}\u{2066}\u{200b}\u{feff}\u{9b}31m\r\n\u{e0041}2026-01-01T00:00:00.000Z ERROR y";

/// Runs a command for people and for programs; what programs read.
fn both(place: &Place, words: &[&str]) -> Value {
    told(place, words);
    asked(place, words)
}

fn message(id: &str, more: &Value) -> Value {
    let mut message = json!({
        "message_id": format!("{id}{HOSTILE}"), "date": 1_795_000_000_000_u64, "text": HOSTILE,
        "from": {"id": format!("u{HOSTILE}"), "display_name": HOSTILE, "is_bot": false},
        "chat": {"id": format!("u{HOSTILE}"), "chat_type": "PRIVATE"},
    });
    for (key, value) in more.as_object().unwrap() {
        message[key] = value.clone();
    }
    json!({"event_name": "message.text.received", "message": message})
}

#[test]
fn what_people_write_and_are_called_is_seen_and_does_nothing() {
    let place = Place::new();
    let zalo = Zalo::start(&place);
    configure(&place, &zalo, &json!({}));
    let run = ["run", "-vv", "--agent", "exec:sh agent", "--record", "record.jsonl"];
    fs::write(place.path("agent"), format!("printf '%s' '{HOSTILE}' >&2; exit 1")).unwrap();
    let mut gateway = place.start(&run, &[]);
    // Before, there is nobody to ask, and no state yet.
    gateway.wait_for_line("running: ");
    let sender = format!("u{HOSTILE}");
    zalo.control("updates", &message("1", &json!({})));
    let pending = || both(&place, &["pairing", "list"])["accounts"][0]["pending"][0].clone();
    wait_until("a code", || pending().is_object());
    let pending = pending();
    // Programs get what came: names are cut and trimmed, ids are not.
    assert_eq!(pending["sender"], sender);
    assert!(pending["name"].as_str().unwrap().contains("\u{202e}"), "{pending}");
    both(&place, &["doctor"]);
    place.zaloxide(&["doctor", "--sender", &sender]).assert().code(1);
    told(&place, &["pairing", "approve", "zalo", pending["code"].as_str().unwrap()]);
    zalo.control("updates", &message("2", &json!({})));
    // Events of a kind that is not known, with ids that nothing can be done with.
    let odd =
        json!({"event_name": format!("message.{HOSTILE}"), "message": {"chat": {"id": HOSTILE}}});
    zalo.control("updates", &odd);
    let open = || both(&place, &["turns", "list"])["accounts"][0]["open"][0].clone();
    wait_until("a turn", || open().is_object());
    let turn = open();
    assert_eq!(turn["message"]["text"], HOSTILE.trim());
    let id = turn["turn"].as_str().unwrap();
    both(&place, &["turns", "show", id]);
    both(&place, &["chats", "list"]);
    told(&place, &["chats", "pause", &sender]);
    zalo.control("updates", &message("3", &json!({})));
    let listed = || both(&place, &["chats", "list"])["accounts"][0]["paused"][0].clone();
    wait_until("it is listed", || listed()["messages"][0].is_object());
    asked(&place, &["chats", "resume", &sender]);
    asked(&place, &["turns", "drop", id]);
    both(&place, &["message", "send", "--target", &sender, "--message", HOSTILE]);
    for words in [
        &["channels", "status"][..],
        &["pairing", "revoke", "zalo", &sender],
        &["pairing", "reject", "zalo", &sender],
        &["pairing", "history"],
        &["logs", "--lines", "1000"],
        &["forget", &sender],
    ] {
        // What was done once can't be done again; that is said too.
        place.zaloxide(words).assert();
        place.zaloxide(&[words, &["--json"]].concat()).assert();
    }
    let logs = told(&place, &["logs", "--lines", "1000"]);
    assert!(logs.contains("\\u{202e}") && !logs.contains("\n2026-01-01"), "{logs}");
    end(gateway);
    place.zaloxide(&["replay", "record.jsonl"]).assert().code(0).stderr("");
}

#[test]
fn what_zalo_says_is_seen_and_does_nothing() {
    let url = server(|request| {
        let said = if request.contains("/getMe ") {
            json!({"ok": true, "result": {
                "id": "12345689", "account_name": HOSTILE, "display_name": HOSTILE,
            }})
        } else if request.contains("/getWebhookInfo ") {
            json!({"ok": true, "result": {"url": format!("https://x/{HOSTILE}"), "updated_at": 1}})
        } else {
            json!({"ok": false, "error_code": 400, "description": HOSTILE})
        };
        answer("200 OK", "", &said.to_string())
    });
    let place = Place::new();
    let config = json!({"channels": {"zalo": {"botToken": TOKEN, "apiUrl": url}}});
    fs::write(place.path("zaloxide.json5"), config.to_string()).unwrap();
    let mut gateway = place.start(&["run", "-vv", "--agent", "echo"], &[]);
    gateway.wait_for_line("ERROR");
    for words in [
        &["channels", "status", "--probe"][..],
        &["doctor"],
        &["webhook", "info"],
        &["webhook", "test"],
        &["webhook", "delete"],
        &["message", "send", "--target", "1", "--message", "x"],
        &["turns", "list"],
        &["logs"],
    ] {
        place.zaloxide(words).assert();
        place.zaloxide(&[words, &["--json"]].concat()).assert();
    }
    let dead = both(&place, &["turns", "list"])["accounts"][0]["dead"][0].clone();
    assert!(dead["reason"].as_str().unwrap().contains("\u{202e}"), "{dead}");
    both(&place, &["turns", "show", dead["turn"].as_str().unwrap()]);
    end(gateway);
}

#[test]
fn what_was_typed_is_repeated_and_does_nothing() {
    let place = Place::new();
    for words in [
        &[HOSTILE][..],
        &["run", "--agent", HOSTILE],
        &["turns", "show", HOSTILE],
        &["pairing", "approve", HOSTILE, "ABCD2345"],
        &["message", "send", "--target", "1", "--message", "x", "--wait", HOSTILE],
        &["logs", "--since", HOSTILE],
    ] {
        place.zaloxide(words).assert().code(2);
    }
    for words in [&["config", "check", "--config", HOSTILE][..], &["run", "--account", HOSTILE]] {
        place.zaloxide(words).assert().code(3);
    }
    place.zaloxide(&["replay", HOSTILE]).assert().code(1);
    place.zaloxide(&["state", "backup", HOSTILE, "--state-dir", HOSTILE]).assert().code(1);
    place.zaloxide(&["logs", "--state-dir", HOSTILE]).assert().code(1);
    place.zaloxide(&["doctor", "--state-dir", HOSTILE]).assert();
}
