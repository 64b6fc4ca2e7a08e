//! An operator's own address: what goes there, what comes back, and what never does.

use std::collections::BTreeMap;
use std::sync::mpsc::channel;
use std::thread;

use zaloxide_polling::{Cancel, Endpoint};

use crate::peer::{LONG, Peer, closed_port};

const KEY: &str = "Bearer CANARY-key-of-the-endpoint";

fn endpoint(url: &str) -> Endpoint {
    let headers = BTreeMap::from([("Authorization".to_owned(), KEY.to_owned())]);
    Endpoint::new(url, &headers).unwrap()
}

#[test]
fn the_body_and_the_headers_arrive_and_any_status_is_an_answer() {
    for status in ["200 OK", "204 No Content", "302 Found", "404 Not Found", "503 Busy"] {
        let peer = Peer::answering(status, "Location: /CANARY\r\n", "");
        let answer = endpoint(&format!("{}/turn?x=1", peer.url()))
            .post(r#"{"a":1}"#, LONG, &Cancel::new())
            .unwrap();
        assert_eq!(answer.status.to_string(), status[..3]);
        let [request] = peer.requests().try_into().unwrap();
        assert!(request.head.starts_with("POST /turn?x=1 HTTP/1.1"), "{}", request.head);
        assert!(request.head.contains(KEY), "{}", request.head);
        assert_eq!(request.body, r#"{"a":1}"#);
    }
}

#[test]
fn an_answer_that_repeats_the_key_is_redacted() {
    let peer = Peer::start(|conn| {
        while conn.request().is_some() {
            conn.answer("401 No", "", "bad key: CANARY-key-of-the-endpoint");
        }
    });
    let answer = endpoint(&peer.url()).post("{}", LONG, &Cancel::new()).unwrap();
    assert_eq!(answer.body, "bad key: •".as_bytes());
}

#[test]
fn what_is_too_large_or_nobody_says_has_a_reason() {
    let long = "x".repeat(2 << 20);
    let peer = Peer::start(move |conn| {
        while conn.request().is_some() {
            conn.answer("200 OK", "", &long);
        }
    });
    let error = endpoint(&peer.url()).post("{}", LONG, &Cancel::new()).unwrap_err();
    assert!(error.contains("larger than 1048576 bytes: check url"), "{error}");

    let nobody = endpoint(&format!("http://{}/CANARY", closed_port()));
    let error = nobody.post("{}", LONG, &Cancel::new()).unwrap_err();
    assert!(error.contains("refused the connection") && error.ends_with("or url"), "{error}");
    assert!(!error.contains("CANARY"), "{error}");
}

#[test]
fn a_cancelled_post_ends_at_once() {
    let (tell, told) = channel();
    let peer = Peer::start(move |conn| {
        conn.request();
        let _ = tell.send(());
        conn.until_closed();
    });
    let (endpoint, cancel) = (endpoint(&peer.url()), Cancel::new());
    thread::scope(|scope| {
        let posted = scope.spawn(|| endpoint.post("{}", LONG * 100, &cancel));
        told.recv_timeout(LONG).unwrap();
        cancel.cancel();
        let error = posted.join().unwrap().unwrap_err();
        assert_eq!(error, "cancelled while it waited for its answer");
    });
    assert!(endpoint.post("{}", LONG, &cancel).is_err(), "it was cancelled for good");
}
