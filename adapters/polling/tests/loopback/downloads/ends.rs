//! Ends: each download's is told once, whatever becomes of it, and closing breaks all off.

use std::fs;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use zaloxide_polling::{Download, DownloadError, Downloads, Want};

use super::{ROOM, ended, png, serve_png, settings, want};
use crate::peer::{Conn, LONG, Peer, closed_port};

type End = Result<Download, DownloadError>;

/// A peer that tells when a request has come, then does what it is told.
fn telling(serve: fn(&mut Conn)) -> (Peer, Receiver<()>) {
    let (tell, told) = mpsc::channel();
    let tell = Mutex::new(tell);
    let peer = Peer::start(move |conn| {
        if conn.request().is_some() {
            let _ = tell.lock().unwrap().send(());
            serve(conn);
        }
    });
    (peer, told)
}

fn numbered(peer: &Peer, folder: &TempDir, number: usize) -> Want {
    Want { into: folder.path().join(number.to_string()), ..want(&peer.url(), ROOM, folder) }
}

fn start(downloads: &Downloads, account: &str, want: Want, ends: &Sender<End>) {
    let ends = ends.clone();
    downloads.fetch(account, want, Box::new(move |end| ends.send(end).unwrap()));
}

#[test]
fn what_lies_there_already_is_left_alone() {
    let peer = Peer::start(serve_png);
    let folder = TempDir::new().unwrap();
    let downloads = Downloads::new(settings());
    let wanted = want(&peer.url(), ROOM, &folder);
    fs::write(&wanted.into, "mine").unwrap();
    let error = ended(&downloads, wanted.clone()).unwrap_err();
    assert!(matches!(error, DownloadError::File { .. }), "{error}");
    assert_eq!(fs::read(&wanted.into).unwrap(), b"mine");
    assert!(peer.requests().is_empty());
}

#[cfg(unix)]
#[test]
fn a_link_in_its_place_is_not_followed() {
    let peer = Peer::start(serve_png);
    let folder = TempDir::new().unwrap();
    let wanted = want(&peer.url(), ROOM, &folder);
    let elsewhere = folder.path().join("elsewhere");
    std::os::unix::fs::symlink(&elsewhere, &wanted.into).unwrap();
    let error = ended(&Downloads::new(settings()), wanted).unwrap_err();
    assert!(matches!(error, DownloadError::File { .. }), "{error}");
    assert!(!elsewhere.exists());
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let peer = Peer::start(serve_png);
    let folder = TempDir::new().unwrap();
    let into = folder.path().join("none").join("medium");
    let wanted = Want { into: into.clone(), ..want(&peer.url(), ROOM, &folder) };
    let error = ended(&Downloads::new(settings()), wanted).unwrap_err();
    assert!(error.to_string().contains(into.to_str().unwrap()), "{error}");
}

#[test]
fn nobody_listens() {
    let folder = TempDir::new().unwrap();
    let url = format!("http://{}/CANARY", closed_port());
    let error = ended(&Downloads::new(settings()), want(&url, ROOM, &folder)).unwrap_err();
    assert_eq!(error.to_string(), "127.0.0.1 refused the connection");
}

#[test]
fn one_that_panics_in_telling_harms_no_other() {
    let peer = Peer::start(serve_png);
    let folder = TempDir::new().unwrap();
    let downloads = Downloads::new(settings());
    for number in 0..8 {
        let wanted = numbered(&peer, &folder, number);
        downloads.fetch("account", wanted, Box::new(|_| panic!("expected by this test")));
    }
    ended(&downloads, want(&peer.url(), ROOM, &folder)).unwrap();
}

#[test]
fn four_run_at_once_and_the_rest_wait_their_turn() {
    let (release, held) = mpsc::channel::<()>();
    let held = Arc::new(Mutex::new(held));
    let (tell, begun) = mpsc::channel();
    let tell = Mutex::new(tell);
    let peer = Peer::start(move |conn| {
        let Some(request) = conn.request() else { return };
        let path = request.head.split(' ').nth(1).unwrap().to_owned();
        tell.lock().unwrap().send(path).unwrap();
        let _ = held.lock().unwrap().recv_timeout(LONG);
        conn.send("HTTP/1.1 200 OK\r\nContent-Length: 64\r\n\r\n");
        conn.send(png(64));
    });
    let folder = TempDir::new().unwrap();
    let downloads = Downloads::new(settings());
    let (ends, told) = mpsc::channel();
    let fetch = |account: &str, number| {
        let url = format!("{}/{account}", peer.url());
        let wanted = Want { url, ..numbered(&peer, &folder, number) };
        start(&downloads, account, wanted, &ends);
    };
    let next = || begun.recv_timeout(LONG).unwrap();
    (0..11).for_each(|number| fetch("crowd", number));
    for _ in 0..4 {
        assert_eq!(next(), "/crowd");
    }
    fetch("other", 11);
    assert!(begun.try_recv().is_err(), "a fifth began");
    release.send(()).unwrap();
    assert_eq!(next(), "/other");
    drop(release);
    for _ in 0..12 {
        told.recv_timeout(LONG).unwrap().unwrap();
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 12);
}

#[test]
fn closing_breaks_off_what_runs_and_forgets_what_waits() {
    let stages: [fn(&mut Conn); 3] = [
        Conn::until_closed,
        |conn| {
            conn.send("HTTP/1.1 200 OK\r\nContent-Le");
            conn.until_closed();
        },
        |conn| {
            conn.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
            conn.send(png(600));
            conn.until_closed();
        },
    ];
    for serve in stages {
        let (peer, begun) = telling(serve);
        let folder = TempDir::new().unwrap();
        let downloads = Downloads::new(settings());
        let (ends, told) = mpsc::channel();
        for number in 0..20 {
            start(&downloads, "account", numbered(&peer, &folder, number), &ends);
        }
        for _ in 0..4 {
            begun.recv_timeout(LONG).unwrap();
        }
        assert_eq!(downloads.close(LONG), 0);
        assert!(begun.try_recv().is_err(), "one that waited began");
        start(&downloads, "account", numbered(&peer, &folder, 20), &ends);
        drop(ends);
        let told: Vec<End> = told.iter().collect();
        assert_eq!(told.len(), 21);
        for end in &told {
            let error = end.as_ref().unwrap_err();
            assert!(matches!(error, DownloadError::Closed | DownloadError::NotTaken), "{error}");
        }
        let broken = told.iter().filter(|end| **end == Err(DownloadError::Closed)).count();
        assert!(broken >= 4, "{broken}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn closing_does_not_wait_for_a_look_up() {
    let (release, held) = mpsc::channel::<()>();
    let (tell, begun) = mpsc::channel();
    let both = Mutex::new((tell, held));
    let mut settings = settings();
    settings.look_up = Arc::new(move |_| {
        let both = both.lock().unwrap();
        both.0.send(()).unwrap();
        let _ = both.1.recv();
        Ok(Vec::new())
    });
    let folder = TempDir::new().unwrap();
    let downloads = Downloads::new(settings);
    let (ends, told) = mpsc::channel();
    start(&downloads, "a", want("https://media.example.com/", ROOM, &folder), &ends);
    begun.recv_timeout(LONG).unwrap();
    assert_eq!(downloads.close(LONG), 0);
    assert_eq!(told.recv_timeout(LONG).unwrap(), Err(DownloadError::Closed));
    drop(release);
}

#[test]
fn closing_is_bounded_and_idle_downloads_close_at_once() {
    let downloads = Downloads::new(settings());
    assert_eq!(downloads.close(Duration::ZERO), 0);
    assert_eq!(downloads.close(LONG), 0, "twice is no harm");
    let folder = TempDir::new().unwrap();
    let error = ended(&downloads, want("https://8.8.8.8/", ROOM, &folder)).unwrap_err();
    assert_eq!(error, DownloadError::NotTaken);
}
