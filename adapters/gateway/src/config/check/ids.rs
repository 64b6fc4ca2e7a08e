//! Ids: texts, or numbers that every reader holds exactly.

use super::{Check, Node, Value};

/// The largest whole number that every JSON reader holds exactly (2^53 - 1).
pub(crate) const EXACT_MAX: u64 = (1 << 53) - 1;

impl Check<'_> {
    pub(super) fn id(&mut self, node: &Node, path: &str) {
        match &node.value {
            Value::Text(text) if text.trim().is_empty() => {
                let help = "write the id that `zaloxide pairing list` shows, or remove it";
                self.error(&node.span, format!("`{path}` is an empty id"), Some(help.into()));
            }
            Value::Text(_) => {}
            Value::Number(_) if node.count().is_some_and(|count| count <= EXACT_MAX) => {}
            Value::Number(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
                let message = format!("`{path}` is a number too long to be exact");
                self.error(&node.span, message, Some(format!("quote it: \"{digits}\"")));
            }
            Value::Number(_) => {
                let help = "write it as Zalo shows it, in quotes".into();
                self.expected_with(node, path, "an id", Some(help));
            }
            _ => self.expected(node, path, "an id, such as \"a1b2c3d4e5f60718293a\""),
        }
    }
}
