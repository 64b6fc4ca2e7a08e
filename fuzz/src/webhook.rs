//! `webhook`: any request at the door is answered by the door's table, written down here once more
//! as plainly as possible; behind the door a real channel takes what is let in.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{HeaderMap, Method, Request};
use tokio::runtime::{Builder, Runtime};
use zaloxide_core::{Channel, Event, Settled, Ticket};
use zaloxide_webhook::{Answer, Door, Routes, Status, Taker, Visitor};

use crate::drive::{Driver, NOW, open_account};
use crate::opinion;

const PATH: &str = "/zalo";
const SECRET: &str = "8-or-more";
const SECRET_HEADER: &str = "x-bot-api-secret-token";

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_current_thread().enable_time().build().expect("a runtime without I/O")
});

/// A channel behind the door.
struct Shop(Mutex<Driver>);

impl Taker for Shop {
    fn take(&self, body: &[u8], answer: Answer) {
        let mut driver = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let event = Event::UpdateReceived { ticket: Ticket(1), body: body.into() };
        driver.hand(event).expect("there is room for one");
        answer.tell(match driver.settled[..] {
            [(_, Settled::Status(200))] => Status::Taken,
            [(_, Settled::Status(400))] => Status::Malformed,
            ref other => panic!("one answer: {other:?}"),
        });
    }
}

/// A request as it stands on the wire, with LF for CR LF: `POST /zalo`, headers, a blank line, the
/// body. What is no request is left out.
pub fn check(bytes: &[u8]) {
    let Some((request, body)) = request(bytes) else { return };
    let expected = status(&request, body);
    let driver = Driver::new(Channel::new(open_account(), [7; 32], NOW), NOW);
    let shop = Arc::new(Shop(Mutex::new(driver)));
    let routes = Arc::new(Routes::new().expect("the system gives random bytes"));
    routes.add("shop", PATH, SECRET.as_bytes(), Arc::clone(&shop) as _).expect("the path is free");
    let door = Door::new(routes);
    let visitor = Visitor::new(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let answer = RUNTIME.block_on(door.answer(visitor, request));
    let status = answer.status().as_u16();
    assert!(expected.contains(&status), "{status}, not one of {expected:?}");
    let driver = shop.0.lock().unwrap_or_else(PoisonError::into_inner);
    let reached = !driver.settled.is_empty();
    assert!(!reached || matches!(status, 200 | 400), "it was taken, and the answer is {status}");
}

/// The request, and its body once more.
fn request(bytes: &[u8]) -> Option<(Request<Full<Bytes>>, &[u8])> {
    let end = bytes.windows(2).position(|pair| pair == b"\n\n");
    let (head, body) = match end {
        Some(end) => (&bytes[..end], &bytes[end + 2..]),
        None => (bytes, &b""[..]),
    };
    let mut lines = head.split(|byte| *byte == b'\n');
    let mut first = lines.next()?.splitn(2, |byte| *byte == b' ');
    let mut request = Request::builder().method(first.next()?).uri(first.next()?);
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let value = line[colon + 1..].trim_ascii_start();
        request = request.header(&line[..colon], value);
    }
    Some((request.body(Full::new(Bytes::copy_from_slice(body))).ok()?, body))
}

/// What the table says; two when nobody here can tell.
fn status(request: &Request<Full<Bytes>>, body: &[u8]) -> Vec<u16> {
    let path = request.uri().path();
    if path.strip_suffix('/').unwrap_or(path) != PATH {
        return vec![404];
    }
    if request.method() != Method::POST {
        return vec![405];
    }
    let headers = request.headers();
    if body.is_empty() {
        return vec![200];
    }
    if all(headers, SECRET_HEADER) != [SECRET.as_bytes()] {
        let short = headers.contains_key("content-length") && body.len() <= 1_024;
        return vec![if short && is_ping(body) { 200 } else { 401 }];
    }
    let encoded = all(headers, "content-encoding");
    let plain = encoded.iter().all(|value| value.eq_ignore_ascii_case(b"identity"));
    if !plain || !is_json_type(headers) {
        return vec![415];
    }
    let text = String::from_utf8_lossy(body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body));
    let white = text.trim_matches([' ', '\n', '\r', '\t']).is_empty();
    match opinion::value(&text) {
        _ if white => vec![200],
        // Nothing, said in JSON, is nothing to complain about.
        Some(value) if value.is_object() || value.is_null() => vec![200],
        Some(_) => vec![400],
        None => vec![200, 400],
    }
}

fn all<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a [u8]> {
    headers.get_all(name).iter().map(|value| value.as_bytes()).collect()
}

/// Whether the one `Content-Type` is `application/json` or `*/*+json`.
fn is_json_type(headers: &HeaderMap) -> bool {
    let [only] = all(headers, "content-type")[..] else { return false };
    // What is not plain ASCII is no type.
    if !only.iter().all(|byte| *byte == b'\t' || (b' '..=b'~').contains(byte)) {
        return false;
    }
    let text = String::from_utf8_lossy(only).to_ascii_lowercase();
    let text = text.split(';').next().unwrap_or_default().trim();
    let suffixed = text.split_once('/').is_some_and(|(kind, sub)| {
        !kind.is_empty() && sub.len() > "+json".len() && sub.ends_with("+json")
    });
    text == "application/json" || suffixed
}

/// Zalo's test of a webhook comes without the secret.
fn is_ping(body: &[u8]) -> bool {
    use zaloxide_core::wire;
    let text = wire::text(body);
    let update = wire::update(&text);
    update.is_ok_and(|update| {
        let people = update.message.from.is_some() || update.message.chat.is_some();
        update.kind == wire::Kind::Test && !people
    })
}
