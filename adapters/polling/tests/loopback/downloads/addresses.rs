//! Addresses: names are looked up once, what they lead to is checked, and the checked address is
//! the one that is connected to.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use zaloxide_polling::{DownloadError, DownloadSettings, Reach, is_global};

use super::{SECRET, assert_fails, got_from, names, serve_png, settings};
use crate::peer::Peer;

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn named(peer: &Peer) -> String {
    format!("http://media.example.com:{}{SECRET}", peer.addr.port())
}

#[test]
fn a_name_that_changes_between_check_and_connect_is_not_asked_again() {
    let peer = Peer::start(serve_png);
    let mut settings = settings();
    let private: IpAddr = "10.0.0.1".parse().unwrap();
    let asked = names(&mut settings, move |n| vec![if n == 0 { LOOPBACK } else { private }]);
    got_from(&settings, &named(&peer)).unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let host = format!("host: media.example.com:{}\r\n", peer.addr.port());
    assert!(peer.requests()[0].head.to_ascii_lowercase().contains(&host));

    // The same name, later: the new answer counts.
    assert_fails("later", got_from(&settings, &named(&peer)), "10.0.0.1");
    assert_eq!((asked.load(Ordering::SeqCst), peer.requests().len()), (2, 1));
}

#[test]
fn names_that_lead_elsewhere_are_refused_unconnected() {
    let table = [
        "10.0.0.1",
        "169.254.169.254",
        "192.168.0.1",
        "100.64.0.1",
        "0.0.0.0",
        "255.255.255.255",
        "::",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "fe80::1",
        "fd00:ec2::254",
        "ff02::1",
    ];
    for address in table {
        let parsed: IpAddr = address.parse().unwrap();
        let mut settings = settings();
        names(&mut settings, move |_| vec![parsed]);
        let end = got_from(&settings, "https://media.example.com/");
        let error = assert_fails(address, end, "no address of the public internet");
        let host = "media.example.com".to_owned();
        assert_eq!(error, DownloadError::Address { host, address: parsed });
    }
}

#[test]
fn of_several_addresses_only_those_within_reach_are_connected_to() {
    let peer = Peer::start(serve_png);
    let mut settings = settings();
    let mixed = ["10.0.0.1", "::ffff:10.0.0.1", "127.0.0.1", "169.254.169.254"];
    names(&mut settings, move |_| mixed.iter().map(|ip| ip.parse().unwrap()).collect());
    got_from(&settings, &named(&peer)).unwrap();
    // Those out of reach count for nothing, however many they are.
    names(&mut settings, move |_| {
        let private = (0..200).map(|n| IpAddr::V4(Ipv4Addr::new(10, 0, 0, n)));
        private.chain([LOOPBACK]).collect()
    });
    got_from(&settings, &named(&peer)).unwrap();
    assert_eq!(peer.requests().len(), 2);
}

#[test]
fn the_public_reach_does_not_end_here() {
    let peer = Peer::start(serve_png);
    let mut settings = DownloadSettings::new(Reach::Public);
    let asked = names(&mut settings, |_| vec![LOOPBACK, "::1".parse().unwrap()]);
    let url = format!("https://media.example.com:{}{SECRET}", peer.addr.port());
    assert_fails("a name", got_from(&settings, &url), "media.example.com leads to 127.0.0.1");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    for host in ["127.0.0.1", "[::1]", "localhost", "127.1", "[::ffff:127.0.0.1]"] {
        let url = format!("https://{host}:{}{SECRET}", peer.addr.port());
        let error = assert_fails(host, got_from(&settings, &url), "the URL's host");
        assert!(matches!(error, DownloadError::Url(_)));
    }
    assert!(got_from(&settings, &peer.url()).is_err(), "http");
    assert_eq!(asked.load(Ordering::SeqCst), 1, "what is refused is not looked up");
    assert!(peer.requests().is_empty());
    assert!(!is_global(LOOPBACK));
}

#[test]
fn names_that_lead_nowhere_are_told() {
    let mut settings = settings();
    let cases: [fn() -> io::Result<Vec<IpAddr>>; 2] =
        [|| Ok(Vec::new()), || Err(io::Error::other("CANARY\n"))];
    for case in cases {
        settings.look_up = Arc::new(move |_| case());
        let end = got_from(&settings, "https://media.example.com/");
        assert_fails("nowhere", end, "could not resolve media.example.com");
    }
}

#[test]
fn a_look_up_that_hangs_is_left_behind() {
    let (release, held) = mpsc::channel::<()>();
    let held = Mutex::new(held);
    let mut settings = settings();
    settings.connect = Duration::from_millis(200);
    settings.look_up = Arc::new(move |_| {
        let _ = held.lock().unwrap().recv();
        Ok(vec![LOOPBACK])
    });
    let end = got_from(&settings, "https://media.example.com/");
    assert_fails("hangs", end, "resolving media.example.com took too long");
    drop(release);
}
