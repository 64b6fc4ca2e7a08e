//! Cancelling a call at every stage.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};
use zaloxide_core::{Method, Outcome};
use zaloxide_polling::{Api, Cancel};

use crate::peer::{Conn, LONG, LONG_MS, Peer, api, body, kind};

/// Call, cancel when the peer says so, and return the outcome.
fn cancelled(api: &Api, when: impl FnOnce(&Cancel)) -> Outcome<'static> {
    let cancel = Cancel::new();
    let begin = Instant::now();
    let outcome = thread::scope(|scope| {
        let running = scope.spawn(|| api.call(Method::GetUpdates, "{}", LONG_MS, &cancel));
        when(&cancel);
        // Once is not enough in the instant before a connection begins.
        while !running.is_finished() {
            cancel.cancel();
            thread::yield_now();
        }
        running.join().unwrap()
    });
    assert!(begin.elapsed() < LONG / 2, "it waited for the time-out of the call");
    outcome
}

fn peer(
    serve: impl Fn(&mut Conn, &Sender<()>) + Send + Sync + 'static,
) -> (Peer, mpsc::Receiver<()>) {
    let (tell, told) = mpsc::channel();
    let tell = std::sync::Mutex::new(tell);
    let peer = Peer::start(move |conn| {
        let tell = tell.lock().unwrap().clone();
        serve(conn, &tell);
    });
    (peer, told)
}

/// Until the call has come to this stage, as its `Debug` form shows it.
fn until(cancel: &Cancel, stage: &str) {
    let end = Instant::now() + LONG;
    while !format!("{cancel:?}").contains(stage) {
        assert!(Instant::now() < end, "never came to {stage}: {cancel:?}");
        thread::yield_now();
    }
}

#[test]
fn before_it_begins() {
    let peer = Peer::answering("200 OK", "", "{}");
    let cancel = Cancel::new();
    cancel.cancel();
    assert!(cancel.is_cancelled());
    let (outcome, reason) = kind(&peer.api().call(Method::GetMe, "{}", LONG_MS, &cancel));
    assert_eq!((outcome.as_str(), reason.as_str()), ("NotSent", "cancelled before it was sent"));
    assert!(peer.requests().is_empty());
}

#[test]
fn while_it_connects() {
    // A listener whose queue is full answers no further connection.
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    listener.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    listener.listen(0).unwrap();
    let addr = listener.local_addr().unwrap().as_socket().unwrap();
    let mut queue = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&addr, Duration::from_millis(100)) {
        queue.push(stream);
        assert!(queue.len() < 100, "the queue never fills");
    }
    let outcome = cancelled(&api(&format!("http://{addr}"), None), |cancel| {
        until(cancel, "Connect(Api)");
    });
    assert_eq!(kind(&outcome), ("NotSent".into(), "cancelled before it was sent".into()));
}

#[test]
fn during_the_tls_handshake() {
    let (peer, told) = peer(|conn, tell| {
        conn.take(5);
        tell.send(()).unwrap();
        conn.until_closed();
    });
    let api = api(&format!("https://{}", peer.addr), None);
    let outcome = cancelled(&api, |_| told.recv_timeout(LONG).unwrap());
    assert_eq!(kind(&outcome).0, "NotSent");
}

#[test]
fn while_it_waits_for_its_answer() {
    let (peer, told) = peer(|conn, tell| {
        conn.request();
        tell.send(()).unwrap();
        conn.until_closed();
        tell.send(()).unwrap();
    });
    let outcome = cancelled(&peer.api(), |cancel| {
        told.recv_timeout(LONG).unwrap();
        until(cancel, "Wait");
    });
    let (outcome, reason) = kind(&outcome);
    assert_eq!(outcome, "Unknown");
    assert_eq!(reason, "cancelled while it waited for its answer");
    told.recv_timeout(LONG).expect("the peer sees the connection end");
    assert_eq!(peer.requests().len(), 1);
}

#[test]
fn while_a_proxy_is_asked() {
    for scheme in ["http", "socks5"] {
        let (proxy, told) = peer(|conn, tell| {
            conn.take(3);
            tell.send(()).unwrap();
            conn.until_closed();
        });
        let proxy = format!("{scheme}://{}", proxy.addr);
        let outcome = cancelled(&api("http://127.0.0.1:1", Some(&proxy)), |_| {
            told.recv_timeout(LONG).unwrap();
        });
        assert_eq!(kind(&outcome).0, "NotSent", "{scheme}");
    }
}

#[test]
fn an_answer_that_has_begun_is_read_to_its_end() {
    let table =
        ["HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"ok\"", "HTTP/1.1 200 OK\r\n\r\n{\"ok\""];
    for begin in table {
        read_to_its_end(begin);
    }
}

fn read_to_its_end(begin: &'static str) {
    let (go, wait) = mpsc::channel();
    let wait = std::sync::Mutex::new(wait);
    let peer = Peer::start(move |conn| {
        conn.request();
        conn.send(begin);
        wait.lock().unwrap().recv_timeout(LONG).unwrap();
        conn.send(":true}");
    });
    let cancel = Cancel::new();
    let api = peer.api();
    let outcome = thread::scope(|scope| {
        let running = scope.spawn(|| api.call(Method::GetUpdates, "{}", LONG_MS, &cancel));
        until(&cancel, "Answer");
        cancel.cancel();
        go.send(()).unwrap();
        running.join().unwrap()
    });
    assert_eq!(body(&outcome), r#"{"ok":true}"#);
}

#[test]
fn an_answer_that_does_not_end_is_given_up_after_a_second() {
    let table: [fn(&mut Conn); 2] = [
        |conn| conn.send("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"ok\""),
        |conn| conn.send("HTTP/1.1 200 OK\r\n\r\n{\"ok\""),
    ];
    for begin in table {
        let peer = Peer::start(move |conn| {
            conn.request();
            begin(conn);
            conn.until_closed();
        });
        let outcome = cancelled(&peer.api(), |cancel| until(cancel, "Answer"));
        let (outcome, reason) = kind(&outcome);
        assert_eq!(outcome, "Unknown");
        assert_eq!(reason, "cancelled before its answer was complete");
    }
}

#[test]
fn a_call_that_has_ended_is_left_alone() {
    let peer = Peer::start(|conn| {
        while conn.request().is_some() {
            let index = conn.index.to_string();
            conn.answer("200 OK", "", &index);
        }
    });
    let api = peer.api();
    let first = Cancel::new();
    api.call(Method::GetMe, "{}", LONG_MS, &first);
    first.cancel();
    // Its connection was kept and now serves the next call.
    let second = api.call(Method::GetMe, "{}", LONG_MS, &Cancel::new());
    assert_eq!(body(&second), "0");
}
