//! Walks: the members of an object or array, each as the JSON text it is.
//!
//! The parser has checked the whole text before ([`is_json`]); a walk only finds where its parts
//! begin and end, without a stack. In text that is no JSON it ends early.

use serde::de::IgnoredAny;

/// Whether this is one JSON value. Nothing is built, and nesting of any depth is no recursion.
pub(super) fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// The names and values of an object; `None` for any other type. Names are still JSON strings.
pub(super) fn object(json: &str) -> Option<impl Iterator<Item = (&str, &str)>> {
    let mut walk = json.starts_with('{').then_some(Walk { json, at: 1 })?;
    Some(core::iter::from_fn(move || Some((walk.value()?, walk.value()?))))
}

/// The elements of an array; `None` for any other type.
pub(super) fn array(json: &str) -> Option<impl Iterator<Item = &str>> {
    let mut walk = json.starts_with('[').then_some(Walk { json, at: 1 })?;
    Some(core::iter::from_fn(move || walk.value()))
}

struct Walk<'a> {
    json: &'a str,
    at: usize,
}

impl<'a> Walk<'a> {
    /// The next value, or name: it is followed by a colon, which matters to nobody here.
    fn value(&mut self) -> Option<&'a str> {
        let bytes = self.json.as_bytes();
        while let b' ' | b'\n' | b'\r' | b'\t' | b',' | b':' = bytes.get(self.at)? {
            self.at += 1;
        }
        let start = self.at;
        self.at = match bytes.get(start)? {
            b'"' => string_end(bytes, start)?,
            b'{' | b'[' => nested_end(bytes, start)?,
            b'}' | b']' => return None,
            _ => {
                let len = bytes.get(start..)?.iter().position(|byte| {
                    matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | b',' | b'}' | b']')
                });
                start + len?
            }
        };
        self.json.get(start..self.at)
    }
}

/// Behind the string that begins at `start`.
fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes.get(at) == Some(&b'"') {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// Behind the object or array that begins at `start`.
fn nested_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = start;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| STRUCTURE[usize::from(*byte)])?;
        match bytes.get(at)? {
            b'"' => at = string_end(bytes, at)?,
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            _ if depth == 1 => return Some(at + 1),
            _ => {
                depth -= 1;
                at += 1;
            }
        }
    }
}

/// The bytes at which a value inside another begins or ends.
const STRUCTURE: [bool; 256] = {
    let mut table = [false; 256];
    table[b'"' as usize] = true;
    table[b'{' as usize] = true;
    table[b'[' as usize] = true;
    table[b'}' as usize] = true;
    table[b']' as usize] = true;
    table
};
