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

/// A JSON text that means the same, with everything hidden in its strings written as `\uXXXX`:
/// programs read what was there, and terminals see nothing of it.
///
/// ```
/// assert_eq!(zaloxide::escape::json("{\"name\":\"An\u{202e}\u{7f}\"}"), r#"{"name":"An\u202e\u007f"}"#);
/// ```
pub fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        // Line ends stand between values alone: in strings they are escaped already.
        if is_hidden(c) && !matches!(c, '\n' | '\t') {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a String does not fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}
