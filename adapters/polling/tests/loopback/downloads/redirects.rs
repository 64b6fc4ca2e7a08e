//! Redirects: followed by hand, three at most, each checked like the first URL.

use std::net::IpAddr;
use std::sync::atomic::Ordering;

use zaloxide_polling::{DownloadError, UrlRefused};

use super::{SECRET, assert_fails, got_from, names, serve_png, settings};
use crate::peer::{Peer, closed_port};

const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

/// `/<n>` redirects n times, then there is a picture.
fn counting_down(status: &'static str) -> Peer {
    Peer::start(move |conn| {
        let head = conn.head().unwrap();
        let path = head.split(' ').nth(1).unwrap();
        let left: u32 = path[1..].parse().unwrap();
        if left == 0 {
            conn.send("HTTP/1.1 200 OK\r\nContent-Length: 64\r\n\r\n");
            conn.send(super::png(64));
        } else {
            conn.answer(status, &format!("Location: {}\r\n", left - 1), "<html>moved</html>");
        }
    })
}

#[test]
fn three_are_followed_and_no_more() {
    let statuses = ["301 A", "302 B", "303 C", "307 D", "308 E"];
    for status in statuses {
        let peer = counting_down(status);
        assert!(got_from(&settings(), &format!("{}/3", peer.url())).is_ok(), "{status}");
        let end = got_from(&settings(), &format!("{}/4", peer.url()));
        let error = assert_fails(status, end, "too often");
        assert_eq!(error, DownloadError::Redirects { host: "127.0.0.1".into() });
    }
}

#[test]
fn a_loop_ends() {
    let peer = Peer::start(|conn| {
        conn.request();
        conn.answer("302 Found", "Location: /again\r\n", "");
    });
    assert_fails("loop", got_from(&settings(), &peer.url()), "too often");
    assert_eq!(peer.requests().len(), 4);
}

#[test]
fn each_is_checked() {
    let bystander = Peer::start(serve_png);
    let port = bystander.addr.port();
    let table = [
        "http://10.0.0.1/CANARY".to_owned(),
        "http://169.254.169.254/latest/meta-data/CANARY".to_owned(),
        "http://[::ffff:127.0.0.1]/CANARY".to_owned(),
        format!("http://127.1:{port}/CANARY"),
        format!("http://2130706433:{port}/CANARY"),
        format!("http://0.0.0.0:{port}/CANARY"),
        format!("http://CANARY@127.0.0.1:{port}/"),
        format!("//127.0.0.1.:{port}/CANARY"),
        format!("ftp://127.0.0.1:{port}/CANARY"),
        "file:///etc/passwd?CANARY".to_owned(),
        "data:image/png;base64,CANARY".to_owned(),
        "http://metadata.google.internal/CANARY".to_owned(),
        "http:///CANARY".to_owned(),
        "/a b CANARY".to_owned(),
    ];
    for location in table {
        let header = format!("Location: {location}\r\n");
        let peer = Peer::start(move |conn| {
            conn.request();
            conn.answer("302 Found", &header, "");
        });
        let end = got_from(&settings(), &format!("{}{SECRET}", peer.url()));
        let error = assert_fails(&location, end, "127.0.0.1 redirects to a place");
        assert!(matches!(error, DownloadError::Redirect { .. }), "{location}: {error:?}");
    }
    assert!(bystander.requests().is_empty());
}

#[test]
fn a_place_that_is_not_clear_is_none() {
    let table = [
        "",
        "Location: /a\r\nLocation: /b\r\n",
        "Location: \u{ff}/\r\nLocation: /b\r\n",
        "Refresh: 0; url=/a\r\n",
    ];
    for headers in table {
        let peer = Peer::start(move |conn| {
            conn.request();
            conn.answer("302 Found", headers, "");
        });
        let error = assert_fails(headers, got_from(&settings(), &peer.url()), "no URL");
        let refused = UrlRefused::NotAUrl;
        assert_eq!(error, DownloadError::Redirect { host: "127.0.0.1".into(), refused });
        assert_eq!(peer.requests().len(), 1);
    }
}

#[test]
fn a_name_is_looked_up_and_checked_anew() {
    let peer = Peer::start(|conn| {
        conn.request();
        conn.answer("302 Found", "Location: /again\r\n", "");
    });
    let mut settings = settings();
    let private: IpAddr = "10.0.0.1".parse().unwrap();
    let asked = names(&mut settings, move |n| vec![if n == 0 { LOOPBACK } else { private }]);
    let url = format!("http://media.example.com:{}{SECRET}", peer.addr.port());
    let error = assert_fails("rebinding", got_from(&settings, &url), "10.0.0.1");
    let host = "media.example.com".to_owned();
    assert_eq!(error, DownloadError::Address { host, address: private });
    assert_eq!((asked.load(Ordering::SeqCst), peer.requests().len()), (2, 1));
}

#[test]
fn they_lead_to_other_hosts_without_carrying_anything_there() {
    let other = Peer::start(serve_png);
    let header = format!("Location: {}/b?c\r\nSet-Cookie: a=CANARY\r\n", other.url());
    let peer = Peer::start(move |conn| {
        conn.request();
        conn.answer("302 Found", &header, "");
    });
    got_from(&settings(), &format!("{}{SECRET}", peer.url())).unwrap();
    let head = &other.requests()[0].head;
    assert!(head.starts_with("GET /b?c HTTP/1.1\r\n") && !head.contains("CANARY"), "{head}");
}

#[test]
fn nobody_at_the_end_of_them_is_named() {
    let header = format!("Location: http://{}{SECRET}\r\n", closed_port());
    let peer = Peer::start(move |conn| {
        conn.request();
        conn.answer("302 Found", &header, "");
    });
    assert_fails("closed", got_from(&settings(), &peer.url()), "127.0.0.1 refused the connection");
}
