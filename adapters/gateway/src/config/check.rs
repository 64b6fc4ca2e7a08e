//! `Check`: compares a tree with the keys there are, and finds everything that is wrong at once.

use std::ops::Range;

use super::keys::{ACCOUNT, Key, Kind, PROCESS};
use super::node::{Node, Value};
use super::problem::{Problem, Sheet};

/// The largest whole number that every JSON reader holds exactly (2^53 - 1).
pub(crate) const EXACT_MAX: u64 = (1 << 53) - 1;

/// What was found so far.
pub(crate) struct Check<'a> {
    pub(crate) sheet: Sheet<'a>,
    found: Vec<(Range<usize>, Problem)>,
}

impl<'a> Check<'a> {
    pub(crate) fn new(file: &'a str, text: &'a str) -> Self {
        Self { sheet: Sheet::new(file, text), found: Vec::new() }
    }

    /// All that was found, in the order of the file. The places are cut out only now, when it is
    /// known what may be shown.
    pub(crate) fn finish(self) -> Vec<Problem> {
        let mut found = self.found;
        found.sort_by_key(|(span, _)| span.start);
        let place = |(span, problem): (Range<usize>, Problem)| {
            let place = (span != NOWHERE).then(|| self.sheet.place(&span));
            Problem { place, ..problem }
        };
        found.into_iter().map(place).collect()
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.found.iter().any(|(_, problem)| !problem.is_warning)
    }

    pub(crate) fn error(&mut self, span: &Range<usize>, message: String, help: Option<String>) {
        self.push(span, false, message, help);
    }

    pub(crate) fn warning(&mut self, span: &Range<usize>, message: String, help: Option<String>) {
        self.push(span, true, message, help);
    }

    fn push(
        &mut self,
        span: &Range<usize>,
        is_warning: bool,
        message: String,
        help: Option<String>,
    ) {
        let problem = Problem { is_warning, message, help, place: None };
        self.found.push((span.clone(), problem));
    }

    /// Checks an object against several lists of keys.
    pub(crate) fn object(&mut self, node: &Node, path: &str, lists: &[&'static [Key]]) {
        if !matches!(node.value, Value::Map(_)) {
            return self.expected(node, path, "an object");
        }
        for (at, (key, value)) in node.entries().iter().enumerate() {
            self.sheet.allow(key.span.clone());
            if node.entries()[..at].iter().any(|(earlier, _)| earlier.name == key.name) {
                self.error(
                    &key.span,
                    format!("`{}` stands here twice", joined(path, &key.name)),
                    None,
                );
            }
            let known = lists.iter().copied().flatten().find(|known| known.name == key.name);
            match known {
                Some(known) => self.value(value, &joined(path, &key.name), &key.span, &known.kind),
                None => self.unknown(&key.name, &key.span, value, path, lists),
            }
        }
    }

    fn unknown(
        &mut self,
        name: &str,
        span: &Range<usize>,
        value: &Node,
        path: &str,
        lists: &[&'static [Key]],
    ) {
        // A mistyped `botToken` holds a token all the same.
        self.hide(value);
        let known = lists.iter().copied().flatten();
        let nearest = known
            .map(|key| (strsim::jaro_winkler(&key.name.to_lowercase(), &name.to_lowercase()), key))
            .filter(|(likeness, _)| *likeness > 0.8)
            .max_by(|(a, _), (b, _)| a.total_cmp(b));
        let process = path.starts_with("channels.zalo.accounts.")
            && PROCESS.iter().any(|key| key.name == name);
        let help = match nearest {
            _ if process => Some("it is about all accounts: put it into channels.zalo".into()),
            Some((_, key)) => Some(format!("did you mean `{}`?", key.name)),
            None => None,
        };
        let shown = crate::escape::shown(name);
        self.error(span, format!("there is no key `{}`", joined(path, &shown)), help);
    }

    fn value(&mut self, node: &Node, path: &str, key: &Range<usize>, kind: &'static Kind) {
        match kind {
            Kind::Secret => return self.secret(node, path),
            Kind::Secrets => return self.secrets(node, path),
            Kind::Section(keys) => return self.object(node, path, &[keys]),
            Kind::Accounts => return self.accounts(node, path),
            Kind::OpenClaw(instead) => {
                self.hide(node);
                let message = format!("`{path}` is OpenClaw's and does nothing here");
                return self.warning(key, message, Some((*instead).into()));
            }
            _ => self.allow(node),
        }
        match kind {
            Kind::Flag if !matches!(node.value, Value::Flag(_)) => {
                self.expected(node, path, "true or false");
            }
            Kind::Text if node.text().is_none() => self.expected(node, path, "a text"),
            Kind::Starting(start) => {
                let is_fine = |text: &str| text.trim().is_empty() || text.starts_with(start);
                if !node.text().is_some_and(is_fine) {
                    self.expected(node, path, &format!("a text that starts with \"{start}\""));
                }
            }
            Kind::Count(range) if !node.count().is_some_and(|count| range.contains(&count)) => {
                let wanted = format!("a whole number from {} to {}", range.start(), range.end());
                self.expected(node, path, &wanted);
            }
            Kind::Choice(choices) => self.choice(node, path, choices),
            Kind::Streaming => match node.value {
                Value::Map(_) => {
                    let message = format!("`{path}` is OpenClaw's and does nothing here");
                    let help = "replies are sent when they are complete".into();
                    self.warning(key, message, Some(help));
                }
                _ => self.choice(node, path, &["off"]),
            },
            Kind::Ids => self.list(node, path, Self::id),
            Kind::Texts => self.list(node, path, |check, item, path| {
                if item.text().is_none() {
                    check.expected(item, path, "a text");
                }
            }),
            _ => {}
        }
    }

    fn choice(&mut self, node: &Node, path: &str, choices: &[&str]) {
        if !node.text().is_some_and(|text| choices.contains(&text)) {
            let quoted: Vec<String> =
                choices.iter().map(|choice| format!("\"{choice}\"")).collect();
            self.expected(node, path, &quoted.join(" or "));
        }
    }

    fn list(&mut self, node: &Node, path: &str, mut item: impl FnMut(&mut Self, &Node, &str)) {
        let Value::List(items) = &node.value else {
            return self.expected(node, path, "a list");
        };
        for (index, node) in items.iter().enumerate() {
            item(self, node, &format!("{path}[{index}]"));
        }
    }

    fn id(&mut self, node: &Node, path: &str) {
        match &node.value {
            Value::Text(_) => {}
            Value::Number(_) if node.count().is_some_and(|count| count <= EXACT_MAX) => {}
            Value::Number(digits) => {
                let message = format!("`{path}` is a number too long to be exact");
                self.error(&node.span, message, Some(format!("quote it: \"{digits}\"")));
            }
            _ => self.expected(node, path, "an id: a text, or a number"),
        }
    }

    fn secret(&mut self, node: &Node, path: &str) {
        self.hide(node);
        match &node.value {
            Value::Text(_) => {}
            Value::Map(_) => {
                for (key, value) in node.entries() {
                    self.sheet.allow(key.span.clone());
                    self.sheet.allow(value.span.clone());
                }
                if node.get("source").and_then(Node::text) != Some("env") {
                    let help = "write {source: \"env\", id: \"NAME\"}, or use `tokenFile`".into();
                    let message =
                        format!("`{path}`: only environment variables can be referred to");
                    self.error(&node.span, message, Some(help));
                } else if node.get("id").and_then(Node::text).is_none() {
                    let help = "write {source: \"env\", id: \"NAME\"}".into();
                    let message = format!("`{path}` does not say which variable");
                    self.error(&node.span, message, Some(help));
                }
            }
            _ => self.expected(node, path, "a text, or {source: \"env\", id: \"NAME\"}"),
        }
    }

    fn secrets(&mut self, node: &Node, path: &str) {
        if !matches!(node.value, Value::Map(_)) {
            self.hide(node);
            return self.expected(node, path, "an object of names and texts");
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

    fn accounts(&mut self, node: &Node, path: &str) {
        if !matches!(node.value, Value::Map(_)) {
            return self.expected(node, path, "an object of accounts");
        }
        for (at, (key, account)) in node.entries().iter().enumerate() {
            self.sheet.allow(key.span.clone());
            let twice = node.entries()[..at].iter().any(|(earlier, _)| earlier.name == key.name);
            let is_name = |c: char| c.is_alphanumeric() || "._-".contains(c);
            if twice {
                self.error(&key.span, format!("account `{}` stands here twice", key.name), None);
            } else if key.name.is_empty() || key.name.len() > 64 || !key.name.chars().all(is_name) {
                let message = format!("`{}` is no account name", crate::escape::shown(&key.name));
                let help = "use at most 64 letters, digits, `.`, `_` and `-`".into();
                self.error(&key.span, message, Some(help));
            }
            self.object(account, &joined(path, &key.name), &[ACCOUNT]);
        }
    }

    pub(crate) fn expected(&mut self, node: &Node, path: &str, wanted: &str) {
        let message = format!("`{path}` is {wanted}");
        self.error(&node.span, message, Some(format!("found {}", node.kind())));
    }

    /// Every part of this value may be shown.
    fn allow(&mut self, node: &Node) {
        self.sheet.allow(node.span.clone());
    }

    /// No text and no number in this value may be shown.
    fn hide(&mut self, node: &Node) {
        match &node.value {
            Value::Text(_) => self.sheet.hide(node.span.start + 1..node.span.end - 1),
            Value::Number(_) => self.sheet.hide(node.span.clone()),
            Value::List(items) => items.iter().for_each(|item| self.hide(item)),
            Value::Map(entries) => entries.iter().for_each(|(_, value)| self.hide(value)),
            Value::Null | Value::Flag(_) => {}
        }
    }
}

/// The span of what stands in no file.
pub(crate) const NOWHERE: Range<usize> = usize::MAX..usize::MAX;

/// A key's full name.
pub(crate) fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
