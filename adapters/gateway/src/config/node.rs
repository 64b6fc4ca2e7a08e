//! `Node`: a JSON5 text as a tree that knows where each key and value stands.
//!
//! The `json5` crate decides what is valid and what a string or number means; the walk here only
//! finds where each of them begins and ends, so it may assume a valid text.

use std::ops::Range;

/// Deeper nesting than this is no configuration.
const DEPTH_MAX: usize = 64;

/// A value and where it stands, in bytes.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) span: Range<usize>,
    pub(crate) value: Value,
}

/// What stands there.
#[derive(Debug)]
pub(crate) enum Value {
    Null,
    Flag(bool),
    /// As it is written; see [`Node::count`].
    Number(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key and where it stands.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) span: Range<usize>,
}

/// A text that is no JSON5: what is wrong, and at which byte.
#[derive(Debug)]
pub(crate) struct Invalid {
    pub(crate) at: usize,
    pub(crate) message: String,
}

impl Node {
    /// Reads a whole text.
    pub(crate) fn parse(text: &str) -> Result<Self, Invalid> {
        if let Some(at) = too_deep(text) {
            let message = format!("nested more than {DEPTH_MAX} levels deep");
            return Err(Invalid { at, message });
        }
        if let Err(error) = json5::from_str::<serde::de::IgnoredAny>(text) {
            let at = error
                .position()
                .map_or(0, |position| offset_of(text, position.line, position.column));
            let message = error.code().map_or_else(|| error.to_string(), |code| code.to_string());
            return Err(Invalid { at, message });
        }
        let mut walk = Walk { text, at: 0 };
        walk.node().ok_or_else(|| Invalid { at: walk.at, message: "can't be read".into() })
    }

    /// The value of a key, if this is a map that has it.
    pub(crate) fn get(&self, name: &str) -> Option<&Node> {
        self.entries().iter().find(|(key, _)| key.name == name).map(|(_, node)| node)
    }

    /// The value at a path such as `polling.timeoutSec`.
    pub(crate) fn at_path(&self, path: &str) -> Option<&Node> {
        path.split('.').try_fold(self, |node, name| node.get(name))
    }

    /// The entries, if this is a map.
    pub(crate) fn entries(&self) -> &[(Key, Node)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The text, if this is one.
    /// A list's items; of anything else, none.
    pub(crate) fn items(&self) -> &[Self] {
        if let Value::List(items) = &self.value { items } else { &[] }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, if this is one.
    pub(crate) fn count(&self) -> Option<u64> {
        match &self.value {
            Value::Number(text) => json5::from_str(text).ok(),
            _ => None,
        }
    }

    /// What this is, for people.
    pub(crate) fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Flag(_) => "true or false",
            Value::Number(_) => "a number",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "an object",
        }
    }
}

/// Where a text goes too deep. Brackets in texts count too: none holds that many.
fn too_deep(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            return Some(at);
        }
    }
    None
}

/// The byte at a line and column, both from 0.
fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let start = text.split_inclusive('\n').take(line).map(str::len).sum::<usize>();
    let rest = text.get(start..).unwrap_or_default();
    start + rest.chars().take(column).map(char::len_utf8).sum::<usize>()
}

struct Walk<'a> {
    text: &'a str,
    at: usize,
}

impl Walk<'_> {
    fn node(&mut self) -> Option<Node> {
        self.skip();
        let start = self.at;
        let value = match self.peek()? {
            '{' => self.map()?,
            '[' => self.list()?,
            '"' | '\'' => Value::Text(self.quoted()?),
            _ => scalar(self.word()?),
        };
        Some(Node { span: start..self.at, value })
    }

    fn map(&mut self) -> Option<Value> {
        let mut entries = Vec::new();
        self.at += 1;
        loop {
            self.skip();
            match self.peek()? {
                '}' => break,
                ',' => self.at += 1,
                _ => {
                    let start = self.at;
                    let name = match self.peek()? {
                        '"' | '\'' => self.quoted()?,
                        _ => self.word()?.to_owned(),
                    };
                    let key = Key { name, span: start..self.at };
                    self.skip();
                    self.at += ':'.len_utf8();
                    entries.push((key, self.node()?));
                }
            }
        }
        self.at += 1;
        Some(Value::Map(entries))
    }

    fn list(&mut self) -> Option<Value> {
        let mut nodes = Vec::new();
        self.at += 1;
        loop {
            self.skip();
            match self.peek()? {
                ']' => break,
                ',' => self.at += 1,
                _ => nodes.push(self.node()?),
            }
        }
        self.at += 1;
        Some(Value::List(nodes))
    }

    fn quoted(&mut self) -> Option<String> {
        let start = self.at;
        let quote = self.peek()?;
        let mut escaped = false;
        let rest = self.text.get(start + 1..)?;
        let (end, _) = rest.char_indices().find(|&(_, c)| {
            let ends = c == quote && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        })?;
        self.at = start + 1 + end + 1;
        json5::from_str(self.text.get(start..self.at)?).ok()
    }

    fn word(&mut self) -> Option<&str> {
        let rest = self.text.get(self.at..)?;
        let ends = |c: char| c.is_whitespace() || c == '\u{feff}' || ",:]}/".contains(c);
        let length = rest.find(ends).unwrap_or(rest.len());
        self.at += length;
        (length > 0).then(|| &rest[..length])
    }

    /// White space and comments.
    fn skip(&mut self) {
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let white = rest.len()
                - rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}').len();
            let after = &rest[white..];
            let comment = if after.starts_with("//") {
                after.find(['\n', '\r', '\u{2028}', '\u{2029}']).unwrap_or(after.len())
            } else if after.starts_with("/*") {
                // `/*/` only opens one.
                after[2..].find("*/").map_or(after.len(), |end| end + 4)
            } else {
                0
            };
            if white + comment == 0 {
                return;
            }
            self.at += white + comment;
        }
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }
}

fn scalar(word: &str) -> Value {
    match word {
        "null" => Value::Null,
        "true" => Value::Flag(true),
        "false" => Value::Flag(false),
        number => Value::Number(number.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_knows_where_it_stands() {
        let text =
            "// c\n/*/ d */{ a: [1, 'x\\'y', ], \"b\\u0063\": { d: /* } */ -0x1F }, e: true, }";
        let node = Node::parse(text).unwrap();
        let here = |path: &str| &text[node.at_path(path).unwrap().span.clone()];
        assert_eq!(here("a"), "[1, 'x\\'y', ]");
        assert_eq!(here("bc.d"), "-0x1F");
        assert_eq!(here("e"), "true");
        let Value::List(list) = &node.get("a").unwrap().value else { panic!("a list") };
        assert_eq!(list[0].count(), Some(1));
        assert_eq!(list[1].text(), Some("x'y"));
    }

    #[test]
    fn what_is_no_json5_says_where() {
        let error = Node::parse("{\n  a: 1\n  b: 2\n}").unwrap_err();
        assert_eq!(error.at, "{\n  a: 1\n  ".len(), "{error:?}");
        let deep = "[".repeat(100_000);
        assert!(Node::parse(&deep).unwrap_err().message.contains("deep"));
    }
}
