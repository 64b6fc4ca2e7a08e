//! What the manual says of a gateway at work, beside one.

use std::collections::BTreeSet;

use serde_json::json;

use crate::errands::{configure, end};
use crate::gateway::{AN, Zalo};
use crate::place::Place;

const MANUAL: &str = include_str!("../../docs/operating.md");
const BESIDE: &str = include_str!("../../docs/openclaw.md");

#[test]
fn the_manual_names_the_metrics_there_are() {
    let place = Place::new();
    let zalo = Zalo::start(&place);
    configure(&place, &zalo, &json!({"allowFrom": [AN], "ops": {"listen": "127.0.0.1:0"}}));
    let mut gateway = place.start(&["run", "--agent", "echo"], &[]);
    let line = gateway.wait_for_line("health and metrics are at ");
    let (_, url) = line.split_once(" at ").unwrap();
    gateway.wait_for_line("connected as bot");
    // Some are there only once something has happened: an answer, and a message that came to nothing.
    zalo.writes("stranger", &json!({"text": "hello"}));
    zalo.writes(AN, &json!({"text": "hello"}));
    zalo.wait_for_texts(AN, 1);
    let page = |name: &str| {
        let mut answer = ureq::get(format!("{}/{name}", url.trim())).call().unwrap();
        answer.body_mut().read_to_string().unwrap()
    };
    assert_eq!((page("healthz").as_str(), page("readyz").as_str()), ("ok\n", "ready\n"));
    let metrics = page("metrics");
    let there: BTreeSet<&str> = metrics
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split(['{', ' ']).next())
        .map(|name| match name.strip_prefix("zaloxide_commit_seconds") {
            Some(_) => "zaloxide_commit_seconds",
            None => name,
        })
        .collect();
    let named: BTreeSet<&str> = MANUAL
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("zaloxide_"))
        .collect();
    assert_eq!(named, there);
    end(gateway);
}

#[test]
fn whoever_comes_from_openclaw_finds_each_of_its_keys() {
    let channel = [
        "enabled",
        "botToken",
        "tokenFile",
        "dmPolicy",
        "allowFrom",
        "mediaMaxMb",
        "webhookUrl",
        "webhookSecret",
        "webhookPath",
        "proxy",
    ];
    let account = [
        "botToken",
        "tokenFile",
        "name",
        "enabled",
        "dmPolicy",
        "allowFrom",
        "webhookUrl",
        "webhookSecret",
        "webhookPath",
        "proxy",
    ];
    let channel = channel.map(|key| format!("`channels.zalo.{key}`"));
    let account = account.map(|key| format!("`channels.zalo.accounts.<id>.{key}`"));
    for key in channel.iter().chain(&account) {
        assert!(BESIDE.contains(key), "{key}");
    }
    let rows = BESIDE.lines().filter(|line| line.starts_with("| ") && !line.contains("| there |"));
    for row in rows {
        let said = row.trim_end_matches(" |").rsplit("| ").next().unwrap();
        let is_word = |word: &str| {
            said == word
                || said.starts_with(&format!("{word}: "))
                || said.starts_with(&format!("{word}, "))
                || said.starts_with("same words")
        };
        let is_head = row.contains("| OpenClaw | zaloxide |");
        assert!(is_head || ["same", "more", "other"].into_iter().any(is_word), "{row}");
    }
}
