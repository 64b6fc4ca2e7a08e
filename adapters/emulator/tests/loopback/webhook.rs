//! Webhooks: registered at a public URL, delivered to a local address.

use serde_json::{Value, json};
use zaloxide_emulator::{Delivery, Emulator, Fault, FaultKind, Options, Quirks, Target};

use super::{Hook, call, control, settled, start, start_with};

const SECRET: &str = "a-webhook-secret";

fn delivering(hook: &Hook) -> Emulator {
    start_with(Options { deliver_to: Some(hook.url()), ..Options::default() })
}

fn register(emulator: &Emulator) -> Value {
    let params = json!({"url": "https://bot.example.com/zalo/hook?a=1", "secret_token": SECRET});
    call(emulator, "setWebhook", &params).1
}

#[test]
fn the_ping_verifies_and_updates_come_flat() {
    let hook = Hook::start(&[200]);
    let emulator = delivering(&hook);
    let answer = register(&emulator);
    insta::assert_snapshot!(settled(answer));

    let ping = hook.next();
    assert!(ping.head.starts_with("POST /zalo/hook?a=1 HTTP/1.1\r\n"), "{}", ping.head);
    let head = ping.head.to_ascii_lowercase();
    for line in [
        "content-type: application/json",
        "user-agent: java/",
        "x-bot-api-secret-token: a-webhook-secret",
    ] {
        assert!(head.contains(line), "{line} is missing in {head}");
    }
    let body: Value = serde_json::from_str(&ping.body).unwrap();
    assert_eq!(body["event_name"], json!("webhook.test"));
    assert!(body["message"]["date"].as_u64().unwrap() < 100_000_000_000, "in seconds");

    let user = emulator.user("6ede9afa66b88fe6d6a9").named("Ted");
    assert_eq!(user.sends_text("Xin chào"), Ok(Delivery::Delivered));
    let update: Value = serde_json::from_str(&hook.next().body).unwrap();
    assert_eq!(update["message"]["text"], json!("Xin chào"));
    assert_eq!(update.get("ok"), None);
}

#[test]
fn a_failed_verification_still_saves_the_url() {
    let table: [(&'static [u16], &str); 3] =
        [(&[403], "webhook.http.403"), (&[500], "webhook.http.500"), (&[302], "webhook.http.302")];
    for (statuses, outcome) in table {
        let emulator = delivering(&Hook::start(statuses));
        let answer = register(&emulator);
        assert_eq!(answer["ok"], json!(true));
        assert_eq!(answer["result"]["verification"]["ok"], json!(false));
        assert_eq!(answer["result"]["verification"]["outcome"], json!(outcome));
        let info = call(&emulator, "getWebhookInfo", &json!({})).1;
        assert_eq!(info["result"]["url"], json!("https://bot.example.com/zalo/hook?a=1"));
        assert_eq!(emulator.user("u").sends_text("not taken"), Ok(Delivery::Lost));
    }
}

#[test]
fn an_unreachable_webhook_is_told_apart() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let deliver_to = Some(format!("http://{closed}"));
    let emulator = start_with(Options { deliver_to, ..Options::default() });
    let answer = register(&emulator);
    assert_eq!(answer["result"]["verification"]["outcome"], json!("webhook.err.connect"));
    assert_eq!(answer["result"]["verification"]["status_code"], json!(0));
}

#[test]
fn with_nowhere_to_deliver_nothing_is_posted() {
    let emulator = start();
    assert_eq!(register(&emulator)["result"].get("verification"), None);
    assert_eq!(emulator.user("u").sends_text("lost"), Ok(Delivery::Lost));
    let test = call(&emulator, "testWebhook", &json!({})).1;
    assert_eq!(test["result"]["ok"], json!(false));
}

#[test]
fn test_webhook_posts_and_has_a_daily_limit() {
    let hook = Hook::start(&[200, 200, 403]);
    let emulator = delivering(&hook);
    register(&emulator);
    let test = || call(&emulator, "testWebhook", &json!({})).1;
    assert_eq!(settled(test())["result"]["outcome"], json!("webhook.ok"));
    assert_eq!(test()["result"]["outcome"], json!("webhook.http.403"));
    for _ in 2..100 {
        test();
    }
    let last = test();
    assert_eq!((&last["ok"], &last["errorCode"]), (&json!(false), &json!(426)));
}

#[test]
fn polls_get_nothing_while_a_webhook_is_set() {
    let hook = Hook::start(&[200]);
    let emulator =
        start_with(Options { deliver_to: Some(hook.url()), queue: true, ..Options::default() });
    emulator.user("u").sends_text("before").unwrap();
    register(&emulator);
    let poll = || call(&emulator, "getUpdates", &json!({"timeout": 0})).1;
    assert_eq!(poll()["error_code"], json!(408));
    let gone = call(&emulator, "deleteWebhook", &json!({})).1;
    assert_eq!(gone["result"]["url"], json!(""));
    assert_eq!(poll()["result"]["message"]["text"], json!("before"));
}

#[test]
fn duplicates_are_posted_twice() {
    let hook = Hook::start(&[200]);
    let emulator = delivering(&hook);
    register(&emulator);
    hook.next();
    emulator.fault(Fault::new(FaultKind::Duplicate).on(Target::Webhook)).unwrap();
    emulator.user("u").sends_text("twice").unwrap();
    emulator.user("u").sends_text("once").unwrap();
    let (first, second, third) = (hook.next().body, hook.next().body, hook.next().body);
    assert!(first == second && first.contains("twice") && third.contains("once"));
}

#[test]
fn raw_updates_go_out_byte_for_byte() {
    let hook = Hook::start(&[200]);
    let emulator = delivering(&hook);
    register(&emulator);
    hook.next();
    for body in ["", "{not json", r#"{"event_name":"message.future.received"}"#] {
        let (status, answer) = control(&emulator, "updates", body);
        assert_eq!((status, answer), (200, json!({"delivered": true})));
        let hit = hook.next();
        assert_eq!(hit.body, body);
        assert!(hit.head.to_ascii_lowercase().contains(SECRET));
    }
}

#[test]
fn the_ping_may_come_without_the_secret() {
    let hook = Hook::start(&[200]);
    let quirks = Quirks { ping_without_secret: true, ..Quirks::default() };
    let emulator =
        start_with(Options { deliver_to: Some(hook.url()), quirks, ..Options::default() });
    register(&emulator);
    assert!(!hook.next().head.contains(SECRET));
    emulator.user("u").sends_text("x").unwrap();
    assert!(hook.next().head.contains(SECRET));
}

#[test]
fn the_secret_is_masked_in_the_list_of_calls() {
    let emulator = start();
    register(&emulator);
    let (_, listed) = super::get(&format!("{}/_control/calls", emulator.url()));
    assert!(!listed.contains(SECRET) && listed.contains("•••"), "{listed}");
}
