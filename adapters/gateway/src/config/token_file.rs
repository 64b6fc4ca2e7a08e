//! `tokenFile`: a secret kept in a file of its own.

use std::fs::{self, File, OpenOptions};
use std::io::Read;
use std::path::Path;

/// Larger than this is no token.
const BYTES_MAX: u64 = 16 << 10;

/// Reads the one line of a regular file that is no symbolic link.
///
/// # Errors
/// What is wrong with the file, for people; never anything of what it holds.
pub(super) fn read(path: &Path) -> Result<String, String> {
    let wrong = |what: &str| format!("tokenFile {}: {what}", path.display());
    let link = fs::symlink_metadata(path).map_err(|error| wrong(&error.to_string()))?;
    if link.file_type().is_symlink() {
        return Err(wrong("is a symbolic link; name the file itself"));
    }
    if !link.is_file() {
        return Err(wrong("is no regular file"));
    }
    let file = open(path).map_err(|error| wrong(&error.to_string()))?;
    // Asked again of the open file: the name may mean another one by now.
    let is_file = file.metadata().map_err(|error| wrong(&error.to_string()))?.is_file();
    if !is_file {
        return Err(wrong("is no regular file"));
    }
    let mut bytes = Vec::new();
    file.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|error| wrong(&error.to_string()))?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(wrong("is over 16 KiB; it holds the token and nothing else"));
    }
    let text = String::from_utf8(bytes).map_err(|_| wrong("is not UTF-8"))?;
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    match (lines.next(), lines.next()) {
        (Some(token), None) => Ok(token.to_owned()),
        (None, _) => Err(wrong("is empty; it holds the token and nothing else")),
        _ => Err(wrong("has more than one line; it holds the token and nothing else")),
    }
}

#[cfg(unix)]
fn open(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;

    use rustix::fs::OFlags;

    // Not through a link put there meanwhile, and without waiting for the writer of a pipe.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> std::io::Result<File> {
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
            (dir.path().to_owned(), "no regular file"),
            (dir.path().join("missing"), "No such file"),
        ];
        for (path, word) in table {
            let error = read(&path).unwrap_err();
            assert!(error.contains(word) && !error.contains("CANARY"), "{error}");
        }
    }
}
