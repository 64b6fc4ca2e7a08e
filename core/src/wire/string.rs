//! Strings: what a JSON string says, copied only if it holds an escape.

use alloc::borrow::Cow;
use alloc::string::String;

/// A string's text; `None` for any other type.
pub(super) fn string(json: &str) -> Option<Cow<'_, str>> {
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return Some(Cow::Borrowed(inner));
    }
    // Half a surrogate pair is no text. It becomes U+FFFD rather than costing the message.
    let text = serde_json::from_str::<String>(json)
        .or_else(|_| serde_json::from_str(&without_lone_surrogates(json)));
    text.ok().map(Cow::Owned)
}

/// The same JSON text with `\ufffd` for every escape of a surrogate that has no partner.
fn without_lone_surrogates(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let len = match surrogate(escape) {
            Some(0xD800..=0xDBFF) if matches!(surrogate(&escape[6..]), Some(0xDC00..=0xDFFF)) => 12,
            Some(_) => {
                out.push_str("\\ufffd");
                rest = &escape[6..];
                continue;
            }
            None => 2,
        };
        let (escape, after) = escape.split_at_checked(len).unwrap_or((escape, ""));
        out.push_str(escape);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The surrogate whose six-byte escape `text` begins with.
fn surrogate(text: &str) -> Option<u16> {
    let hex = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(hex, 16).ok().filter(|unit| (0xD800..=0xDFFF).contains(unit))
}
