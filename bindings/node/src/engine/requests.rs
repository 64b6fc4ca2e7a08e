//! Requests, from lines of text each of whose letters is a byte: one string crosses over faster than
//! many.

use zaloxide::embedded::Knock;
use zaloxide::front::is_read;

/// HTTP's major version, the method, the path as it came, the client's address, then names and values
/// in turn.
pub(super) fn knock(head: &str, body: Option<Vec<u8>>) -> Knock {
    let mut lines = head.split('\n');
    let mut line = || lines.next().unwrap_or_default().to_owned();
    let major = line().parse().unwrap_or_default();
    let (method, target, peer) = (line(), line(), Some(line()));
    let mut headers = Vec::new();
    while let (Some(name), Some(value)) = (lines.next(), lines.next()) {
        if is_read(name.as_bytes()) {
            headers.push((name.into(), bytes(value)));
        }
    }
    Knock { method, target, headers, peer, major, body }
}

fn bytes(line: &str) -> Vec<u8> {
    if line.is_ascii() { line.into() } else { line.chars().map(byte).collect() }
}

fn byte(letter: char) -> u8 {
    // Nothing in a header's name or value may be 0: the door says so.
    u8::try_from(letter).unwrap_or_default()
}
