//! Text from outside, made fit to be shown: names, messages, what a server said.
//!
//! Control characters can move a terminal's cursor, bidirectional marks can turn a line round, and
//! zero-width ones hide: each is written as `\u{..}`.

use std::fmt::Write;

/// Whether a character does something else than be seen.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// The text with everything hidden written out. Line ends become `\n`.
///
/// ```
/// assert_eq!(zaloxide::escape::shown("An\u{202e}\x1b[2J\n"), "An\\u{202e}\\u{1b}[2J\\n");
/// ```
pub fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if is_hidden(c) => {
                // Writing to a String does not fail.
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// The same, but for line ends: a text of several lines stays one. Only for texts of our own, in
/// which what came from outside was [`shown`] already; in others a line may be made up.
pub fn lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (n, line) in text.split('\n').enumerate() {
        if n > 0 {
            out.push('\n');
        }
        out.push_str(&shown(line));
    }
    out
}

/// A JSON text that means the same, with everything hidden in its strings written as `\uXXXX`:
/// programs read what was there, and terminals see nothing of it.
///
/// ```
/// assert_eq!(zaloxide::escape::json("{\"name\":\"An\u{202e}\u{7f}\"}"), r#"{"name":"An\u202e\u007f"}"#);
/// ```
pub fn json(text: &str) -> String {
    // Line ends stand between values alone: in strings they are escaped already.
    escaped(text, |c| is_hidden(c) && !matches!(c, '\n' | '\t'))
}

/// A JSON text that means the same, in ASCII alone.
///
/// ```
/// assert_eq!(zaloxide::escape::ascii("{\"name\":\"Ân 👍\"}"), r#"{"name":"\u00c2n \ud83d\udc4d"}"#);
/// ```
pub fn ascii(text: &str) -> String {
    escaped(text, |c| !c.is_ascii())
}

/// A JSON text with some of the characters in its strings written as `\uXXXX`.
fn escaped(text: &str, is_written_out: impl Fn(char) -> bool) -> String {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(&is_written_out) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let mut chars = from.chars();
        let mut units = [0; 2];
        for unit in chars.next().map(|c| c.encode_utf16(&mut units)).into_iter().flatten() {
            out.push_str("\\u");
            // By hand: a formatter takes several times as long, and a message has dozens.
            for shift in [12, 8, 4, 0] {
                out.push(char::from(DIGITS[usize::from(*unit >> shift & 0xF)]));
            }
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out
}
