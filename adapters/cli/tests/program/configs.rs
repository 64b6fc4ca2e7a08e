//! Configurations as people have them: checked, shown, and run.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::gateway::{AN, TOKEN, Zalo};
use crate::place::{Place, wait_until};

/// Where they are kept: the engine's own tests read them too.
const CONFIGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../gateway/tests/configs");
const HELP: &str = "98765432:canary-9f3b-of-another-bot";

/// What an `openclaw.json` refers to.
const VARIABLES: [(&str, &str); 2] = [("ZALO_SHOP_TOKEN", TOKEN), ("ZALO_HELP_TOKEN", HELP)];

fn copied(place: &Place, name: &str) {
    fs::copy(Path::new(CONFIGS).join(name), place.path(name)).unwrap();
}

#[test]
fn they_are_checked_and_shown_without_a_secret() {
    let place = Place::new();
    let mut all = String::new();
    for name in ["minimal.json5", "every-key.json5", "openclaw.json"] {
        copied(&place, name);
        for command in ["check", "show"] {
            let [(shop, token), (help, other)] = VARIABLES;
            let run = place.zaloxide(&["config", command, "--config", name]);
            let run = run.env(shop, token).env(help, other);
            let output = run.assert().code(0).get_output().clone();
            let text = String::from_utf8([output.stderr, output.stdout].concat()).unwrap();
            for secret in ["abc-xyz", "uvw-rst", "a-secret-of", "canary-9f3b"] {
                assert!(!text.contains(secret), "{text}");
            }
            writeln!(all, "$ zaloxide config {command} --config {name}\n{text}").unwrap();
        }
    }
    insta::assert_snapshot!(all);
}

#[test]
fn programs_read_all_problems() {
    let place = Place::new();
    let text = "{\n  channels: {zalo: {botToken: \"12:canary-9f3b\", dmPolice: 1, typing: 'yes'}}}";
    fs::write(place.path("wrong.json5"), text).unwrap();
    let check = |file: &str, code: i32| -> Value {
        let arguments = ["config", "check", "--json", "--config", file];
        let output = place.zaloxide(&arguments).assert().code(code).stderr("").get_output().clone();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(!text.contains("canary-9f3b"), "{text}");
        serde_json::from_str(&text).unwrap()
    };
    let problem = |line: u64, column: u64, message: &str, help: &str| {
        json!({
            "severity": "error", "message": message, "help": help, "file": "wrong.json5",
            "line": line, "column": column,
        })
    };
    let expected = json!({
        "ok": false, "file": "wrong.json5", "accounts": null, "agent": null,
        "problems": [
            problem(2, 49, "there is no key `channels.zalo.dmPolice`", "did you mean `dmPolicy`?"),
            problem(
                2,
                70,
                "`channels.zalo.typing` must be true or false, not a text",
                "write true, without quotes",
            ),
        ],
    });
    assert_eq!(check("wrong.json5", 3), expected);
    let missing = check("missing.json5", 3);
    assert_eq!(missing["problems"][0]["file"], "missing.json5");
    assert_eq!(missing["problems"][0]["line"], Value::Null);
    // Warnings alone: it can be used.
    copied(&place, "minimal.json5");
    let fine = check("minimal.json5", 0);
    assert_eq!(fine["ok"], true);
    assert_eq!(fine["accounts"], json!([{"account": "default", "state": "ready"}]));
    assert_eq!(fine["problems"][0]["severity"], "warning");
}

#[test]
fn an_openclaw_json_runs_as_it_is() {
    let place = Place::new();
    let zalo = Zalo::start_with(&place, &[TOKEN, HELP]);
    copied(&place, "openclaw.json");
    let mut variables = VARIABLES.to_vec();
    variables.push(("ZALO_API_URL", &zalo.url));
    let run = ["run", "--config", "openclaw.json", "--agent", "echo"];
    let mut gateway = place.start(&run, &variables);
    gateway.wait_for_line("running: shop, help");
    zalo.writes(AN, &json!({"text": "Shop mở cửa chưa?"}));
    let sent = wait_until("it answers", || zalo.calls("sendMessage", AN));
    assert!(sent[0]["params"]["text"].as_str().unwrap().contains("Shop mở cửa chưa?"), "{sent:?}");
    gateway.signal(Signal::TERM);
    let (status, said) = gateway.end();
    assert!(status.success(), "{said}");
    assert!(!said.contains("canary-9f3b"), "{said}");
}

/// The configuration of two polled bots, and the program's own keys.
fn write_two(place: &Place, policy: &str, program: &Value) {
    let accounts = json!({
        "shop": {"botToken": TOKEN, "dmPolicy": policy},
        "help": {"botToken": HELP},
    });
    let config = json!({"channels": {"zalo": {"accounts": accounts}}, "zaloxide": program});
    fs::write(place.path("zaloxide.json5"), config.to_string()).unwrap();
}

#[test]
fn reading_again_changes_what_differs_and_names_what_needs_a_restart() {
    let place = Place::new();
    let zalo = Zalo::start_with(&place, &[TOKEN, HELP]);
    let echo = json!({"agent": {"type": "echo"}});
    write_two(&place, "disabled", &echo);
    let mut gateway = place.start(&["run"], &[("ZALO_API_URL", &zalo.url)]);
    gateway.wait_for_line("running: help, shop");
    let reload = || -> Value {
        let command = place.zaloxide(&["config", "reload", "--json"]);
        let output = command.env("ZALO_API_URL", &zalo.url).assert().code(0).get_output().clone();
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let nothing: Value = json!([]);
    let same = reload();
    for key in ["added", "changed", "removed", "restart", "failed"] {
        assert_eq!(same[key], nothing, "{same}");
    }

    // Broken: the whole of it changes nothing, and the reason is the one that `check` gives.
    let file = place.path("zaloxide.json5");
    let good = fs::read_to_string(&file).unwrap();
    fs::write(&file, good.replace("\"disabled\"", "\"opne\"").replace("echo", "ecko")).unwrap();
    let said = |command: &str| {
        let output = place.zaloxide(&["config", command]).assert().code(3).get_output().clone();
        String::from_utf8(output.stderr).unwrap()
    };
    let (reloaded, checked) = (said("reload"), said("check"));
    assert_eq!(reloaded.trim_end(), checked.trim_end());
    assert!(
        reloaded.contains("did you mean \"open\"?") && reloaded.contains("^^^^^^"),
        "{reloaded}"
    );
    assert!(reloaded.contains("zaloxide.agent.type") && !reloaded.contains("canary"), "{reloaded}");

    // One account differs, and what only a restart can change.
    let program = json!({
        "agent": {"type": "exec", "command": ["cat"]}, "log": {"level": "debug", "maxMb": 5},
    });
    write_two(&place, "pairing", &program);
    let report = reload();
    assert_eq!(report["changed"], json!(["shop"]), "{report}");
    assert_eq!(report["restart"], json!(["agent", "log"]), "{report}");
    assert_eq!((&report["added"], &report["removed"]), (&nothing, &nothing), "{report}");
    // It is in force: a stranger is given a code.
    zalo.writes(AN, &json!({"text": "hello", "bot": "12345689"}));
    let codes = wait_until("a code comes", || zalo.calls("sendMessage", AN));
    assert!(codes[0]["params"]["text"].as_str().unwrap().contains("pairing approve"), "{codes:?}");
    // What needs a restart is named as long as it does.
    assert_eq!(reload()["restart"], json!(["agent", "log"]));
    gateway.signal(Signal::HUP);
    gateway.wait_for_line("in force only after a restart: agent, log");
    gateway.signal(Signal::TERM);
    assert!(gateway.end().0.success());
}
