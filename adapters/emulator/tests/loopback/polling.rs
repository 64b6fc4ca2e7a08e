//! The long poll: who gets an update, and who does not.

use std::io::Read;
use std::net::Shutdown;

use serde_json::json;
use zaloxide_emulator::{Delivery, Options};

use super::{PATIENCE, bare_poll, call, control, poll, start, start_with};

#[test]
fn one_object_a_poll() {
    let emulator = start();
    for text in ["một", "hai"] {
        let poll = poll(&emulator, 20);
        assert!(emulator.wait_for_poll(None, PATIENCE).unwrap());
        assert_eq!(emulator.user("u").sends_text(text), Ok(Delivery::Delivered));
        let (status, answer) = poll.join().unwrap();
        assert_eq!(status, 200);
        assert_eq!(answer["result"]["message"]["text"], json!(text));
        assert_eq!(answer["result"]["event_name"], json!("message.text.received"));
    }
}

#[test]
fn nothing_is_kept_for_a_poll_that_is_not_open() {
    let emulator = start();
    assert_eq!(emulator.user("u").sends_text("lost"), Ok(Delivery::Lost));
    let (_, answer) = call(&emulator, "getUpdates", &json!({"timeout": 0}));
    assert_eq!(answer["error_code"], json!(408));
}

#[test]
fn with_queue_it_is_kept_in_order() {
    let emulator = start_with(Options { queue: true, ..Options::default() });
    for text in ["1", "2"] {
        assert_eq!(emulator.user("u").sends_text(text), Ok(Delivery::Queued));
    }
    for text in ["1", "2"] {
        let (_, answer) = call(&emulator, "getUpdates", &json!({"timeout": 0}));
        assert_eq!(answer["result"]["message"]["text"], json!(text));
    }
}

#[test]
fn an_update_goes_past_a_client_that_left() {
    let emulator = start();
    let (gone, stays) = (bare_poll(&emulator), poll(&emulator, 20));
    let second = |call: &zaloxide_emulator::Call| call.params["timeout"] == json!(20);
    assert!(emulator.wait_for_call(0, PATIENCE, second).is_some());
    // Its poll is the older one. Whether the server noticed by now or not, it gets nothing.
    gone.shutdown(Shutdown::Both).unwrap();
    drop(gone);
    assert_eq!(emulator.user("u").sends_text("for who stays"), Ok(Delivery::Delivered));
    assert_eq!(stays.join().unwrap().1["result"]["message"]["text"], json!("for who stays"));

    let alone = bare_poll(&emulator);
    drop(alone);
    assert_eq!(emulator.user("u").sends_text("nobody"), Ok(Delivery::Lost));
    let calls = emulator.calls_since(0);
    assert_eq!(calls.iter().filter(|call| call.status.is_some()).count(), 1, "the rest: no answer");
}

#[test]
fn polls_of_one_token_compete_and_the_oldest_wins() {
    let emulator = start();
    let mut first = bare_poll(&emulator);
    let second = bare_poll(&emulator);
    assert_eq!(emulator.user("u").sends_text("theirs"), Ok(Delivery::Delivered));
    first.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut head = [0; 15];
    first.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 200 OK");
    assert!(emulator.wait_for_poll(None, PATIENCE).unwrap(), "the second is still open");
    drop(second);
}

#[test]
fn tokens_do_not_share_updates() {
    let tokens = vec!["1:a".to_owned(), "2:b".to_owned()];
    let emulator = start_with(Options { tokens, queue: true, ..Options::default() });
    emulator.user("u").to_bot("2").sends_text("to the second").unwrap();
    let updates = |token: &str| {
        let url = format!("{}/bot{token}/getUpdates", emulator.url());
        super::post(&url, r#"{"timeout":0}"#).unwrap().1
    };
    assert!(updates("1:a").contains("408"));
    assert!(updates("2:b").contains("to the second"));
}

#[test]
fn reset_ends_open_polls_with_408() {
    let emulator = start();
    let poll = poll(&emulator, 20);
    assert!(emulator.wait_for_poll(None, PATIENCE).unwrap());
    assert_eq!(control(&emulator, "reset", "").0, 200);
    assert_eq!(poll.join().unwrap().1["error_code"], json!(408));
}

#[test]
fn an_idle_poll_takes_its_window() {
    let emulator = start();
    let start = std::time::Instant::now();
    let (_, answer) = call(&emulator, "getUpdates", &json!({"timeout": "0.2"}));
    assert_eq!(answer["description"], json!("Request timeout"));
    assert!(start.elapsed().as_millis() >= 200, "it must not end before its window");
}

#[test]
fn stop_ends_open_polls_and_frees_the_port() {
    let emulator = start();
    let addr = emulator.addr();
    let mut socket = bare_poll(&emulator);
    emulator.stop();
    let mut rest = vec![];
    socket.read_to_end(&mut rest).unwrap();
    assert!(rest.is_empty(), "no answer came");
    assert!(std::net::TcpStream::connect(addr).is_err());
    assert_eq!(emulator.calls_since(0).len(), 1, "what it saw stays readable");
}
