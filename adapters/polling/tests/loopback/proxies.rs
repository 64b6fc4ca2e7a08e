//! Proxies: by CONNECT and by SOCKS 5, and what goes wrong there.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Instant;

use zaloxide_core::Method;
use zaloxide_polling::{Api, Cancel};

use crate::peer::{Conn, LONG, LONG_MS, Peer, Serve, api, closed_port, kind};

fn call(api: &Api, timeout_ms: u64) -> (String, String) {
    kind(&api.call(Method::SendMessage, "{}", timeout_ms, &Cancel::new()))
}

/// Pass bytes on both ways until either side ends.
pub(crate) fn relay(conn: &Conn, to: &str) {
    fn pump(mut from: &TcpStream, mut to: &TcpStream) {
        let mut buffer = [0; 4096];
        while let Ok(n @ 1..) = from.read(&mut buffer) {
            if to.write_all(&buffer[..n]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    }
    let onward = TcpStream::connect(to).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| pump(&conn.stream, &onward));
        pump(&onward, &conn.stream);
    });
}

/// A CONNECT proxy that wants `user:hunter2`.
fn connect_proxy() -> Peer {
    Peer::start(|conn| {
        let head = conn.head().unwrap();
        assert!(!head.contains("CANARY"), "the proxy sees the token: {head}");
        let to = head.split(' ').nth(1).unwrap().to_owned();
        if !head.contains("Proxy-Authorization: Basic dXNlcjpodW50ZXIy\r\n") {
            conn.send("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
            return;
        }
        conn.send("HTTP/1.1 200 Connection established\r\n\r\n");
        relay(conn, &to);
    })
}

/// A SOCKS 5 proxy that wants `user:hunter2`.
fn socks_proxy() -> Peer {
    Peer::start(|conn| {
        let methods = conn.take(2).unwrap()[1];
        let offered = conn.take(methods.into()).unwrap();
        if !offered.contains(&2) {
            conn.send([5, 0xff]);
            return;
        }
        conn.send([5, 2]);
        let user = conn.take(2).unwrap()[1];
        conn.take(user.into());
        let pass = conn.take(1).unwrap()[0];
        if conn.take(pass.into()).unwrap() != b"hunter2" {
            conn.send([1, 1]);
            return;
        }
        conn.send([1, 0]);
        let request = conn.take(4).unwrap();
        let host = match request[3] {
            1 => conn.take(4).unwrap().iter().map(u8::to_string).collect::<Vec<_>>().join("."),
            3 => {
                let length = conn.take(1).unwrap()[0];
                String::from_utf8(conn.take(length.into()).unwrap()).unwrap()
            }
            other => panic!("address type {other}"),
        };
        let port = conn.take(2).unwrap();
        conn.send([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
        relay(conn, &format!("{host}:{}", u16::from_be_bytes([port[0], port[1]])));
    })
}

#[test]
fn calls_go_through_each_kind_of_proxy_on_one_connection() {
    let (connect, socks) = (connect_proxy(), socks_proxy());
    let table = [
        format!("http://user:hunter2@{}", connect.addr),
        format!("socks5://user:hunter2@{}", socks.addr),
        format!("socks5h://user:hunter2@{}", socks.addr),
    ];
    for proxy in table {
        let peer = Peer::answering("200 OK", "", "{}");
        let api = api(&format!("http://localhost:{}", peer.addr.port()), Some(&proxy));
        for _ in 0..3 {
            assert_eq!(call(&api, LONG_MS), ("200".into(), String::new()), "{proxy}");
        }
        assert_eq!(peer.requests().len(), 3);
        assert!(peer.requests()[0].head.contains("CANARY"));
    }
}

type Fault = (&'static str, &'static str, Serve, u64, &'static str);

#[rustfmt::skip]
const FAULTS: [Fault; 12] = [
    ("CONNECT 407", "http", |c| { c.head(); c.send("HTTP/1.1 407 No\r\n\r\n"); }, LONG_MS, "407"),
    ("CONNECT 503", "http", |c| { c.head(); c.send("HTTP/1.1 503 No\r\n\r\n"); }, LONG_MS, "503"),
    ("CONNECT closed", "http", |c| { c.head(); }, LONG_MS, "the proxy"),
    ("CONNECT reset", "http", |c| { c.head(); c.reset(); }, LONG_MS, "the proxy"),
    ("CONNECT silence", "http", |c| { c.head(); c.until_closed(); }, 200, "in time"),
    ("CONNECT garbage", "http", |c| { c.head(); c.send("SSH-2.0\r\n\r\n"); }, LONG_MS, "the proxy"),
    ("no TLS to it", "https", |c| { c.send("nope, not here\r\n"); c.until_closed(); }, LONG_MS, "no TLS with the proxy"),
    ("SOCKS garbage", "socks5", |c| { c.take(3); c.send("HTTP/1.1 400 No\r\n\r\n"); c.until_closed(); }, LONG_MS, "the proxy"),
    ("SOCKS refuses", "socks5", |c| { c.take(3); c.send([5, 0xff]); c.until_closed(); }, LONG_MS, "credentials"),
    ("SOCKS closed", "socks5", |c| { c.take(3); }, LONG_MS, "the proxy"),
    ("SOCKS silence", "socks5", |c| { c.take(3); c.until_closed(); }, 200, "in time"),
    ("SOCKS unreachable", "socks5", |c| { c.take(4); c.send([5, 0]); c.take(10); c.send([5, 4, 0, 1, 0, 0, 0, 0, 0, 0]); c.until_closed(); }, LONG_MS, "host unreachable"),
];

#[test]
fn a_proxy_that_fails_has_sent_nothing() {
    let target = Peer::answering("200 OK", "", "{}");
    for (name, scheme, serve, timeout_ms, words) in FAULTS {
        let proxy = Peer::start(serve);
        let login = format!("{scheme}://user:hunter2@{}", proxy.addr);
        let (outcome, reason) = call(&api(&target.url(), Some(&login)), timeout_ms);
        println!("{name:<20} {outcome} {reason}");
        assert_eq!(outcome, "NotSent", "{name}: {reason}");
        assert!(reason.contains(words), "{name}: {reason}");
    }
    assert!(target.requests().is_empty());
}

#[test]
fn a_proxy_that_is_not_there_is_named() {
    let target = Peer::answering("200 OK", "", "{}");
    for scheme in ["http", "socks5"] {
        for host in [closed_port().to_string(), "nonexistent.invalid:1".to_owned()] {
            let proxy = format!("{scheme}://user:hunter2@{host}");
            let (outcome, reason) = call(&api(&target.url(), Some(&proxy)), LONG_MS);
            assert_eq!(outcome, "NotSent", "{reason}");
            assert!(reason.contains(&format!("the proxy {host}")), "{reason}");
            assert!(reason.ends_with("or proxy"), "{reason}");
        }
    }
}

#[test]
fn what_breaks_behind_a_proxy_is_unknown() {
    let (connect, socks) = (connect_proxy(), socks_proxy());
    let table = [
        format!("http://user:hunter2@{}", connect.addr),
        format!("socks5://user:hunter2@{}", socks.addr),
    ];
    for proxy in table {
        let target = Peer::start(|conn| {
            conn.request();
        });
        let (outcome, reason) = call(&api(&target.url(), Some(&proxy)), LONG_MS);
        assert_eq!(outcome, "Unknown", "{reason}");
        assert_eq!(target.requests().len(), 1);
    }
}

#[test]
fn cancelling_works_through_proxies() {
    let (connect, socks) = (connect_proxy(), socks_proxy());
    let table = [
        format!("http://user:hunter2@{}", connect.addr),
        format!("socks5://user:hunter2@{}", socks.addr),
    ];
    for proxy in table {
        let cancel = Cancel::new();
        let stop = cancel.clone();
        let target = Peer::start(move |conn| {
            conn.request();
            stop.cancel();
            conn.until_closed();
        });
        let api = api(&target.url(), Some(&proxy));
        let begin = Instant::now();
        let (outcome, reason) = kind(&api.call(Method::GetUpdates, "{}", LONG_MS, &cancel));
        assert!(begin.elapsed() < LONG / 2, "it waited for the time-out of the call");
        assert_eq!(outcome, "Unknown", "{reason}");
        assert!(reason.contains("cancelled"), "{reason}");
    }
}
