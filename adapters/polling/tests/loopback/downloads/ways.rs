//! Ways out: the proxy of downloads, which names are left to, and the environment's, which is not
//! asked.

use std::net::{IpAddr, Ipv4Addr};
use std::process::Command;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use zaloxide_polling::{DownloadError, DownloadSettings, Reach, Want};

use super::{Got, ROOM, SECRET, assert_fails, got, names, serve_png, settings, want};
use crate::peer::{Peer, closed_port};
use crate::proxies::relay;

/// A proxy that leads everything to this peer; where it was to lead, as it was told.
fn connect_proxy(to: &Peer) -> (Peer, Arc<Mutex<Vec<String>>>) {
    let (to, asked) = (to.addr.to_string(), Arc::new(Mutex::new(Vec::new())));
    let seen = Arc::clone(&asked);
    let proxy = Peer::start(move |conn| {
        let head = conn.head().unwrap();
        assert!(!head.contains("CANARY"), "the proxy sees the path: {head}");
        seen.lock().unwrap().push(head.lines().next().unwrap().to_owned());
        conn.send("HTTP/1.1 200 Connection established\r\n\r\n");
        relay(conn, &to);
    });
    (proxy, asked)
}

/// The same by SOCKS 5. Names come as such, addresses as four parts.
fn socks_proxy(to: &Peer) -> (Peer, Arc<Mutex<Vec<String>>>) {
    let (to, asked) = (to.addr.to_string(), Arc::new(Mutex::new(Vec::new())));
    let seen = Arc::clone(&asked);
    let proxy = Peer::start(move |conn| {
        let methods = conn.take(2).unwrap()[1];
        conn.take(methods.into());
        conn.send([5, 0]);
        let kind = conn.take(4).unwrap()[3];
        let host = if kind == 3 {
            let length = conn.take(1).unwrap()[0];
            String::from_utf8(conn.take(length.into()).unwrap()).unwrap()
        } else {
            let parts: Vec<String> = conn.take(4).unwrap().iter().map(u8::to_string).collect();
            parts.join(".")
        };
        conn.take(2);
        seen.lock().unwrap().push(host);
        conn.send([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
        relay(conn, &to);
    });
    (proxy, asked)
}

fn through(settings: &DownloadSettings, proxy: &str, url: &str) -> Got {
    let proxy = Some(proxy.parse().unwrap());
    got(settings, |folder| Want { proxy, ..want(url, ROOM, folder) })
}

#[test]
fn names_are_left_to_the_proxy() {
    let peer = Peer::start(serve_png);
    let mut settings = settings();
    let asked = names(&mut settings, |_| vec![IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1))]);
    let url = format!("http://media.example.com{SECRET}");

    let (connect, told) = connect_proxy(&peer);
    through(&settings, &format!("http://user:CANARY@{}", connect.addr), &url).unwrap();
    assert_eq!(*told.lock().unwrap(), ["CONNECT media.example.com:80 HTTP/1.1"]);

    let (socks, told) = socks_proxy(&peer);
    through(&settings, &format!("socks5h://{}", socks.addr), &url).unwrap();
    assert_eq!(*told.lock().unwrap(), ["media.example.com"]);
    assert_eq!((asked.load(Ordering::SeqCst), peer.requests().len()), (0, 2));
}

#[test]
fn names_that_are_resolved_here_are_checked_here() {
    let peer = Peer::start(serve_png);
    let (socks, told) = socks_proxy(&peer);
    let proxy = format!("socks5://{}", socks.addr);
    let url = format!("http://media.example.com{SECRET}");
    let mut settings = settings();
    names(&mut settings, |_| vec![IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1))]);
    assert_fails("private", through(&settings, &proxy, &url), "leads to 10.0.0.1");
    // A URL with the proxy's own host and port is no way around the check.
    let own = format!("http://media.example.com:{}{SECRET}", socks.addr.port());
    let named = format!("socks5://media.example.com:{}", socks.addr.port());
    assert_fails("the proxy", through(&settings, &named, &own), "leads to 10.0.0.1");
    assert!(told.lock().unwrap().is_empty());
    names(&mut settings, |_| vec![IpAddr::V4(Ipv4Addr::new(9, 9, 9, 9))]);
    through(&settings, &proxy, &url).unwrap();
    assert_eq!(*told.lock().unwrap(), ["9.9.9.9"]);
}

#[test]
fn addresses_that_are_not_public_are_refused_before_the_proxy_hears_of_them() {
    let peer = Peer::start(serve_png);
    let (connect, told) = connect_proxy(&peer);
    let proxy = format!("http://{}", connect.addr);
    let settings = DownloadSettings::new(Reach::Public);
    for host in ["127.0.0.1", "10.0.0.1", "[::ffff:10.0.0.1]", "169.254.169.254", "0xa000001"] {
        let end = through(&settings, &proxy, &format!("https://{host}{SECRET}"));
        let error = assert_fails(host, end, "the URL's host");
        assert!(matches!(error, DownloadError::Url(_)));
    }
    // Nor after it.
    let away = Peer::start(|conn| {
        conn.request();
        conn.answer("302 Found", "Location: http://10.0.0.1/CANARY\r\n", "");
    });
    let (connect, _) = connect_proxy(&away);
    let proxy = format!("http://{}", connect.addr);
    let end = through(&super::settings(), &proxy, "http://media.example.com/");
    let error = assert_fails("redirect", end, "media.example.com redirects to a place");
    assert!(matches!(error, DownloadError::Redirect { .. }));
    assert!(told.lock().unwrap().is_empty());
}

#[test]
fn a_proxy_that_fails_is_named_with_its_key() {
    let closed = format!("http://user:CANARY@{}", closed_port());
    let end = through(&settings(), &closed, "https://media.example.com/CANARY");
    let words = format!("the proxy {} (mediaProxy) refused the connection", &closed[19..]);
    assert_fails("closed", end, &words);
    let proxy = Peer::start(|conn| {
        conn.head();
        conn.send("HTTP/1.1 403 Forbidden\r\n\r\n");
    });
    let end = through(&settings(), &proxy.url(), "https://media.example.com/CANARY");
    assert_fails("403", end, "did not connect to media.example.com");
}

/// Another test of this program, with proxies in its environment.
#[test]
fn the_environment_names_no_proxy() {
    let nobody = format!("http://{}", closed_port());
    let test = "downloads::bodies::a_picture_is_kept_whatever_its_header_says";
    let mut again = Command::new(std::env::current_exe().unwrap());
    for name in ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY"] {
        again.env(name, &nobody).env(name.to_ascii_lowercase(), &nobody);
    }
    let output = again.args(["--exact", test]).output().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && shown.contains("1 passed"), "{shown}");
}
