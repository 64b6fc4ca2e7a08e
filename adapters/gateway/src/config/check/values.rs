//! Values: whether each is of the kind that its key holds.

use std::ops::{Range, RangeInclusive};

use super::{Check, Kind, Node, Value, nearest, or};

/// What people write who mean yes, or no.
const YES: [&str; 5] = ["true", "yes", "on", "y", "1"];
const NO: [&str; 5] = ["false", "no", "off", "n", "0"];

impl Check<'_> {
    pub(super) fn value(
        &mut self,
        node: &Node,
        path: &str,
        key: &Range<usize>,
        kind: &'static Kind,
    ) {
        match kind {
            Kind::Secret => return self.secret(node, path),
            Kind::Secrets => return self.secrets(node, path),
            Kind::Section(keys) => return self.object(node, path, &[keys]),
            Kind::Accounts => return self.accounts(node, path),
            Kind::OpenClaw(instead) => {
                self.hide(node);
                return self.openclaw(path, key, instead);
            }
            _ => self.allow(node),
        }
        self.variable(node, path);
        match kind {
            Kind::Flag => self.flag(node, path),
            Kind::Text | Kind::Starting(_) => self.text(node, path),
            Kind::Count(range) => self.count(node, path, range),
            Kind::Choice(choices) => self.choice(node, path, choices),
            Kind::Streaming if matches!(node.value, Value::Map(_)) => {
                self.openclaw(path, key, "replies are sent when they are complete");
            }
            Kind::Streaming if node.text() != Some("off") => {
                let help = "write \"off\", or remove the key: a reply is sent when it is complete";
                let found =
                    node.text().map_or(node.kind().to_owned(), |text| format!("\"{text}\""));
                let message = format!("`{path}` must be \"off\", not {found}");
                self.error(&node.span, message, Some(help.into()));
            }
            Kind::Ids => self.list(node, path, Self::id),
            Kind::Texts => self.list(node, path, |check, item, path| {
                check.variable(item, path);
                check.text(item, path);
            }),
            _ => {}
        }
    }

    fn openclaw(&mut self, path: &str, key: &Range<usize>, instead: &str) {
        let message = format!("`{path}` is OpenClaw's and does nothing here");
        self.warning(key, message, Some(instead.into()));
    }

    /// A text may name variables of the environment; they have to be there.
    fn variable(&mut self, node: &Node, path: &str) {
        if let Some(name) = node.unset_variable() {
            let message = format!("`{path}` refers to the variable {name}, which is not set");
            let help = format!("set {name} where the gateway is started, or write the value here");
            self.error(&node.span, message, Some(help));
        }
    }

    fn flag(&mut self, node: &Node, path: &str) {
        if matches!(node.value, Value::Flag(_)) {
            return;
        }
        let word = match &node.value {
            Value::Text(word) | Value::Number(word) => word.to_lowercase(),
            _ => String::new(),
        };
        let help = match word.as_str() {
            word if YES.contains(&word) => Some("write true, without quotes".into()),
            word if NO.contains(&word) => Some("write false, without quotes".into()),
            _ => None,
        };
        self.expected_with(node, path, "true or false", help);
    }

    fn text(&mut self, node: &Node, path: &str) {
        let help = match &node.value {
            Value::Text(_) => return,
            Value::Number(text) => Some(format!("put quotes around it: \"{text}\"")),
            Value::Null => Some("remove the key, or write \"\"".into()),
            _ => None,
        };
        self.expected_with(node, path, "a text", help);
    }

    fn count(&mut self, node: &Node, path: &str, range: &RangeInclusive<u64>) {
        if node.count().is_some_and(|count| range.contains(&count)) {
            return;
        }
        let wanted = format!("a whole number from {} to {}", range.start(), range.end());
        match &node.value {
            Value::Number(text) => {
                self.error(&node.span, format!("`{path}` must be {wanted}, not {text}"), None);
            }
            Value::Text(text) if text.parse().is_ok_and(|count| range.contains(&count)) => {
                let help = format!("write it without quotes: {text}");
                self.expected_with(node, path, &wanted, Some(help));
            }
            _ => self.expected(node, path, &wanted),
        }
    }

    fn choice(&mut self, node: &Node, path: &str, choices: &[&str]) {
        let quoted: Vec<String> = choices.iter().map(|choice| format!("\"{choice}\"")).collect();
        let wanted = or(&quoted);
        let Some(text) = node.text() else {
            return self.expected(node, path, &wanted);
        };
        if !choices.contains(&text) && node.unset_variable().is_none() {
            let help = nearest(text, choices.iter().copied());
            let help = help.map(|nearest| format!("did you mean \"{nearest}\"?"));
            let message = format!("`{path}` must be {wanted}, not \"{text}\"");
            self.error(&node.span, message, help);
        }
    }

    pub(super) fn list(
        &mut self,
        node: &Node,
        path: &str,
        mut item: impl FnMut(&mut Self, &Node, &str),
    ) {
        let Value::List(items) = &node.value else {
            let help = match &node.value {
                Value::Text(text) | Value::Number(text) => {
                    let parts = text.split([',', ' ', ';']).filter(|part| !part.is_empty());
                    let parts: Vec<String> = parts.map(|part| format!("\"{part}\"")).collect();
                    Some(format!("write [{}]", parts.join(", ")))
                }
                _ => None,
            };
            return self.expected_with(node, path, "a list, [..]", help);
        };
        for (index, node) in items.iter().enumerate() {
            item(self, node, &format!("{path}[{index}]"));
        }
    }
}
