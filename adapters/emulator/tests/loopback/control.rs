//! The control API: people, raw updates, the list of calls; and the files it hosts.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use zaloxide_emulator::{Delivery, Emulator, Media, Options, StartError};

use super::{PATIENCE, agent, call, control, get, poll, settled, start, start_with};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nnot a real one";

/// Sends a message by control to an open poll and returns what the poll got.
fn received(emulator: &Emulator, user: &str, message: &Value) -> Value {
    let open = poll(emulator, 20);
    assert!(emulator.wait_for_poll(None, PATIENCE).unwrap());
    let path = format!("users/{user}/messages");
    assert_eq!(
        control(emulator, &path, &message.to_string()),
        (200, json!({"delivered": true})),
        "{message}"
    );
    open.join().unwrap().1["result"].take()
}

#[test]
fn people_send_every_kind() {
    let emulator = start();
    let table = [
        json!({"text": "xin chào"}),
        json!({"text": "@Bot Thử chào", "chat": "zgr-0011223344556677aabb", "name": "Ann"}),
        json!({"photo": "https://h/p.jpg", "text": "chú thích"}),
        json!({"photo": "https://h/p.jpg", "caption": "chú thích"}),
        json!({"sticker": "2be893baafff46a11fee"}),
        json!({"voice": "https://h/v.aac"}),
        json!({"unsupported": true, "bot": "1000000000000000001"}),
    ];
    let seen: Vec<_> = table
        .iter()
        .map(|message| settled(received(&emulator, "ng%C6%B0%E1%BB%9Di", message)).to_string())
        .collect();
    insta::assert_snapshot!(seen.join("\n"));
}

#[test]
fn base64_is_hosted() {
    let emulator = start();
    let encoded = STANDARD.encode(PNG);
    let data = format!("data:image/png;base64,{encoded}");
    for (message, field, content_type) in [
        (json!({"photo": encoded}), "photo_url", "image/png"),
        (json!({"photo": data}), "photo_url", "image/png"),
        (json!({"voice": encoded}), "voice_url", "audio/aac"),
    ] {
        let update = received(&emulator, "u", &message);
        let url = update["message"][field].as_str().unwrap();
        assert!(url.starts_with(&emulator.url()), "{url}");
        let mut file = agent().get(url).call().unwrap();
        assert_eq!(file.headers()["content-type"], content_type);
        assert_eq!(file.body_mut().read_to_vec().unwrap(), PNG);
    }
}

#[test]
fn bytes_are_hosted_in_process_too() {
    let emulator = start_with(Options { queue: true, ..Options::default() });
    let sent = emulator.user("u").sends_photo(Media::Bytes(PNG.to_vec()), "ảnh");
    assert_eq!(sent, Ok(Delivery::Queued));
    let update = call(&emulator, "getUpdates", &json!({"timeout": 0})).1;
    let url = update["result"]["message"]["photo_url"].as_str().unwrap().to_owned();
    assert_eq!(agent().get(&url).call().unwrap().status(), 200);
    emulator.reset();
    assert_eq!(agent().get(&url).call().unwrap().status(), 404);
    assert!(emulator.user("u").sends_voice(Media::Bytes(vec![0; 12 << 20])).is_err());
}

#[test]
fn raw_updates_wait_for_a_poll() {
    let emulator = start();
    assert_eq!(
        control(&emulator, "updates?as=update", r#"{"event_name":"x"}"#),
        (200, json!({"delivered": false, "queued": true}))
    );
    let answer = call(&emulator, "getUpdates", &json!({"timeout": 0})).1;
    assert_eq!(answer, json!({"ok": true, "result": {"event_name": "x"}}));

    control(&emulator, "updates", "not json");
    let answer = call(&emulator, "getUpdates", &json!({"timeout": 0})).1;
    assert_eq!(answer, json!(r#"{"ok":true,"result":not json}"#));
}

#[test]
fn a_whole_response_is_given_to_the_open_poll_or_the_next() {
    let emulator = start();
    let path = "updates?as=response&status=504&content_type=text%2Fhtml";
    assert_eq!(control(&emulator, path, "").1, json!({"delivered": false, "queued": true}));
    assert_eq!(call(&emulator, "getUpdates", &json!({})), (504, json!("")));

    let open = poll(&emulator, 20);
    assert!(emulator.wait_for_poll(None, PATIENCE).unwrap());
    let body = r#"{"ok":true,"result":[],"error_code":0}"#;
    assert_eq!(control(&emulator, "updates?as=response", body).1, json!({"delivered": true}));
    assert_eq!(open.join().unwrap(), (200, serde_json::from_str(body).unwrap()));
    let last = emulator.calls_since(1).pop().unwrap();
    assert_eq!((last.status, last.response), (Some(200), serde_json::from_str(body).unwrap()));
}

#[test]
fn calls_are_listed_on_arrival_and_when_answered() {
    let emulator = start();
    call(&emulator, "getMe", &json!({}));
    let open = poll(&emulator, 20);
    assert!(emulator.wait_for_poll(None, PATIENCE).unwrap());
    let list = |since: u64| {
        let url = format!("{}/_control/calls?since={since}", emulator.url());
        settled(serde_json::from_str(&get(&url).1).unwrap())
    };
    insta::assert_snapshot!(serde_json::to_string_pretty(&list(0)).unwrap());
    assert_eq!(list(0)["calls"].as_array().unwrap().len(), 2);
    assert_eq!(list(1)["calls"][0]["status"], Value::Null);
    emulator.user("u").sends_text("x").unwrap();
    open.join().unwrap();
    assert_eq!(list(1)["calls"][0]["status"], json!(200));
    assert_eq!(list(2)["calls"], json!([]));
    emulator.reset();
    assert_eq!(list(0)["calls"], json!([]));
    call(&emulator, "getMe", &json!({}));
    assert_eq!(emulator.last_call(), 3, "numbers go on");
}

#[test]
fn waiting_for_a_call_ends_in_time_and_sees_both_moments() {
    let emulator = start();
    let none = emulator.wait_for_call(0, Duration::from_millis(10), |_| true);
    assert_eq!(none, None);
    let caller = {
        let emulator = emulator.clone();
        std::thread::spawn(move || call(&emulator, "getMe", &json!({})))
    };
    let answered = emulator.wait_for_call(0, PATIENCE, |call| call.status.is_some()).unwrap();
    assert_eq!((answered.n, answered.status), (1, Some(200)));
    assert_eq!(answered.response.unwrap()["result"]["id"], json!("1000000000000000001"));
    caller.join().unwrap();
    assert_eq!(emulator.wait_for_poll(None, Duration::from_millis(10)), Ok(false));
}

#[test]
fn nonsense_is_refused_with_a_reason() {
    let emulator = start();
    let table = [
        ("users/u/messages", "{"),
        ("users/u/messages", "{}"),
        ("users/u/messages", r#"{"text":"x","sticker":"y"}"#),
        ("users/u/messages", r#"{"text":"x","to":"y"}"#),
        ("users/u/messages", r#"{"photo":"C:\\photo.jpg"}"#),
        ("users/u/messages", r#"{"text":"x","bot":"404"}"#),
        ("users/%ff/messages", r#"{"text":"x"}"#),
        ("updates?as=reply", "{}"),
        ("updates?at=update", "{}"),
        ("updates?as=response&status=99", "{}"),
        ("updates?as=response&content_type=a%0Ab", "{}"),
        ("calls", ""),
        ("nothing", ""),
    ];
    let answers: Vec<_> = table
        .iter()
        .map(|(path, body)| {
            let (status, answer) = control(&emulator, path, body);
            format!("{path} {body}\n  {status} {answer}")
        })
        .collect();
    insta::assert_snapshot!(answers.join("\n"));
    assert!(emulator.calls_since(0).is_empty(), "control requests are no calls");
    let (status, _) = get(&format!("{}/_control/calls?since=all", emulator.url()));
    assert_eq!(status, 400);
}

#[test]
fn what_waits_is_bounded() {
    let emulator = start();
    for _ in 0..1_000 {
        assert_eq!(emulator.hand_out(None, "{}"), Ok(Delivery::Queued));
    }
    let (status, answer) = control(&emulator, "updates", "{}");
    assert!(status == 409 && answer["error"].is_string(), "{status} {answer}");
}

#[test]
fn help_names_every_route() {
    let emulator = start();
    for path in ["/_control", "/_control/"] {
        let (status, text) = get(&format!("{}{path}", emulator.url()));
        assert_eq!(status, 200);
        for word in ["messages", "as=update", "as=response", "calls", "faults", "reset"] {
            assert!(text.contains(word), "{word}");
        }
    }
}

#[test]
fn the_port_file_holds_the_port() {
    let path = std::env::temp_dir().join(format!("zaloxide-port-{}", std::process::id()));
    let emulator = start_with(Options { port_file: Some(path.clone()), ..Options::default() });
    let port = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(port, format!("{}\n", emulator.addr().port()));

    let nowhere = Some(path.join("no/such/folder"));
    let error = Emulator::start(Options { port_file: nowhere, ..Options::default() }).unwrap_err();
    assert!(matches!(error, StartError::PortFile(..)), "{error}");
    let taken = Options { listen: emulator.addr(), ..Options::default() };
    assert!(matches!(Emulator::start(taken), Err(StartError::Listen(..))));
}
