//! Each fault: what the client sees, and whether the call took effect.

use serde_json::{Value, json};
use zaloxide_core::Method;
use zaloxide_emulator::{Emulator, Fault, FaultKind, Options, Target};

use super::{PATIENCE, api_url, call, control, poll, post, start, start_with};

const SEND: &str = r#"{"chat_id":"u","text":"xin chào"}"#;

fn arm(emulator: &Emulator, fault: &Value) {
    assert_eq!(control(emulator, "faults", &fault.to_string()), (200, json!({"ok": true})));
}

/// One send under a fault: what came back, or that the connection failed; and whether the message
/// was counted by a quota of one.
fn send_under(kind: &str) -> String {
    let emulator = start_with(Options { quota_monthly: 1, ..Options::default() });
    arm(&emulator, &json!({"method": "sendMessage", "kind": kind, "ms": 1}));
    let seen = match post(&api_url(&emulator, "sendMessage"), SEND) {
        Ok((status, body)) if status < 400 && body.contains("\"ok\":true") => "sent".to_owned(),
        Ok((status, body)) => format!("{status} {}", body.replace("\r\n", "")),
        Err(ureq::Error::Timeout(_)) => panic!("{kind}: the client had to give up"),
        Err(_) => "connection failed".to_owned(),
    };
    let again = call(&emulator, "sendMessage", &serde_json::from_str(SEND).unwrap()).1;
    let effect = if again["error_code"] == json!(429) { "took effect" } else { "no effect" };
    format!("{kind}: {seen}; {effect}; listed as {:?}", emulator.calls_since(0)[0].status)
}

#[test]
fn every_kind_on_a_send() {
    let kinds = [
        "http_500",
        "http_502_html",
        "http_429_html",
        "quota_429",
        "api_400",
        "api_401",
        "timeout",
        "disconnect_before",
        "disconnect_after",
        "truncate",
        "slow_ms",
    ];
    insta::assert_snapshot!(kinds.map(send_under).join("\n"));
}

#[test]
fn a_truncated_answer_promises_more_than_comes() {
    let emulator = start();
    emulator.fault(Fault::new(FaultKind::Truncate).on_method(Method::GetMe)).unwrap();
    let mut answer = super::agent().post(api_url(&emulator, "getMe")).send_empty().unwrap();
    assert_eq!(answer.status(), 200);
    let promised: usize = answer.headers()["content-length"].to_str().unwrap().parse().unwrap();
    assert!(answer.body_mut().read_to_string().is_err());
    let half = emulator.calls_since(0)[0].response_text.clone().unwrap();
    assert_eq!(half.len(), promised / 2);
    assert!(half.starts_with(r#"{"ok":true"#), "{half}");
}

#[test]
fn times_and_rates_with_a_seed() {
    let emulator = start();
    let ok = |emulator: &Emulator| call(emulator, "getMe", &json!({})).1["ok"] == json!(true);
    arm(&emulator, &json!({"method": "getMe", "kind": "http_500", "times": 2}));
    assert_eq!([ok(&emulator), ok(&emulator), ok(&emulator)], [false, false, true]);
    let pattern = || {
        let emulator = start();
        arm(&emulator, &json!({"kind": "api_400", "rate": 0.5, "seed": 42}));
        (0..20).map(|_| ok(&emulator)).collect::<Vec<_>>()
    };
    let seen = pattern();
    assert!(seen.contains(&true) && seen.contains(&false));
    assert_eq!(seen, pattern());
    emulator.reset();
    assert!(ok(&emulator), "a reset disarms");
}

#[test]
fn an_update_may_come_with_the_next_poll_once_more() {
    let emulator = start();
    emulator
        .fault(Fault::new(FaultKind::Duplicate).on(Target::Method(Method::GetUpdates)))
        .unwrap();
    let open = poll(&emulator, 20);
    assert!(emulator.wait_for_poll(None, PATIENCE).unwrap());
    assert!(emulator.user("u").sends_text("again").unwrap().is_delivered());
    let first = open.join().unwrap().1;
    let second = call(&emulator, "getUpdates", &json!({"timeout": 0})).1;
    let third = call(&emulator, "getUpdates", &json!({"timeout": 0})).1;
    assert_eq!(first["result"], second["result"]);
    assert_eq!(third["error_code"], json!(408));
}

#[test]
fn a_poll_can_lose_its_update_on_the_way() {
    let emulator = start();
    arm(&emulator, &json!({"method": "getUpdates", "kind": "disconnect_after"}));
    let url = api_url(&emulator, "getUpdates");
    let lost = std::thread::spawn(move || post(&url, "{}").is_err());
    assert!(emulator.wait_for_poll(None, PATIENCE).unwrap());
    assert!(emulator.user("u").sends_text("consumed").unwrap().is_delivered());
    assert!(lost.join().unwrap(), "the connection ended without an answer");
    assert_eq!(call(&emulator, "getUpdates", &json!({"timeout": 0})).1["error_code"], json!(408));
}

#[test]
fn faults_that_make_no_sense_are_refused() {
    let emulator = start();
    for fault in ["", "{}", r#"{"kind":"none"}"#, r#"{"kind":"duplicate","method":"getMe"}"#] {
        let (status, answer) = control(&emulator, "faults", fault);
        assert!(status == 400 && answer["error"].is_string(), "{fault}: {status} {answer}");
    }
}
