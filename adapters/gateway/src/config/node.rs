//! `Node`: a JSON5 text as a tree that knows where each key and value stands.
//!
//! The `json5` crate decides what is valid and what a string or number means; the walk here only
//! finds where each of them begins and ends, so it may assume a valid text.

mod variables;
mod walk;

use std::ops::Range;

use super::syntax;
use variables::Variable;
use walk::Walk;

/// Deeper nesting than this is no configuration.
const DEPTH_MAX: usize = 64;

/// A value and where it stands, in bytes.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) span: Range<usize>,
    pub(crate) value: Value,
    /// A variable of the environment that the text names, as in `${NAME}`.
    variable: Option<Variable>,
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

/// A text that is no JSON5: what is wrong, where, and what to do.
#[derive(Debug)]
pub(crate) struct Invalid {
    pub(crate) at: Range<usize>,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl Node {
    /// Reads a whole text.
    pub(crate) fn parse(text: &str) -> Result<Self, Invalid> {
        if let Some(at) = too_deep(text) {
            let message = format!("this is nested more than {DEPTH_MAX} levels deep");
            return Err(Invalid { at: at..at + 1, message, help: None });
        }
        if let Err(error) = json5::from_str::<serde::de::IgnoredAny>(text) {
            return Err(syntax::explain(text, &error));
        }
        let mut walk = Walk::new(text);
        walk.node().ok_or_else(|| Invalid {
            at: walk.at()..walk.at() + 1,
            message: "this can't be read".into(),
            help: None,
        })
    }

    /// The value of a key, if this is a map that has it.
    pub(crate) fn get(&self, name: &str) -> Option<&Node> {
        self.entry(name).map(|(_, node)| node)
    }

    /// A key and its value, if this is a map that has it.
    pub(crate) fn entry(&self, name: &str) -> Option<&(Key, Node)> {
        self.entries().iter().find(|(key, _)| key.name == name)
    }

    /// The value of a key, to be changed.
    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Node> {
        match &mut self.value {
            Value::Map(entries) => {
                entries.iter_mut().find(|(key, _)| key.name == name).map(|(_, node)| node)
            }
            _ => None,
        }
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

    /// A list's items; of anything else, none.
    pub(crate) fn items(&self) -> &[Self] {
        if let Value::List(items) = &self.value { items } else { &[] }
    }

    /// The text, if this is one.
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
            Value::Flag(true) => "true",
            Value::Flag(false) => "false",
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
        assert_eq!(error.at.start, "{\n  a: 1\n  ".len(), "{error:?}");
        let deep = "[".repeat(100_000);
        assert!(Node::parse(&deep).unwrap_err().message.contains("deep"));
    }
}
