//! Answers as they come: any status, any framing, and what goes out for them.

use zaloxide_core::{Method, Outcome};
use zaloxide_polling::{Api, Cancel};

use crate::peer::{LONG_MS, Peer, Serve, WEBHOOK_SECRET, body, kind, settings};

fn call(api: &Api, method: Method, body: &str) -> Outcome<'static> {
    api.call(method, body, LONG_MS, &Cancel::new())
}

#[test]
fn any_status_is_an_answer() {
    const PAGE: &str = "<html><body><h1>it is down</h1></body></html>";
    const IDLE: &str = r#"{"ok":false,"error_code":408,"description":"Request timeout"}"#;
    let table = [
        ("200 OK", "Server: nginx\r\nServer: zalo\r\n", r#"{"ok":true}"#, None),
        ("429 Too Many Requests", "Retry-After: 7\r\n", PAGE, Some(7_000)),
        ("502 Bad Gateway", "", PAGE, None),
        ("504 Gateway Timeout", "Retry-After: never\r\n", PAGE, None),
        ("408 Request Timeout", "Connection: close\r\n", IDLE, None),
        ("401 Unauthorized", "WWW-Authenticate: Basic\r\n", "{}", None),
        ("404 Not Found", "", "", None),
    ];
    for (status, headers, text, wait) in table {
        let peer = Peer::answering(status, headers, text);
        let outcome = call(&peer.api(), Method::GetUpdates, "{}");
        assert_eq!(kind(&outcome).0, status[..3], "{status}");
        assert_eq!(body(&outcome), text, "{status}");
        let Outcome::Answered { retry_after_ms, .. } = outcome else { unreachable!() };
        assert_eq!(retry_after_ms, wait, "{status}");
    }
}

#[test]
fn every_framing_is_understood() {
    let table: [(&str, Serve); 5] = [
        ("length", |c| c.send("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"ok\":true}")),
        ("chunks", |c| {
            c.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            c.send("4\r\n{\"ok\r\n7;x=y\r\n\":true}\r\n0\r\nTrailer: x\r\n\r\n");
        }),
        ("open end", |c| c.send("HTTP/1.1 200 OK\r\n\r\n{\"ok\":true}")),
        ("HTTP/1.0", |c| c.send("HTTP/1.0 200 OK\r\n\r\n{\"ok\":true}")),
        ("byte by byte", |c| {
            for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"ok\":true}" {
                c.send([*byte]);
            }
        }),
    ];
    for (name, serve) in table {
        let peer = Peer::start(move |conn| {
            conn.request();
            serve(conn);
        });
        let outcome = call(&peer.api(), Method::GetMe, "{}");
        assert_eq!(body(&outcome), r#"{"ok":true}"#, "{name}");
    }
}

#[test]
fn the_largest_answer_and_the_largest_request_pass() {
    let peer = Peer::start(|conn| {
        let request = conn.request().unwrap();
        conn.answer("200 OK", "", &request.body);
    });
    let api = peer.api();
    let large = "x".repeat(1 << 20);
    assert_eq!(body(&call(&api, Method::SendMessage, &large)).len(), 1 << 20);
    let over = call(&api, Method::SendMessage, &format!("{large}x"));
    assert_eq!(kind(&over).0, "NotSent");
    assert_eq!(peer.requests().len(), 1);
}

#[test]
fn a_request_is_json_by_post_to_the_methods_path() {
    let peer = Peer::answering("200 OK", "", "{}");
    let api = peer.api();
    for method in Method::ALL {
        assert_eq!(kind(&call(&api, method, r#"{"url":"https://example.com/"}"#)).0, "200");
    }
    for (request, method) in peer.requests().iter().zip(Method::ALL) {
        let line = request.head.lines().next().unwrap();
        let path = "/bot123456789012345678:CANARY-secret_half%2Fof+a~token";
        assert_eq!(line, format!("POST {path}/{} HTTP/1.1", method.name()));
        let head = request.head.to_ascii_lowercase();
        assert!(head.contains("\r\ncontent-type: application/json\r\n"), "{head}");
        assert!(head.contains("\r\nuser-agent: zaloxide/"), "{head}");
        assert!(!head.contains("cookie"), "{head}");
    }
}

#[test]
fn only_set_webhook_carries_the_secret() {
    let peer = Peer::answering("200 OK", "Set-Cookie: a=b\r\n", "{}");
    let api = peer.api();
    for method in Method::ALL {
        call(
            &api,
            method,
            r#"{ "url" : "https://example.com/?a=\"b\"", "n": 12345678901234567890123 }"#,
        );
    }
    for (request, method) in peer.requests().iter().zip(Method::ALL) {
        let carries = request.body.contains(WEBHOOK_SECRET);
        assert_eq!(carries, method == Method::SetWebhook, "{method:?}");
        if carries {
            let expected = format!(
                r#"{{"n":12345678901234567890123,"secret_token":"{WEBHOOK_SECRET}","url":"https://example.com/?a=\"b\""}}"#
            );
            assert_eq!(request.body, expected);
        }
    }
}

#[test]
fn set_webhook_without_a_secret_or_a_body_is_not_sent() {
    let peer = Peer::answering("200 OK", "", "{}");
    let bare = Api::new(settings(&peer.url())).unwrap();
    let (outcome, reason) = kind(&call(&bare, Method::SetWebhook, r#"{"url":"u"}"#));
    assert_eq!(outcome, "NotSent");
    assert!(reason.contains("webhookSecret"), "{reason}");
    assert_eq!(kind(&call(&peer.api(), Method::SetWebhook, "[]")).0, "NotSent");
    assert!(peer.requests().is_empty());
}

#[test]
fn a_redirect_is_an_answer_and_is_not_followed() {
    let elsewhere = Peer::answering("200 OK", "", "{}");
    let url = elsewhere.url();
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        let url = url.clone();
        let peer = Peer::start(move |conn| {
            conn.request();
            conn.answer(status, &format!("Location: {url}/x\r\n"), "moved");
        });
        let outcome = call(&peer.api(), Method::GetMe, "{}");
        assert_eq!(kind(&outcome).0, status[..3]);
        assert_eq!(body(&outcome), "moved");
    }
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn a_prefix_of_the_api_url_is_kept() {
    let peer = Peer::answering("200 OK", "", "{}");
    let api = Api::new(settings(&format!("{}/zalo/v1/", peer.url()))).unwrap();
    call(&api, Method::GetMe, "{}");
    assert!(peer.requests()[0].head.starts_with("POST /zalo/v1/bot123456789012345678:"));
}

#[test]
fn connections_are_kept() {
    let peer = Peer::start(|conn| {
        while conn.request().is_some() {
            let index = conn.index.to_string();
            conn.answer("200 OK", "", &index);
        }
    });
    let api = peer.api();
    for _ in 0..5 {
        assert_eq!(body(&call(&api, Method::GetMe, "{}")), "0");
    }
}
