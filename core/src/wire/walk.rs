//! Walks: over a JSON text, once, from its beginning to its end.
//!
//! The parser has checked the whole text before ([`is_json`]); a walk only finds where its parts
//! begin and end, and goes into none but those it is told to, so it is as deep as the code that
//! leads it. In text that is no JSON it ends early.

use alloc::borrow::Cow;

use serde::de::IgnoredAny;

use super::string::string;

/// Whether this is one JSON value. Nothing is built, and nesting of any depth is no recursion.
pub(super) fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// The elements of an array; `None` for any other type.
pub(super) fn array(json: &str) -> Option<impl Iterator<Item = &str>> {
    let mut walk = json.starts_with('[').then_some(Walk { json, at: 1 })?;
    Some(core::iter::from_fn(move || walk.value()))
}

/// A place in a JSON text: in front of a value.
pub(super) struct Walk<'a> {
    json: &'a str,
    at: usize,
}

impl<'a> Walk<'a> {
    /// In front of the whole text.
    pub(super) fn over(json: &'a str) -> Self {
        Self { json, at: 0 }
    }

    /// Goes past the next value, whose text this is. `None` at the end of what it is in.
    pub(super) fn value(&mut self) -> Option<&'a str> {
        let bytes = self.json.as_bytes();
        let start = self.next()?;
        self.at = match bytes.get(start)? {
            b'"' => string_end(bytes, start)?,
            b'{' | b'[' => nested_end(bytes, start)?,
            b'}' | b']' => {
                self.at = start;
                return None;
            }
            _ => {
                let len = bytes.get(start..)?.iter().position(|byte| {
                    matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | b',' | b'}' | b']')
                });
                start + len?
            }
        };
        self.json.get(start..self.at)
    }

    /// Goes past the next value if it is an object, whose text this is: `member` is told each name
    /// in front of its value, which it goes past or leaves. `None`, and not a step, for any other type.
    pub(super) fn object(
        &mut self,
        mut member: impl FnMut(&str, &mut Walk<'a>),
    ) -> Option<&'a str> {
        let start = self.next()?;
        if self.json.as_bytes().get(start) != Some(&b'{') {
            return None;
        }
        self.at = start + 1;
        while let Some(name) = self.name() {
            let before = self.at;
            member(&name, self);
            if self.at == before {
                self.value()?;
            }
        }
        self.at += 1;
        self.json.get(start..self.at)
    }

    /// Goes past the next name. One that is no text is none that anybody looks for.
    fn name(&mut self) -> Option<Cow<'a, str>> {
        if let Some(name) = self.plain_name() {
            return Some(Cow::Borrowed(name));
        }
        self.value().map(|name| string(name).unwrap_or_default())
    }

    /// Goes past the next name if it has no escape, as nearly all: then it is found in one look.
    fn plain_name(&mut self) -> Option<&'a str> {
        let start = self.next()?;
        let inner = self.json.get(start..)?.strip_prefix('"')?;
        let len = memchr::memchr2(b'"', b'\\', inner.as_bytes())?;
        let (name, rest) = inner.split_at_checked(len)?;
        rest.starts_with('"').then(|| {
            self.at = start + len + 2;
            name
        })
    }

    /// Where the next value begins, or what it would be in ends. A colon stands only behind a name
    /// and a comma only behind a value, so neither matters.
    fn next(&self) -> Option<usize> {
        let bytes = self.json.as_bytes();
        let mut at = self.at;
        while let b' ' | b'\n' | b'\r' | b'\t' | b',' | b':' = bytes.get(at)? {
            at += 1;
        }
        Some(at)
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
