//! A gateway that is killed, and the one that goes on where it was.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::gateway::{AN, TOKEN, Zalo, asked, told};
use crate::place::{Place, Running, wait_until};

const BINH: &str = "0b1c2d3e4f5a69788796";

/// Keeps every envelope. An answer in two parts at once to `long`; to anything else none before there is a
/// file `go`, and none any more when the test's directory is gone.
const AGENT: &str = r#"#!/bin/sh
cat > envelope.$$ && cat envelope.$$ >> envelopes && echo >> envelopes
case $(cat envelope.$$) in
*'"text":"long"'*) cat long ;;
*)
  while [ ! -e go ]; do [ -e agent ] || exit 1; sleep 0.02; done
  echo answered ;;
esac
"#;

fn run(place: &Place, zalo: &Zalo) -> Running {
    let variables = [("ZALO_BOT_TOKEN", TOKEN), ("ZALO_API_URL", &*zalo.url)];
    let mut gateway = place.start(&["run", "--config", "bot.json5"], &variables);
    gateway.wait_for_line("connected as bot");
    gateway
}

fn settle(place: &Place) {
    let agent = place.path("agent");
    fs::write(&agent, AGENT).unwrap();
    fs::set_permissions(&agent, fs::Permissions::from_mode(0o700)).unwrap();
    fs::write(place.path("long"), r#"[{"text": "one"}, {"sticker": "two"}]"#).unwrap();
    let config = json!({
        "agent": {"type": "exec", "command": [agent], "cwd": place.path("")},
        "channels": {"zalo": {"typing": false}},
    });
    fs::write(place.path("bot.json5"), config.to_string()).unwrap();
}

fn approve(place: &Place, zalo: &Zalo, user: &str) {
    zalo.writes(user, &json!({"text": "hello?"}));
    let code = wait_until("a code", || {
        let listed = asked(place, &["pairing", "list", "zalo"]);
        listed["accounts"][0]["pending"][0]["code"].as_str().map(str::to_owned)
    });
    told(place, &["pairing", "approve", "zalo", &code.unwrap()]);
    zalo.wait_for_texts(user, 1);
}

/// The envelopes of this text that the agent has got.
fn envelopes(place: &Place, text: &str) -> Vec<Value> {
    let read = fs::read_to_string(place.path("envelopes")).unwrap_or_default();
    let all = read.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    all.filter(|envelope| envelope["text"] == text).collect()
}

fn wait_for_envelopes(place: &Place, text: &str, count: usize) -> Vec<Value> {
    wait_until("enough envelopes", || {
        Some(envelopes(place, text)).filter(|envelopes| envelopes.len() >= count)
    })
    .unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn what_was_taken_in_approved_and_acknowledged_survives_a_kill() {
    let place = Place::new();
    settle(&place);
    let zalo = Zalo::start(&place);
    let gateway = run(&place, &zalo);
    approve(&place, &zalo, AN);
    approve(&place, &zalo, BINH);

    // One turn is with the agent; of one reply the first part has arrived, and the other can't.
    zalo.writes(AN, &json!({"text": "slow"}));
    let first = wait_for_envelopes(&place, "slow", 1);
    zalo.control("faults", &json!({"method": "sendSticker", "kind": "http_500", "times": 1_000}));
    zalo.writes(BINH, &json!({"text": "long"}));
    wait_until("the other part fails", || !zalo.calls("sendSticker", BINH).is_empty());
    assert_eq!(zalo.texts(BINH)[1], "one");
    gateway.signal(Signal::KILL);
    gateway.end();
    // Zalo is well again, and shows only what comes from now on.
    zalo.control("reset", &json!({}));

    let again = run(&place, &zalo);
    let second = wait_for_envelopes(&place, "slow", 2);
    assert_eq!(second[1]["turn"], first[0]["turn"]);
    assert_eq!((&first[0]["attempt"], &second[1]["attempt"]), (&json!(1), &json!(2)));
    fs::write(place.path("go"), "").unwrap();
    assert_eq!(zalo.wait_for_texts(AN, 1), ["answered"]);
    wait_until("the other part arrives", || {
        zalo.calls("sendSticker", BINH).iter().any(|call| call["response"]["ok"] == true)
    });
    assert_eq!(zalo.texts(BINH), [""; 0], "what was acknowledged is not sent again");
    assert_eq!(envelopes(&place, "long").len(), 1, "a durable reply is not asked for again");

    // Both are still let in.
    for (user, count) in [(AN, 2), (BINH, 1)] {
        zalo.writes(user, &json!({"text": "again"}));
        assert_eq!(zalo.wait_for_texts(user, count).last().unwrap(), "answered");
    }
    again.signal(Signal::TERM);
    let (status, said) = again.end();
    assert_eq!(status.code(), Some(0), "{said}");
    assert_eq!(mode(&place.path("state")), 0o700);
    assert_eq!(mode(&place.path("state/zaloxide.db")), 0o600);
}

#[test]
fn an_account_is_one_gateways_and_the_other_is_told_whose() {
    let place = Place::new();
    settle(&place);
    let zalo = Zalo::start(&place);
    let first = run(&place, &zalo);
    // No socket: only the lease is in the way.
    fs::remove_file(place.path("state/control.sock")).unwrap();
    let variables = [("ZALO_BOT_TOKEN", TOKEN), ("ZALO_API_URL", &*zalo.url)];
    let second = place.start(&["run", "--config", "bot.json5"], &variables);
    let (status, said) = second.end();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains(&format!("in use by process {}", first.id())), "{said}");
}

#[test]
fn a_file_that_is_no_database_is_named_and_left_as_it_is() {
    let place = Place::new();
    settle(&place);
    fs::create_dir(place.path("state")).unwrap();
    fs::set_permissions(place.path("state"), fs::Permissions::from_mode(0o700)).unwrap();
    let notes = "not a database ".repeat(100);
    fs::write(place.path("state/zaloxide.db"), &notes).unwrap();
    let failed = place
        .zaloxide(&["run", "--config", "bot.json5"])
        .env("ZALO_BOT_TOKEN", TOKEN)
        .assert()
        .code(1);
    let said = String::from_utf8_lossy(&failed.get_output().stderr).into_owned();
    assert!(said.contains("state/zaloxide.db is damaged"), "{said}");
    assert_eq!(fs::read_to_string(place.path("state/zaloxide.db")).unwrap(), notes);
}
