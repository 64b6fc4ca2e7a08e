//! A mount as its host sees it.

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::*;
use crate::{Answer, Routes, Status, Taker};

const SECRET: &str = "12345678";
const MAX: Duration = Duration::from_secs(30);

struct Takes;

impl Taker for Takes {
    fn take(&self, body: &[u8], answer: Answer) {
        answer.tell(if body == b"{}" { Status::Taken } else { Status::Malformed });
    }
}

fn mount() -> Mount {
    let routes = Arc::new(Routes::new().unwrap());
    routes.add("shop", "/zalo", SECRET.as_bytes(), Arc::new(Takes)).unwrap();
    Mount::start(Door::new(routes)).unwrap()
}

fn plain(secret: &str, length: Option<usize>, body: impl Into<PlainBody>) -> Plain {
    let header = |name: &str, value: &str| (name.into(), value.into());
    let mut headers =
        vec![header("Content-Type", "application/json"), header("X-Bot-Api-Secret-Token", secret)];
    headers.extend(length.map(|length| header("content-length", &length.to_string())));
    let (method, target) = ("POST".into(), "/zalo".into());
    Plain { method, target, headers, body: body.into(), peer: None, major: 1 }
}

fn ask(mount: &Mount, plain: Plain) -> Receiver<u16> {
    let (tell, told) = channel();
    mount.answer(plain, move |answer| tell.send(answer.status).unwrap());
    told
}

#[test]
fn a_whole_request_gets_a_whole_answer() {
    let mount = mount();
    let status = |method: &str, target: &str, secret: &str, body: &[u8]| {
        let mut plain = plain(secret, Some(body.len()), body.to_vec());
        (plain.method, plain.target) = (method.into(), target.into());
        ask(&mount, plain).recv_timeout(MAX).unwrap()
    };
    assert_eq!(status("POST", "/zalo?x=1", SECRET, b"{}"), 200);
    assert_eq!(status("POST", "/zalo", SECRET, b"[]"), 400);
    assert_eq!(status("POST", "/zalo", "guess", b"[]"), 401);
    assert_eq!(status("GET", "/zalo", SECRET, b""), 405);
    assert_eq!(status("POST", "/", SECRET, b"{}"), 404);
    assert_eq!(status("POST", "/zalo", SECRET, &vec![b' '; (1 << 20) + 1]), 413);
    assert_eq!(status("PO ST", "/zalo", SECRET, b"{}"), 400);
    assert_eq!(status("POST", "/zalo", "12345678\n", b"{}"), 400);
}

#[test]
fn a_body_is_read_piece_by_piece_when_it_is_wanted() {
    let mount = mount();
    let (want, wanted) = channel();
    let (pieces, body) = PlainBody::pieces(move || want.send(()).unwrap());
    let told = ask(&mount, plain(SECRET, Some(2), body));
    for (piece, is_last) in [("{", false), ("}", true)] {
        wanted.recv_timeout(MAX).unwrap();
        assert!(pieces.give(piece.into(), is_last));
    }
    assert_eq!(told.recv_timeout(MAX), Ok(200));
    assert!(!pieces.give(b"{}".to_vec(), true), "nobody reads it");
}

#[test]
fn what_can_be_answered_without_its_body_is() {
    let mount = mount();
    let table = [
        (SECRET, None, 1, 200),
        (SECRET, Some(0), 2, 200),
        ("guess", None, 1, 200),
        ("guess", Some(3000), 1, 401),
        (SECRET, Some((1 << 20) + 1), 1, 413),
    ];
    for (secret, length, major, status) in table {
        // Nothing ever comes.
        let (pieces, body) = PlainBody::pieces(|| ());
        let mut plain = plain(secret, length, body);
        plain.major = major;
        let told = ask(&mount, plain).recv_timeout(MAX);
        assert_eq!(told, Ok(status), "{secret} {length:?}");
        drop(pieces);
    }
}

#[test]
fn a_body_may_come_unannounced_and_may_break_off() {
    let mount = mount();
    let mut unannounced = plain(SECRET, None, b"{}".to_vec());
    unannounced.major = 2;
    assert_eq!(ask(&mount, unannounced).recv_timeout(MAX), Ok(200));
    let (pieces, body) = PlainBody::pieces(|| ());
    let told = ask(&mount, plain(SECRET, Some(2), body));
    pieces.give(b"{".to_vec(), false);
    drop(pieces);
    assert_eq!(told.recv_timeout(MAX), Ok(400));
}

#[test]
fn a_host_need_not_hand_in_what_nobody_looks_at() {
    for (name, read) in [
        ("X-Bot-Api-Secret-Token", true),
        ("content-LENGTH", true),
        ("transfer-encoding", true),
        ("x-forwarded-for", true),
        ("user-agent", false),
        (":path", false),
        ("", false),
    ] {
        assert_eq!(is_read(name.as_bytes()), read, "{name}");
    }
}

#[test]
fn nobody_is_left_without_an_answer_when_the_mount_goes() {
    let mount = mount();
    let (pieces, body) = PlainBody::pieces(|| ());
    let told = ask(&mount, plain(SECRET, Some(2), body));
    drop(mount);
    assert_eq!(told.recv_timeout(MAX), Ok(503));
    drop(pieces);
}
