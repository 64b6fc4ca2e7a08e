//! Downloads from hand-made peers on this machine: what is kept, and what comes to nothing.

mod addresses;
mod bodies;
mod ends;
mod redirects;
mod ways;

use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

use tempfile::TempDir;
use zaloxide_polling::{Download, DownloadError, DownloadSettings, Downloads, Reach, Want};

use crate::peer::{Conn, LONG};

/// A URL that ends with this must be shown nowhere as a whole.
pub(crate) const SECRET: &str = "/CANARY.png?token=CANARY";
/// More than any body here, save for those that are too large.
pub(crate) const ROOM: u64 = 1 << 20;

/// What a PNG begins with, then zeros.
pub(crate) fn png(bytes: usize) -> Vec<u8> {
    let mut body = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    body.resize(bytes, 0);
    body
}

/// Loopback is within reach, and no name has an address.
pub(crate) fn settings() -> DownloadSettings {
    let mut settings = DownloadSettings::new(Reach::Loopback);
    settings.look_up = Arc::new(|host| Err(io::Error::other(format!("looked up {host}"))));
    settings
}

/// Every look-up, by its number, is answered by `answer`; how many there were.
pub(crate) fn names(
    settings: &mut DownloadSettings,
    answer: impl Fn(usize) -> Vec<IpAddr> + Send + Sync + 'static,
) -> Arc<AtomicUsize> {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    settings.look_up = Arc::new(move |_| Ok(answer(counted.fetch_add(1, Ordering::SeqCst))));
    count
}

pub(crate) fn want(url: &str, bytes_max: u64, folder: &TempDir) -> Want {
    let into = folder.path().join("medium");
    Want { url: url.to_owned(), bytes_max, into, proxy: None }
}

/// Download and wait for the end, which must be told once.
pub(crate) fn ended(downloads: &Downloads, want: Want) -> Result<Download, DownloadError> {
    let (tell, told) = mpsc::channel();
    downloads.fetch("account", want, Box::new(move |end| tell.send(end).unwrap()));
    let end = told.recv_timeout(LONG).expect("the end was not told");
    assert!(told.recv_timeout(LONG).is_err(), "the end was told twice");
    end
}

/// What a download brings, and what it leaves: the file alone, or nothing.
pub(crate) fn got(settings: &DownloadSettings, want: impl FnOnce(&TempDir) -> Want) -> Got {
    let folder = TempDir::new().unwrap();
    let downloads = Downloads::new(settings.clone());
    let wanted = want(&folder);
    let end = ended(&downloads, wanted.clone());
    let left = fs::read_dir(folder.path()).unwrap().count();
    match end {
        Ok(download) => {
            assert_eq!((left, &download.path), (1, &wanted.into));
            let content = fs::read(&download.path).unwrap();
            assert_eq!(content.len() as u64, download.bytes);
            assert_private(&download.path);
            Ok((download.content_type, content))
        }
        Err(error) => {
            assert_eq!(left, 0, "{error} left a file");
            let shown = error.to_string();
            assert!(!format!("{shown} {error:?} {wanted:?}").contains("CANARY"), "{error:?}");
            assert!(!shown.contains('\n') && shown.len() < 300, "{shown}");
            Err(error)
        }
    }
}

pub(crate) type Got = Result<(&'static str, Vec<u8>), DownloadError>;

/// The same, with room for everything.
pub(crate) fn got_from(settings: &DownloadSettings, url: &str) -> Got {
    got(settings, |folder| want(url, ROOM, folder))
}

/// The error's line has these words.
pub(crate) fn assert_fails(name: &str, got: Got, words: &str) -> DownloadError {
    let error = got.map(|(kind, content)| (kind, content.len())).expect_err(name);
    assert!(error.to_string().contains(words), "{name}: {error}");
    error
}

#[cfg(unix)]
fn assert_private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[cfg(not(unix))]
fn assert_private(_: &Path) {}

/// Answer a request with a picture.
pub(crate) fn serve_png(conn: &mut Conn) {
    conn.request();
    conn.send("HTTP/1.1 200 OK\r\nContent-Length: 64\r\n\r\n");
    conn.send(png(64));
}
