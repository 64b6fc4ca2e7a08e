//! The table of faults: which are `NotSent`, which `Unknown`, which an answer.

use zaloxide_core::Method;
use zaloxide_polling::{Api, Cancel};

use crate::peer::{Conn, LONG_MS, Peer, Serve, api, closed_port, kind};

fn call(api: &Api, timeout_ms: u64) -> (String, String) {
    kind(&api.call(
        Method::SendMessage,
        r#"{"chat_id":"c","text":"t"}"#,
        timeout_ms,
        &Cancel::new(),
    ))
}

#[track_caller]
fn expect(name: &str, got: &(String, String), outcome: &str, words: &str) {
    assert_eq!(got.0, outcome, "{name}: {}", got.1);
    assert!(got.1.contains(words), "{name}: {}", got.1);
    println!("{name:<40} {outcome:<8} {}", got.1);
}

#[test]
fn nothing_is_sent_without_a_connection() {
    let refused = closed_port();
    let table = [
        ("refused", format!("http://{refused}"), "refused the connection"),
        ("no such name", "https://nonexistent.invalid".to_owned(), "nonexistent.invalid"),
        ("refused, TLS", format!("https://{refused}"), "apiUrl"),
    ];
    for (name, url, words) in table {
        expect(name, &call(&api(&url, None), LONG_MS), "NotSent", words);
    }
    let no_time = Peer::answering("200 OK", "", "{}");
    expect("no time at all", &call(&no_time.api(), 0), "NotSent", "no time left");
    assert!(no_time.requests().is_empty());
}

#[test]
fn nothing_is_sent_when_tls_fails() {
    let table: [(&str, Serve, u64, &str); 4] = [
        (
            "TLS garbage",
            |conn| {
                conn.take(5);
                conn.send("HTTP/1.1 400 Bad Request\r\n\r\n");
                conn.until_closed();
            },
            LONG_MS,
            "no TLS with",
        ),
        (
            "TLS reset",
            |conn| {
                conn.take(5);
                conn.reset();
            },
            LONG_MS,
            "no TLS with",
        ),
        (
            "TLS closed",
            |conn| {
                conn.take(5);
            },
            LONG_MS,
            "no TLS with",
        ),
        ("TLS silence", Conn::until_closed, 200, "TLS handshake in time"),
    ];
    for (name, serve, timeout_ms, words) in table {
        let peer = Peer::start(serve);
        let url = format!("https://{}", peer.addr);
        expect(name, &call(&api(&url, None), timeout_ms), "NotSent", words);
    }
}

type Fault = (&'static str, Serve, u64, &'static str, &'static str);

#[rustfmt::skip]
const FAULTS: [Fault; 22] = [
    ("closed after the request", |c| { c.request(); }, LONG_MS, "Unknown", "without an answer"),
    ("reset after the request", |c| { c.request(); c.reset(); }, LONG_MS, "Unknown", "without an answer"),
    ("reset after the head", |c| { c.head(); c.reset(); }, LONG_MS, "Unknown", "closed the connection"),
    ("never answers", |c| { c.request(); c.until_closed(); }, 200, "Unknown", "no answer"),
    ("half a status line", |c| { c.request(); c.send("HTTP/1.1 20"); }, LONG_MS, "Unknown", "stopped half way"),
    ("half a head", |c| { c.request(); c.send("HTTP/1.1 200 OK\r\nContent-Le"); }, LONG_MS, "Unknown", "stopped half way"),
    ("half a body", |c| { c.request(); c.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"ok"); }, LONG_MS, "Unknown", "stopped half way"),
    ("half a body, reset", |c| { c.request(); c.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"ok"); c.reset(); }, LONG_MS, "Unknown", ""),
    ("half a body, then silence", |c| { c.request(); c.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"ok"); c.until_closed(); }, 200, "Unknown", "not complete within 200 ms"),
    ("length too large", |c| { c.request(); c.send("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"ok\":true}"); }, LONG_MS, "Unknown", "stopped half way"),
    ("length no number", |c| { c.request(); c.send("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}"); }, LONG_MS, "Unknown", "HTTP server"),
    ("two lengths", |c| { c.request(); c.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"); }, LONG_MS, "Unknown", "HTTP server"),
    ("chunks cut off", |c| { c.request(); c.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"ok\"\r\n"); }, LONG_MS, "Unknown", "stopped half way"),
    ("a chunk cut off", |c| { c.request(); c.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{\"ok\""); }, LONG_MS, "Unknown", "stopped half way"),
    ("chunks that are none", |c| { c.request(); c.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n"); }, LONG_MS, "Unknown", "HTTP server"),
    ("an open end, reset", |c| { c.request(); c.send("HTTP/1.1 200 OK\r\n\r\n{\"ok\""); c.reset(); }, LONG_MS, "Unknown", ""),
    ("no HTTP", |c| { c.request(); c.send("SSH-2.0-OpenSSH_9.9\r\n\r\n"); }, LONG_MS, "Unknown", "HTTP server"),
    ("a huge body", |c| { c.request(); c.send("HTTP/1.1 200 OK\r\n\r\n"); for _ in 0..40 { c.send([b'x'; 65_536]); } }, LONG_MS, "Unknown", "larger than 1048576 bytes"),
    ("a huge chunked body", |c| { c.request(); c.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"); for _ in 0..40 { c.send("10000\r\n"); c.send([b'x'; 65_536]); c.send("\r\n"); } }, LONG_MS, "Unknown", "larger than"),
    ("a huge head", |c| { c.request(); c.send("HTTP/1.1 200 OK\r\nX: "); for _ in 0..40 { c.send([b'x'; 65_536]); } }, LONG_MS, "Unknown", "too large a header"),
    ("a slow drip", |c| { c.request(); c.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"); drip(c); }, 300, "Unknown", "not complete within 300 ms"),
    ("a slow drip of a head", |c| { c.request(); c.send("HTTP/1.1 200 OK\r\nX: "); drip(c); }, 300, "Unknown", "not complete within 300 ms"),
];

/// A byte every now and then, for as long as somebody listens.
fn drip(conn: &mut Conn) {
    use std::io::Write;
    while conn.stream.write_all(b"x").is_ok() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

#[test]
fn what_was_sent_and_not_answered_is_unknown_and_sent_once() {
    for (name, serve, timeout_ms, outcome, words) in FAULTS {
        let peer = Peer::start(serve);
        expect(name, &call(&peer.api(), timeout_ms), outcome, words);
        let whole = usize::from(name != "reset after the head");
        assert_eq!(peer.requests().len(), whole, "{name}: sent more than once");
    }
}

#[test]
fn a_kept_connection_that_closes_on_the_next_request_is_unknown() {
    let peer = Peer::start(|conn| {
        conn.request();
        conn.answer("200 OK", "", "{}");
        conn.request();
        conn.reset();
    });
    let api = peer.api();
    expect("first", &call(&api, LONG_MS), "200", "");
    expect("kept connection reset", &call(&api, LONG_MS), "Unknown", "without an answer");
    assert_eq!(peer.requests().len(), 2, "the request was silently sent again");
    expect("the next has a new connection", &call(&api, LONG_MS), "200", "");
}

#[test]
fn a_kept_connection_that_has_closed_is_not_used() {
    let (tell, told) = std::sync::mpsc::channel();
    let peer = Peer::start(move |conn| {
        conn.request();
        conn.answer("200 OK", "", "{}");
        conn.stream.shutdown(std::net::Shutdown::Both).unwrap();
        tell.send(()).unwrap();
    });
    let api = peer.api();
    for _ in 0..3 {
        expect("closed in between", &call(&api, LONG_MS), "200", "");
        told.recv().unwrap();
    }
    assert_eq!(peer.requests().len(), 3);
}

#[test]
fn bytes_after_an_answer_do_not_reach_the_next_call() {
    let peer = Peer::start(|conn| {
        while conn.request().is_some() {
            conn.answer("200 OK", "", "{}HTTP/1.1 500 Forged\r\nContent-Length: 0\r\n\r\n");
        }
    });
    // The length covers all of it here, and half of it there.
    let short = Peer::start(|conn| {
        while conn.request().is_some() {
            conn.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 500 Forged\r\n\r\n");
        }
    });
    for api in [peer.api(), short.api()] {
        for _ in 0..3 {
            expect("trailing bytes", &call(&api, LONG_MS), "200", "");
        }
    }
}
