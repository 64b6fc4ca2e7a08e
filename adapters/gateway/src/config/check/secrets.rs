//! Secrets: a text, or a reference to where it is. No message here holds any of one.

use super::{Check, Node, Value, joined};

/// How a reference is written.
const REFERENCE: &str = "{source: \"env\", id: \"NAME\"}";

impl Check<'_> {
    pub(super) fn secret(&mut self, node: &Node, path: &str) {
        let is_reference = node.get("source").is_some();
        if !is_reference {
            self.hide(node);
        }
        match &node.value {
            Value::Text(_) => {}
            Value::Map(_) => self.reference(node, path),
            Value::Number(_) => {
                let help = "put it in quotes".into();
                self.expected_with(node, path, &format!("a text, or {REFERENCE}"), Some(help));
            }
            _ => self.expected(node, path, &format!("a text, or {REFERENCE}")),
        }
    }

    fn reference(&mut self, node: &Node, path: &str) {
        for (key, value) in node.entries() {
            self.sheet.allow(key.span.clone());
            // What does not look like a source or a name may be the secret itself.
            if value.text().is_some_and(is_name) {
                self.sheet.allow(value.span.clone());
            } else {
                self.hide(value);
            }
        }
        let at = |key: &str| node.get(key).map_or_else(|| node.span.clone(), |at| at.span.clone());
        let key = path.rsplit('.').next().unwrap_or(path);
        let help = if key == "botToken" {
            format!("put the token into a file and name it as `tokenFile`, or write {REFERENCE}")
        } else {
            format!("write {REFERENCE}; only a token can come from a file, as `tokenFile`")
        };
        match node.get("source").map(|source| (source, source.text())) {
            Some((_, Some("env"))) => {}
            Some((_, Some(other))) if is_name(other) => {
                let message = format!("`{path}` is to come from \"{other}\", which is not read");
                return self.error(&at("source"), message, Some(help));
            }
            _ => {
                let message = format!("`{path}` does not say where it comes from");
                return self.error(&at("source"), message, Some(help));
            }
        }
        let id = node.get("id").and_then(Node::text).map(str::trim).unwrap_or_default();
        if !id.is_empty() && !is_name(id) {
            let message = format!("`{path}`: `id` is the name of a variable, and this is none");
            let help = format!("write {REFERENCE}; the secret itself is in the variable");
            self.error(&at("id"), message, Some(help));
        } else if id.is_empty() {
            let message = format!("`{path}` does not say which variable holds it");
            self.error(&at("id"), message, Some(format!("write {REFERENCE}")));
        }
    }

    pub(super) fn secrets(&mut self, node: &Node, path: &str) {
        if !matches!(node.value, Value::Map(_)) {
            self.hide(node);
            return self.expected(node, path, "an object of names and texts, {NAME: \"value\"}");
        }
        for (key, value) in node.entries() {
            self.sheet.allow(key.span.clone());
            self.secret(value, &joined(path, &key.name));
            if key.name.is_empty() || key.name.contains(['=', '\0']) {
                let message = format!("`{path}`: a variable's name is not empty and has no `=`");
                self.error(&key.span, message, None);
            }
        }
    }
}

/// Whether this can be the name of a variable, or of a source.
pub(crate) fn is_name(text: &str) -> bool {
    text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
