//! `tokenFile`: a secret kept in a file of its own.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use crate::escape::shown;

/// Larger than this is no token.
const BYTES_MAX: u64 = 16 << 10;

/// Why a token file can't be used: what is wrong, and what to do. Never anything of what it holds.
#[derive(Debug)]
pub(super) struct BadFile {
    pub(super) message: String,
    pub(super) help: String,
}

/// Reads the one line of a regular file that is no symbolic link.
///
/// # Errors
/// What is wrong with the file.
pub(super) fn read(path: &Path) -> Result<String, BadFile> {
    let shown = shown(&path.display().to_string());
    let wrong = |what: &str, help: &str| BadFile {
        message: format!("the token file {shown} {what}"),
        help: help.to_owned(),
    };
    let failed = |error: io::Error| match error.kind() {
        ErrorKind::NotFound => wrong(
            "is not there",
            "make it, with the token on its one line; a relative path starts at this file's folder",
        ),
        ErrorKind::PermissionDenied => wrong(
            "may not be read by this user",
            "give it to the user that the gateway runs as, with mode 0600",
        ),
        _ => wrong(&format!("can't be read: {error}"), "name a file that can"),
    };
    let not_regular = || wrong("is no regular file", "name a file that holds the token");
    let link = fs::symlink_metadata(path).map_err(failed)?;
    if link.file_type().is_symlink() {
        return Err(wrong("is a symbolic link", "name the file that it leads to"));
    }
    if link.is_dir() {
        return Err(wrong("is a folder", "name the file in it that holds the token"));
    }
    if !link.is_file() {
        return Err(not_regular());
    }
    let file = open(path).map_err(failed)?;
    // Asked again of the open file: the name may mean another one by now.
    if !file.metadata().map_err(failed)?.is_file() {
        return Err(not_regular());
    }
    let mut bytes = Vec::new();
    file.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
    let alone = "it holds the token and nothing else, on one line";
    if bytes.len() as u64 > BYTES_MAX {
        return Err(wrong("is over 16 KiB", alone));
    }
    let text = String::from_utf8(bytes).map_err(|_| wrong("is not UTF-8 text", alone))?;
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    match (lines.next(), lines.next()) {
        (Some(token), None) => Ok(token.to_owned()),
        (None, _) => Err(wrong("is empty", alone)),
        _ => Err(wrong("has more than one line", alone)),
    }
}

#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;

    use rustix::fs::OFlags;

    // Not through a link put there meanwhile, and without waiting for the writer of a pipe.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn only_a_small_regular_file_of_one_line_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &[u8]| {
            let path = dir.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let good = file("good", b"\n 12:abc \n\n");
        assert_eq!(read(&good).unwrap(), "12:abc");
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&good, &link).unwrap();
        let table = [
            (link, "symbolic link"),
            (file("two", b"12:CANARY\n13:CANARY"), "more than one line"),
            (file("none", b" \n"), "empty"),
            (file("big", "a".repeat(20_000).as_bytes()), "16 KiB"),
            (file("bytes", b"\xff"), "UTF-8"),
            (dir.path().to_owned(), "is a folder"),
            (dir.path().join("missing"), "is not there"),
            ("/dev/null".into(), "no regular file"),
        ];
        for (path, word) in table {
            let BadFile { message, help } = read(&path).unwrap_err();
            assert!(message.contains(word) && !help.is_empty(), "{message}");
            assert!(!format!("{message} {help}").contains("CANARY"), "{message}");
        }
    }
}
