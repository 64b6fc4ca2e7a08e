//! Bodies: types, lengths and ends that lie, silence, and what has no end.

use std::io::Write;
use std::thread;
use std::time::Duration;

use zaloxide_polling::DownloadError;

use super::{SECRET, assert_fails, got, got_from, png, settings, want};
use crate::peer::{Conn, Peer, Serve};

const HEAD: &str = "HTTP/1.1 200 OK\r\n";
/// What a test that lets time pass waits for.
const SHORT: Duration = Duration::from_millis(500);

fn answer(conn: &mut Conn, headers: &str, body: impl AsRef<[u8]>) {
    conn.request();
    conn.send(format!("{HEAD}{headers}\r\n"));
    conn.send(body);
}

fn chunked(conn: &mut Conn, chunks: &[&[u8]], end: &str) {
    answer(conn, "Transfer-Encoding: chunked\r\n", "");
    for chunk in chunks {
        conn.send(format!("{:x}\r\n", chunk.len()));
        conn.send(chunk);
        conn.send("\r\n");
    }
    conn.send(end);
}

/// Until the other side has had enough.
fn endless(conn: &mut Conn, piece: &[u8]) {
    while conn.stream.write_all(piece).is_ok() {}
}

#[test]
fn a_picture_is_kept_whatever_its_header_says() {
    let peer = Peer::start(|c| {
        answer(c, "Content-Type: text/html\r\nContent-Length: 64\r\n", png(64));
    });
    let (kind, content) = got_from(&settings(), &format!("{}{SECRET}", peer.url())).unwrap();
    assert_eq!((kind, content), ("image/png", png(64)));
    let requests = peer.requests();
    let head = requests[0].head.to_ascii_lowercase();
    assert_eq!(requests.len(), 1);
    assert!(requests[0].head.starts_with(&format!("GET {SECRET} HTTP/1.1\r\n")));
    assert!(head.contains("accept-encoding: identity\r\n"), "{head}");
    for header in ["cookie", "authorization", "referer", "origin"] {
        assert!(!head.contains(header), "{head}");
    }
}

#[test]
fn a_voice_message_is_kept() {
    let voice = [b"\xff\xf1\x50\x80".as_slice(), &[7; 3_000]].concat();
    let body = voice.clone();
    let peer =
        Peer::start(move |c| chunked(c, &[&body[..1], &body[1..600], &body[600..]], "0\r\n\r\n"));
    let got = got_from(&settings(), &peer.url()).unwrap();
    assert_eq!(got, ("audio/aac", voice));
}

#[test]
fn sizes_are_kept_to_the_byte() {
    let ways: [(&str, Serve); 6] = [
        ("length", |c| answer(c, "Content-Length: 1000\r\n", png(1_000))),
        ("chunks", |c| chunked(c, &[&png(999), b"x"], "0\r\n\r\n")),
        ("one chunk", |c| chunked(c, &[&png(1_000)], "0\r\n\r\n")),
        ("open end", |c| answer(c, "", png(1_000))),
        ("identity", |c| {
            answer(c, "Content-Encoding: identity\r\nContent-Length: 1000\r\n", png(1_000));
        }),
        ("less declared than sent", |c| answer(c, "Content-Length: 1000\r\n", png(2_000))),
    ];
    for (name, serve) in ways {
        let peer = Peer::start(serve);
        let (_, content) = got(&settings(), |f| want(&peer.url(), 1_000, f)).expect(name);
        assert_eq!(content.len(), 1_000, "{name}");
        let error = got(&settings(), |f| want(&peer.url(), 999, f)).expect_err(name);
        let expected = DownloadError::TooLarge { host: "127.0.0.1".into(), bytes_max: 999 };
        assert_eq!(error, expected, "{name}");
    }
}

#[test]
fn what_has_no_end_is_cut() {
    let ways: [(&str, Serve); 4] = [
        ("open end", |c| {
            answer(c, "", png(512));
            endless(c, &[0; 4096]);
        }),
        ("chunks", |c| {
            chunked(c, &[&png(512)], "");
            endless(c, format!("400\r\n{}\r\n", "x".repeat(1024)).as_bytes());
        }),
        ("a length beyond all numbers", |c| {
            answer(c, "Content-Length: 18446744073709551615\r\n", png(512));
            endless(c, &[0; 4096]);
        }),
        ("redirects with a body", |c| {
            c.request();
            c.send("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n");
            endless(c, &[0; 4096]);
        }),
    ];
    for (name, serve) in ways {
        let peer = Peer::start(serve);
        let words = if name.starts_with("redirects") { "refused" } else { "larger than" };
        assert_fails(name, got_from(&settings(), &peer.url()), words);
    }
}

type Fault = (&'static str, Serve, &'static str);

#[rustfmt::skip]
const FAULTS: [Fault; 30] = [
    ("longer declared than sent", |c| answer(c, "Content-Length: 1000\r\n", png(999)), "half way"),
    ("chunks without an end", |c| chunked(c, &[&png(600)], ""), "half way"),
    ("half a chunk", |c| answer(c, "Transfer-Encoding: chunked\r\n", "40\r\nabc"), "half way"),
    ("a chunk of no size", |c| answer(c, "Transfer-Encoding: chunked\r\n", "zz\r\nabc\r\n0\r\n\r\n"), "HTTP"),
    ("a reset", |c| { answer(c, "Content-Length: 1000\r\n", png(600)); c.reset(); }, "half way"),
    ("a reset, open end", |c| { answer(c, "", png(600)); c.reset(); }, "half way"),
    ("two lengths", |c| answer(c, "Content-Length: 64\r\nContent-Length: 65\r\n", png(65)), "HTTP"),
    ("a negative length", |c| answer(c, "Content-Length: -1\r\n", png(64)), "HTTP"),
    ("a length of words", |c| answer(c, "Content-Length: many\r\n", png(64)), "HTTP"),
    ("nothing", |c| answer(c, "Content-Length: 0\r\n", ""), "empty"),
    ("nothing, chunked", |c| chunked(c, &[], "0\r\n\r\n"), "empty"),
    ("nothing, open end", |c| answer(c, "", ""), "empty"),
    ("204", |c| { c.request(); c.send("HTTP/1.1 204 No Content\r\n\r\n"); }, "204"),
    ("206", |c| { c.request(); c.answer("206 Partial Content", "", "\u{89}PNG"); }, "206"),
    ("304", |c| { c.request(); c.send("HTTP/1.1 304 Not Modified\r\n\r\n"); }, "304"),
    ("404", |c| { c.request(); c.answer("404 Not Found", "", "CANARY"); }, "404"),
    ("500", |c| { c.request(); c.answer("500 Oops", "", "CANARY"); }, "500"),
    ("gzip", |c| answer(c, "Content-Encoding: gzip\r\n", png(64)), "compressed"),
    ("br after identity", |c| answer(c, "Content-Encoding: identity, br\r\n", png(64)), "compressed"),
    ("HTML", |c| answer(c, "Content-Type: image/png\r\n", "<!DOCTYPE html><title>x"), "text/html"),
    ("SVG", |c| answer(c, "Content-Type: image/svg+xml\r\n", "<?xml version='1.0'?><svg/>"), "text/xml"),
    ("a program", |c| answer(c, "Content-Type: image/png\r\n", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0".repeat(4)), "executable"),
    ("a video", |c| answer(c, "", b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2"), "video/mp4"),
    ("JSON", |c| answer(c, "Content-Type: image/png\r\n", "{\"error\": \"CANARY\"}"), "neither a picture nor a sound"),
    ("one byte", |c| answer(c, "", b"\xff"), "neither a picture nor a sound"),
    ("no HTTP", |c| { c.request(); c.send("SSH-2.0-OpenSSH_9.9\r\n\r\n"); }, "HTTP"),
    ("a line without end", |c| { c.request(); c.send(HEAD); c.send("X: "); endless(c, &[b'a'; 4096]); }, "header"),
    ("lines without end", |c| { c.request(); c.send(HEAD); endless(c, b"X: aaaaaaaaaaaaaaaaaaaa
"); }, "HTTP"),
    ("no answer", |c| { c.request(); }, "without an answer"),
    ("half a head", |c| { c.request(); c.send(HEAD); }, "half way"),
];

#[test]
fn faults_leave_nothing_and_say_what_they_are() {
    for (name, serve, words) in FAULTS {
        let peer = Peer::start(serve);
        let url = format!("{}{SECRET}", peer.url());
        let error = assert_fails(name, got_from(&settings(), &url), words);
        assert!(error.to_string().contains("127.0.0.1"), "{name}: {error} names no host");
    }
}

#[test]
fn silence_is_bounded() {
    let table: [Fault; 4] = [
        ("no head", |c| c.until_closed(), "did not answer in time"),
        (
            "a head byte by byte",
            |c| {
                c.request();
                c.send(HEAD);
                while c.stream.write_all(b"X").is_ok() {
                    thread::sleep(SHORT / 10);
                }
            },
            "too long",
        ),
        ("no body", |c| answer_and_wait(c, b""), "went silent"),
        ("half a body", |c| answer_and_wait(c, &png(700)), "went silent"),
    ];
    for (name, serve, words) in table {
        let peer = Peer::start(serve);
        let mut settings = settings();
        if words == "went silent" {
            settings.idle = SHORT;
        } else {
            settings.headers = SHORT;
        }
        assert_fails(name, got_from(&settings, &peer.url()), words);
    }
}

fn answer_and_wait(conn: &mut Conn, body: &[u8]) {
    answer(conn, "Content-Length: 1000\r\n", body);
    conn.until_closed();
}

#[test]
fn a_body_that_drips_is_bounded_as_a_whole() {
    let peer = Peer::start(|c| {
        answer(c, "", png(512));
        while c.stream.write_all(b"x").is_ok() {
            thread::sleep(SHORT / 10);
        }
    });
    let mut settings = settings();
    settings.total = SHORT * 2;
    assert_fails("drips", got_from(&settings, &peer.url()), "too long");
}

#[test]
fn the_wait_for_an_answer_is_not_cut_by_the_limit_on_silence() {
    let peer = Peer::start(|c| {
        c.request();
        thread::sleep(SHORT);
        // In one piece: only the wait for it is longer than the limit.
        let head = format!("{HEAD}Content-Length: 64\r\n\r\n");
        c.send([head.as_bytes(), &png(64)].concat());
    });
    let mut settings = settings();
    settings.idle = SHORT / 4;
    got_from(&settings, &peer.url()).unwrap();
}
