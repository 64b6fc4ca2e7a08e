//! `doctor`: each ailment is found, and has its remedy.

use std::fs;
use std::net::TcpListener;

use serde_json::{Value, json};

use crate::errands::{configure, end};
use crate::gateway::{AN, TOKEN, Zalo, told};
use crate::place::{Place, Running, wait_until};

const BINH: &str = "0b1c2d3e4f5a69788796";

fn run(place: &Place) -> Running {
    let mut gateway = place.start(&["run", "--agent", "echo"], &[]);
    gateway.wait_for_line("running: default");
    gateway
}

/// What it says, and with which code it ends.
fn doctor(place: &Place, more: &[&str]) -> (Value, i32) {
    let output = place.zaloxide(&[&["doctor", "--json"], more].concat()).assert().stderr("");
    let output = output.get_output();
    (serde_json::from_slice(&output.stdout).unwrap(), output.status.code().unwrap())
}

/// The one finding of a check that is not well: its health, its message, its remedy.
fn found(said: &Value, check: &str) -> [String; 3] {
    let all = said["findings"].as_array().unwrap();
    let mut ill = all.iter().filter(|one| one["check"] == check && one["health"] != "ok");
    let one = ill.next().unwrap_or_else(|| panic!("nothing about {check} in {said:#}"));
    let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
    [text("health"), text("message"), text("fix")]
}

/// Expects a finding with these parts in it, and the exit code that belongs to it.
fn expect(place: &Place, more: &[&str], check: &str, health: &str, parts: [&str; 2]) {
    let (said, code) = doctor(place, more);
    let [is, message, fix] = found(&said, check);
    assert_eq!(is, health, "{said:#}");
    assert!(message.contains(parts[0]) && fix.contains(parts[1]), "{said:#}");
    let any = said["findings"].as_array().unwrap().iter().any(|one| one["health"] == "fail");
    assert_eq!((said["ok"] == false, code == 1), (any, any), "{said:#}");
}

#[test]
fn a_well_bot_is_found_well_with_and_without_a_gateway() {
    let place = Place::new();
    let zalo = Zalo::start(&place);
    configure(&place, &zalo, &json!({}));
    let gateway = run(&place);
    let (said, code) = doctor(&place, &[]);
    assert_eq!(code, 0, "{said:#}");
    let checks: Vec<_> = said["findings"].as_array().unwrap().iter().collect();
    assert!(checks.iter().all(|one| one["health"] == "ok"), "{said:#}");
    let dir = place.path("").display().to_string();
    let human = told(&place, &["doctor"]).replace(dir.trim_end_matches('/'), "[DIR]");
    let human: Vec<String> = human
        .lines()
        .map(|line| match line.split_once(" MB are free") {
            Some((head, rest)) => {
                let head = head.trim_end_matches(|c: char| c.is_ascii_digit());
                format!("{head}[N] MB are free{rest}")
            }
            None => line.to_owned(),
        })
        .collect();
    insta::assert_snapshot!(human.join("\n"));
    end(gateway);
    expect(&place, &[], "gateway", "warn", ["none runs", "zaloxide run"]);
    // A remedy says where things are, if this command was told.
    let state = place.path("state").display().to_string();
    let (said, _) = doctor(&place, &["--state-dir", &state]);
    assert_eq!(found(&said, "gateway")[2], format!("zaloxide run --state-dir {state}"));
}

#[test]
fn a_token_that_zalo_refuses_and_a_zalo_that_is_not_there() {
    let place = Place::new();
    let zalo = Zalo::start_with(&place, &["1:canary-9f3b-another"]);
    configure(&place, &zalo, &json!({}));
    expect(&place, &[], "token", "fail", ["", "https://bot.zaloplatforms.com"]);
    let gateway = run(&place);
    wait_until("it is refused", || told(&place, &["channels", "status"]).contains("auth failed"));
    expect(&place, &[], "token", "fail", ["refuses the bot token", "config reload"]);
    end(gateway);
    drop(zalo);
    let parts = ["127.0.0.1", "curl -sS"];
    expect(&place, &[], "token", "fail", parts);
}

#[test]
fn a_webhook_that_was_left_set_keeps_polling_from_getting_anything() {
    let place = Place::new();
    let zalo = Zalo::start(&place);
    configure(&place, &zalo, &json!({}));
    let set = json!({"url": "https://left.example/z", "secret_token": "canary-9f3b-left"});
    let url = format!("{}/bot{TOKEN}/setWebhook", zalo.url);
    ureq::post(&url).content_type("application/json").send(set.to_string()).unwrap();
    let parts = ["https://left.example/z", "zaloxide webhook delete"];
    expect(&place, &[], "webhook", "fail", parts);
    let gateway = run(&place);
    expect(&place, &[], "webhook", "fail", parts);
    told(&place, &["webhook", "delete"]);
    let (said, code) = doctor(&place, &[]);
    assert_eq!(code, 0, "{said:#}");
    end(gateway);
}

#[test]
fn a_clock_that_goes_wrong_is_told_by_zalos() {
    let place = Place::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        use std::io::{Read, Write};
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.read(&mut [0; 4_096]);
            let body = r#"{"ok":true,"result":{"id":"12345689","account_name":"b"}}"#;
            let date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nConnection: close";
            let head =
                format!("HTTP/1.1 200 OK\r\n{date}\r\ncontent-length: {}\r\n\r\n", body.len());
            let _ = stream.write_all((head + body).as_bytes());
        }
    });
    let config = json!({"channels": {"zalo": {"botToken": TOKEN, "apiUrl": url}}});
    fs::write(place.path("zaloxide.json5"), config.to_string()).unwrap();
    expect(&place, &[], "clock", "fail", ["s fast, by Zalo's", "timedatectl"]);
}

#[test]
fn what_is_wrong_on_this_machine() {
    let place = Place::new();
    let zalo = Zalo::start(&place);
    let with = |more: &Value, top: &Value| {
        configure(&place, &zalo, more);
        let path = place.path("zaloxide.json5");
        let mut config: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        for (key, value) in top.as_object().unwrap() {
            config[key] = value.clone();
        }
        fs::write(path, config.to_string()).unwrap();
    };
    let none = json!({});
    with(&none, &json!({"agent": {"type": "exec", "command": ["./not-there"]}}));
    expect(&place, &[], "agent", "fail", ["./not-there", "chmod +x"]);
    with(&none, &json!({"log": {"file": "zaloxide.json5/bot.log"}}));
    expect(&place, &[], "log", "fail", ["bot.log can't be written", "ls -ld"]);
    with(&json!({"dmPolicy": "open", "allowFrom": ["*"]}), &none);
    expect(&place, &[], "access", "warn", ["everybody", "dmPolicy: \"pairing\""]);
    expect(&place, &[], "session", "warn", ["share the agent's session", "per-chat"]);
    with(&json!({"dmPolicy": "allowlist"}), &none);
    expect(&place, &[], "access", "fail", ["nobody may talk", "allowFrom"]);
    with(&json!({"allowFrom": [AN, BINH]}), &none);
    expect(&place, &[], "session", "warn", ["several people", "session.dmScope"]);
    with(&json!({"groupPolicy": "open"}), &none);
    expect(&place, &[], "access", "warn", ["in groups", "groupPolicy"]);
    with(&json!({"accounts": {"none": {"botToken": ""}}}), &none);
    expect(&place, &["--account", "none"], "accounts", "warn", ["has no token", "botToken"]);
    expect(&place, &["--account", "nope"], "accounts", "fail", ["no account \"nope\"", ""]);

    fs::write(place.path("zaloxide.json5"), "{channels: {zalo: {dmPolcy: 1}}}").unwrap();
    let (said, code) = doctor(&place, &[]);
    let [health, message, fix] = found(&said, "configuration");
    assert_eq!((code, &*health, &*fix), (3, "fail", "zaloxide config check"));
    assert!(message.contains("did you mean `dmPolicy`?"), "{said:#}");
}

#[test]
fn a_store_that_is_damaged_open_to_others_or_somebody_elses() {
    use std::os::unix::fs::PermissionsExt;

    let place = Place::new();
    let zalo = Zalo::start(&place);
    configure(&place, &zalo, &json!({}));
    let gateway = run(&place);
    fs::remove_file(place.path("state/control.sock")).unwrap();
    let held = format!("in use by process {}", gateway.id());
    expect(&place, &[], "gateway", "fail", [&held, ""]);
    end(gateway);
    fs::set_permissions(place.path("state"), fs::Permissions::from_mode(0o755)).unwrap();
    expect(&place, &[], "store", "warn", ["others can look into", "chmod -R go="]);
    fs::set_permissions(place.path("state"), fs::Permissions::from_mode(0o700)).unwrap();
    fs::write(place.path("state/zaloxide.db"), "no database ".repeat(1_000)).unwrap();
    expect(&place, &[], "store", "fail", ["damaged", "zaloxide logs"]);
    // What Zalo says is told all the same.
    let (said, _) = doctor(&place, &[]);
    let token = said["findings"].as_array().unwrap().iter().find(|one| one["check"] == "token");
    assert_eq!(token.unwrap()["health"], "ok", "{said:#}");
}

#[test]
fn a_quota_that_runs_out_and_what_was_given_up() {
    let place = Place::new();
    let zalo = Zalo::start(&place);
    configure(&place, &zalo, &json!({"quota": {"monthly": 1}}));
    let gateway = run(&place);
    told(&place, &["message", "send", "--target", AN, "--message", "tin"]);
    expect(&place, &[], "quota", "warn", ["1 of 1 messages", "zaloxide quota"]);
    zalo.control("faults", &json!({"method": "sendMessage", "kind": "api_400", "times": 1}));
    place.zaloxide(&["message", "send", "--target", AN, "--message", "x"]).assert().code(1);
    expect(&place, &[], "turns", "warn", ["given up: 1", "zaloxide turns list"]);
    zalo.control("faults", &json!({"method": "sendMessage", "kind": "quota_429", "times": 1}));
    let send = ["message", "send", "--target", AN, "--message", "y", "--wait", "0"];
    place.zaloxide(&send).assert().code(0);
    wait_until("sends pause", || told(&place, &["quota"]).contains("used up"));
    expect(&place, &[], "quota", "fail", ["it is used up", "zaloxide quota resume"]);
    end(gateway);
}

#[test]
fn a_sender_who_is_not_heard_is_told_why() {
    let place = Place::new();
    let zalo = Zalo::start(&place);
    configure(&place, &zalo, &json!({}));
    let gateway = run(&place);
    let of = |health: &str, parts: [&str; 2]| {
        expect(&place, &["--sender", &format!("zalo:{AN}")], "sender", health, parts);
    };
    of("fail", ["not let in", "zaloxide pairing list zalo"]);
    zalo.writes(AN, &json!({"text": "hello"}));
    zalo.wait_for_texts(AN, 1);
    of("fail", ["waits to be let in", "zaloxide pairing approve zalo "]);
    let (said, _) = doctor(&place, &["--sender", AN]);
    let fix = found(&said, "sender")[2].clone();
    told(&place, &fix.split(' ').skip(1).collect::<Vec<_>>());
    let (said, code) = doctor(&place, &["--sender", AN]);
    assert_eq!(code, 0, "{said:#}");
    told(&place, &["chats", "pause", AN]);
    of("fail", ["taken the chat over", &format!("zaloxide chats resume {AN}")]);
    told(&place, &["chats", "resume", AN]);
    told(&place, &["pairing", "revoke", "zalo", &format!("zalo:user:{AN}")]);
    told(&place, &["pairing", "reject", "zalo", AN]);
    of("fail", ["was rejected", &format!("zaloxide forget {AN}")]);
    end(gateway);
    of("fail", ["was rejected", &format!("zaloxide forget {AN}")]);
    configure(&place, &zalo, &json!({"dmPolicy": "allowlist", "allowFrom": [BINH]}));
    of("fail", ["not in allowFrom", "allowFrom"]);
    configure(&place, &zalo, &json!({"dmPolicy": "disabled"}));
    of("fail", ["disabled", "pairing"]);
}

#[test]
fn a_door_that_zalo_can_not_get_through() {
    let place = Place::new();
    // Zalo pushes to one port, and the gateway listens on another.
    let port = || TcpListener::bind("127.0.0.1:0").unwrap();
    let (wrong, right) = (port(), port());
    let number = |listener: &TcpListener| listener.local_addr().unwrap().port();
    let (wrong_port, right_port) = (number(&wrong), number(&right));
    drop(wrong);
    let deliver = format!("http://127.0.0.1:{wrong_port}");
    let zalo = Zalo::start_at(&place, &[TOKEN], &["--deliver-to", &deliver]);
    let channel = json!({
        "webhookUrl": "https://b.example/z", "webhookSecret": "canary-9f3b-of-the-door",
        "webhook": {"listen": format!("127.0.0.1:{right_port}")},
    });
    configure(&place, &zalo, &channel);
    let parts = [&*format!("can't listen at 127.0.0.1:{right_port}"), "ss -ltnp"];
    expect(&place, &[], "door", "fail", parts);
    expect(&place, &[], "webhook", "warn", ["does not push here yet", "zaloxide run"]);
    drop(right);
    let gateway = run(&place);
    wait_until("it is set", || told(&place, &["webhook", "info"]).contains("they are the same"));
    let (said, code) = doctor(&place, &[]);
    assert_eq!(code, 1, "{said:#}");
    let door = said["findings"].as_array().unwrap().iter().find(|one| one["check"] == "door");
    assert_eq!(door.unwrap()["health"], "ok", "{said:#}");
    let [health, message, fix] = found(&said, "reachable");
    assert_eq!(health, "fail", "{said:#}");
    assert!(message.contains("can't reach") && fix.contains("curl"), "{said:#}");
    told(&place, &["webhook", "delete"]);
    expect(&place, &[], "webhook", "fail", ["and not to https://b.example/z", "webhook set"]);
    end(gateway);
}
