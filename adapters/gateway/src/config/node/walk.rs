//! `Walk`: goes through a valid text and notes where each key and value begins and ends.

use super::{Key, Node, Value};

/// A way through a text.
pub(super) struct Walk<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Walk<'a> {
    /// From the start of a valid text.
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Where it has come to.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn node(&mut self) -> Option<Node> {
        self.skip();
        let start = self.at;
        let value = match self.peek()? {
            '{' => self.map()?,
            '[' => self.list()?,
            '"' | '\'' => Value::Text(self.quoted()?),
            _ => scalar(self.word()?),
        };
        Some(Node { span: start..self.at, value, variable: None })
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
            } else if let Some(inside) = after.strip_prefix("/*") {
                // `/*/` only opens one.
                inside.find("*/").map_or(after.len(), |end| end + 4)
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
