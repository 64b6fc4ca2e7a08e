//! Commands while no gateway runs: they open the store themselves.

use std::fs;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::gateway::{AN, TOKEN, Zalo, asked, told};
use crate::place::{Place, Running, wait_until};

const OWNER: &str = "0a1b2c3d4e5f60718293";

/// A configuration in the place where every command looks.
pub(crate) fn configure(place: &Place, zalo: &Zalo, more: &Value) {
    let mut channel = json!({"botToken": TOKEN, "apiUrl": zalo.url, "typing": false});
    for (key, value) in more.as_object().unwrap() {
        channel[key] = value.clone();
    }
    let config = json!({"channels": {"zalo": channel}});
    fs::write(place.path("zaloxide.json5"), config.to_string()).unwrap();
}

fn run(place: &Place, agent: &str) -> Running {
    let mut gateway = place.start(&["run", "--agent", agent], &[]);
    gateway.wait_for_line("connected as bot");
    gateway
}

fn code(place: &Place) -> String {
    wait_until("a code", || {
        let listed = asked(place, &["pairing", "list", "zalo"]);
        listed["accounts"][0]["pending"][0]["code"].as_str().map(str::to_owned)
    })
    .unwrap()
}

pub(crate) fn end(gateway: Running) {
    gateway.signal(Signal::TERM);
    let (status, said) = gateway.end();
    assert_eq!(status.code(), Some(0), "{said}");
}

fn refused(place: &Place, arguments: &[&str]) -> String {
    let output = place.zaloxide(arguments).assert().code(1);
    String::from_utf8(output.get_output().stderr.clone()).unwrap()
}

#[test]
fn an_owner_decides_and_writes_while_no_gateway_runs() {
    let place = Place::new();
    let zalo = Zalo::start(&place);
    configure(&place, &zalo, &json!({}));
    let gateway = run(&place, "echo");
    zalo.writes(AN, &json!({"text": "let me in", "name": "An"}));
    zalo.wait_for_texts(AN, 1);
    end(gateway);
    let polls = zalo.calls_of("getUpdates");

    let code = code(&place);
    assert!(refused(&place, &["pairing", "approve", "zalo", "WRONG234"]).contains("WRONG234"));
    let approved = told(&place, &["pairing", "approve", "zalo", &code, "--notify"]);
    assert!(approved.starts_with(&format!("approved: {AN} (An)")), "{approved}");
    assert_eq!(zalo.texts(AN).len(), 2, "the person was told before the command ended");
    let history = asked(&place, &["pairing", "history"]);
    assert_eq!(history["accounts"][0]["history"][0]["decision"], "approved", "{history}");

    let sent = told(&place, &["message", "send", "--target", AN, "--message", "tin"]);
    assert!(sent.starts_with(&format!("sent to {AN}: 1 message")), "{sent}");
    assert_eq!(zalo.texts(AN)[2], "tin");
    let quota = asked(&place, &["quota"]);
    assert_eq!(quota["accounts"][0]["sent"], 3, "{quota}");
    assert!(refused(&place, &["quota", "resume"]).contains("not paused"));
    let status = asked(&place, &["channels", "status"]);
    assert_eq!(status["accounts"][0]["state"]["type"], "errands", "{status}");
    assert!(told(&place, &["channels", "status"]).contains("not running"));
    assert_eq!(zalo.calls_of("getUpdates"), polls, "nothing was received meanwhile");

    let gateway = run(&place, "echo");
    zalo.writes(AN, &json!({"text": "now?"}));
    assert_eq!(zalo.wait_for_texts(AN, 4)[3], "now?");
    end(gateway);

    let forgotten = told(&place, &["forget", AN]);
    assert_eq!(forgotten.trim(), format!("forgotten: {AN}"));
    let listed = asked(&place, &["pairing", "list"]);
    assert_eq!(listed["accounts"][0]["approved"], json!([]), "{listed}");
}

#[test]
fn turns_that_a_gateway_left_are_shown_dropped_and_tried_again() {
    let place = Place::new();
    let zalo = Zalo::start(&place);
    configure(&place, &zalo, &json!({"dmPolicy": "open", "allowFrom": ["*"]}));
    fs::write(place.path("slow"), "#!/bin/sh\nexec sleep 1000\n").unwrap();
    let gateway = run(&place, "exec:sh slow");
    zalo.writes(AN, &json!({"text": "first\u{1b}\nline two"}));
    zalo.writes(OWNER, &json!({"text": "second"}));
    let open = |place: &Place| {
        let listed = asked(place, &["turns", "list"]);
        listed["accounts"][0]["open"].as_array().unwrap().clone()
    };
    wait_until("two turns", || open(&place).len() == 2);
    end(gateway);

    let turns = open(&place);
    let id = |text: &str| {
        let is_it = |turn: &&Value| turn["message"]["text"].as_str().unwrap().contains(text);
        turns.iter().find(is_it).unwrap()["turn"].as_str().unwrap().to_owned()
    };
    let (first, second) = (id("first"), id("second"));
    let list = told(&place, &["turns", "list"]);
    assert!(list.contains(&first) && list.contains(AN) && list.contains("second"), "{list}");
    let shown = told(&place, &["turns", "show", &first]);
    assert!(shown.contains("first\\u{1b}\n         line two"), "{shown}");
    assert!(shown.contains(AN) && shown.contains("open"), "{shown}");
    assert_eq!(asked(&place, &["turns", "show", &second])["open"]["message"]["text"], "second");
    told(&place, &["turns", "drop", &first]);
    told(&place, &["turns", "retry", &second]);
    let unknown = refused(&place, &["turns", "show", &first]);
    assert!(unknown.contains(&first) && unknown.contains("turns list"), "{unknown}");
    let left = open(&place);
    assert_eq!((left.len(), &left[0]["attempt"]), (1, &turns[0]["attempt"]), "{left:?}");

    let gateway = run(&place, "echo");
    assert_eq!(zalo.wait_for_texts(OWNER, 1), ["second"]);
    assert_eq!(zalo.texts(AN), [""; 0]);
    end(gateway);
}

#[test]
fn a_backup_of_a_gateway_at_work_is_a_state_to_start_from() {
    let place = Place::new();
    let zalo = Zalo::start(&place);
    configure(&place, &zalo, &json!({}));
    let gateway = run(&place, "echo");
    zalo.writes(AN, &json!({"text": "let me in"}));
    zalo.wait_for_texts(AN, 1);
    told(&place, &["pairing", "approve", "zalo", &code(&place)]);
    let said = told(&place, &["state", "backup", "copy.db"]);
    assert!(said.starts_with("copied to copy.db: "), "{said}");
    assert!(refused(&place, &["state", "backup", "copy.db"]).contains("is there already"));
    let nothing = refused(&place, &["state", "backup", "x.db", "--state-dir", "none"]);
    assert!(nothing.contains("no state in none"), "{nothing}");
    told(&place, &["pairing", "revoke", "zalo", AN]);
    end(gateway);

    fs::create_dir(place.path("restored")).unwrap();
    fs::rename(place.path("copy.db"), place.path("restored/zaloxide.db")).unwrap();
    let approved = |state: &str| {
        let listed = asked(&place, &["pairing", "list", "--state-dir", state]);
        listed["accounts"][0]["approved"].as_array().unwrap().len()
    };
    assert_eq!((approved("restored"), approved("state")), (1, 0));
}

#[test]
fn a_gateway_that_can_not_be_asked_is_named() {
    let place = Place::new();
    let zalo = Zalo::start(&place);
    configure(&place, &zalo, &json!({}));
    let gateway = run(&place, "echo");
    fs::remove_file(place.path("state/control.sock")).unwrap();
    let said = refused(&place, &["pairing", "list"]);
    assert!(said.contains(&format!("in use by process {}", gateway.id())), "{said}");
}

#[test]
fn whoever_is_let_in_hears_it_from_the_bot_they_wrote_to_and_the_owner_hears_of_strangers() {
    let place = Place::new();
    let other = "987:canary-9f3b-other-secret";
    let zalo = Zalo::start_with(&place, &[TOKEN, other]);
    let accounts = json!({
        "shop": {"botToken": TOKEN},
        "club": {"botToken": other, "pairing": {"notify": [OWNER]}},
    });
    let config = json!({"channels": {"zalo": {"apiUrl": zalo.url, "accounts": accounts}}});
    fs::write(place.path("zaloxide.json5"), config.to_string()).unwrap();
    let mut gateway = place.start(&["run", "--agent", "echo"], &[]);
    gateway.wait_for_line("connected as bot");
    gateway.wait_for_line("connected as bot");

    zalo.writes(AN, &json!({"text": "hello", "bot": "987"}));
    let told_owner = &zalo.wait_for_texts(OWNER, 1)[0];
    let code = code_of(&place, "club");
    assert!(told_owner.contains(AN) && told_owner.contains(&code), "{told_owner}");
    told(&place, &["pairing", "approve", "zalo", &code, "--notify"]);
    zalo.wait_for_texts(AN, 2);
    for call in zalo.calls("sendMessage", AN) {
        assert_eq!(call["token_id"], "987", "{call}");
    }
    end(gateway);
}

fn code_of(place: &Place, account: &str) -> String {
    let listed = asked(place, &["pairing", "list", "--account", account]);
    listed["accounts"][0]["pending"][0]["code"].as_str().unwrap().to_owned()
}
