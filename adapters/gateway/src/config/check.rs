//! `Check`: compares a tree with the keys there are, and finds everything that is wrong at once.

mod ids;
mod secrets;
mod values;

use std::ops::Range;

use zaloxide_polling::Token;

use super::keys::{ACCOUNT, Key, Kind, PROCESS};
use super::near::{elsewhere, nearest, or};
use super::node::{self, Node, Value};
use super::problem::{Problem, Sheet};
use crate::escape::shown;

pub(crate) use ids::EXACT_MAX;
pub(crate) use secrets::is_name;

/// An object with no more keys than this has them listed when one is mistyped.
const LISTED_MAX: usize = 5;

/// What was found so far.
pub(crate) struct Check<'a> {
    pub(crate) sheet: Sheet<'a>,
    found: Vec<(Range<usize>, Problem)>,
    /// Said only if there is no error: with one, they are likely a part of it.
    doubts: Vec<(Range<usize>, Problem)>,
}

impl<'a> Check<'a> {
    pub(crate) fn new(file: &'a str, text: &'a str) -> Self {
        Self { sheet: Sheet::new(file, text), found: Vec::new(), doubts: Vec::new() }
    }

    /// All that was found, in the order of the file. The places are cut out only now, when it is
    /// known what may be shown.
    pub(crate) fn finish(self) -> Vec<Problem> {
        let mut found = self.found;
        if found.iter().all(|(_, problem)| problem.is_warning) {
            found.extend(self.doubts);
        }
        found.sort_by_key(|(span, _)| span.start);
        let place = |(span, problem): (Range<usize>, Problem)| {
            let place = (span != NOWHERE).then(|| self.sheet.place(&span));
            let Problem { is_warning, message, help, .. } = problem;
            let help = help.map(|help| shown(&help));
            Problem { is_warning, message: shown(&message), help, place }
        };
        found.into_iter().map(place).collect()
    }

    pub(crate) fn error(&mut self, span: &Range<usize>, message: String, help: Option<String>) {
        self.push(span, false, message, help);
    }

    pub(crate) fn warning(&mut self, span: &Range<usize>, message: String, help: Option<String>) {
        self.push(span, true, message, help);
    }

    /// As [`warning`](Self::warning), but only if nothing is wrong.
    pub(crate) fn doubt(&mut self, span: &Range<usize>, message: &str, help: &str) {
        let (message, help) = (message.to_owned(), Some(help.to_owned()));
        self.doubts.push((span.clone(), Problem { is_warning: true, message, help, place: None }));
    }

    /// What is wrong with a key that several accounts inherit is said once.
    fn push(
        &mut self,
        span: &Range<usize>,
        is_warning: bool,
        message: String,
        help: Option<String>,
    ) {
        let problem = Problem { is_warning, message, help, place: None };
        if !self.found.iter().any(|(at, said)| at == span && *said == problem) {
            self.found.push((span.clone(), problem));
        }
    }

    /// Whether something is wrong with what stands there.
    pub(crate) fn has_error_in(&self, span: &Range<usize>) -> bool {
        let within = |at: &Range<usize>| span.start <= at.start && at.end <= span.end;
        self.found.iter().any(|(at, problem)| !problem.is_warning && within(at))
    }

    /// Checks an object against several lists of keys.
    pub(crate) fn object(&mut self, node: &Node, path: &str, lists: &[&'static [Key]]) {
        if !matches!(node.value, Value::Map(_)) {
            self.hide(node);
            return self.expected(node, path, "an object, {..}");
        }
        for (at, (key, value)) in node.entries().iter().enumerate() {
            if is_token(&key.name) {
                self.token_as_key(key, value);
                continue;
            }
            self.sheet.allow(key.span.clone());
            let full = joined(path, &key.name);
            if let Some((first, _)) = node.entries()[..at].iter().find(|(e, _)| e.name == key.name)
            {
                self.twice(&format!("`{full}`"), &first.span, &key.span);
            }
            let known = lists.iter().copied().flatten().find(|known| known.name == key.name);
            match known {
                Some(known) => self.value(value, &full, &key.span, &known.kind),
                None => self.unknown(&key.name, &key.span, value, path, lists),
            }
        }
    }

    fn twice(&mut self, what: &str, first: &Range<usize>, again: &Range<usize>) {
        let help = format!("it stands at line {} too: remove one of them", self.sheet.line(first));
        self.error(again, format!("{what} stands here a second time"), Some(help));
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
        if name == "$include" {
            let help = "put what that file has under this key into this one";
            return self.error(span, "`$include` is not followed".into(), Some(help.into()));
        }
        let help = meant(name, path, lists);
        self.error(span, format!("there is no key `{}`", joined(path, name)), Some(help));
    }

    fn token_as_key(&mut self, key: &node::Key, value: &Node) {
        self.hide(value);
        let help = "give the account a name, and the token as its `botToken`".into();
        self.error(&key.span, "a token stands where a name is expected".into(), Some(help));
    }

    fn accounts(&mut self, node: &Node, path: &str) {
        if !matches!(node.value, Value::Map(_)) {
            self.hide(node);
            self.expected(node, path, "an object, {shop: {..}, help: {..}}");
            return;
        }
        for (at, (key, account)) in node.entries().iter().enumerate() {
            if is_token(&key.name) {
                self.token_as_key(key, account);
                continue;
            }
            self.sheet.allow(key.span.clone());
            let first = node.entries()[..at].iter().find(|(earlier, _)| earlier.name == key.name);
            let is_name = |c: char| c.is_alphanumeric() || "._-".contains(c);
            if let Some((first, _)) = first {
                self.twice(&format!("account \"{}\"", key.name), &first.span, &key.span);
            } else if key.name.is_empty() || key.name.len() > 64 || !key.name.chars().all(is_name) {
                let message = format!("\"{}\" can't be an account's name", key.name);
                let help = "use 1 to 64 letters, digits, `.`, `_` and `-`".into();
                self.error(&key.span, message, Some(help));
            }
            self.object(account, &joined(path, &key.name), &[ACCOUNT]);
        }
    }

    /// Something of another kind stands there than has to.
    pub(crate) fn expected(&mut self, node: &Node, path: &str, wanted: &str) {
        self.expected_with(node, path, wanted, None);
    }

    /// As [`expected`](Self::expected), with what to do.
    pub(crate) fn expected_with(
        &mut self,
        node: &Node,
        path: &str,
        wanted: &str,
        help: Option<String>,
    ) {
        let message = format!("`{path}` must be {wanted}, not {}", node.kind());
        self.error(&node.span, message, help);
    }

    /// This value may be shown, save for what a URL in it may hold: a password, a query.
    pub(crate) fn allow(&mut self, node: &Node) {
        self.sheet.allow(node.span.clone());
        match &node.value {
            Value::Text(_) => self.sheet.hide_in_url(&node.span),
            Value::List(items) => items.iter().for_each(|item| self.allow(item)),
            Value::Map(entries) => entries.iter().for_each(|(_, value)| self.allow(value)),
            _ => {}
        }
    }

    /// No text and no number in this value may be shown.
    pub(crate) fn hide(&mut self, node: &Node) {
        match &node.value {
            Value::Text(_) => self.sheet.hide(node.span.start + 1..node.span.end - 1),
            Value::Number(_) => self.sheet.hide(node.span.clone()),
            Value::List(items) => items.iter().for_each(|item| self.hide(item)),
            Value::Map(entries) => entries.iter().for_each(|(_, value)| self.hide(value)),
            Value::Null | Value::Flag(_) => {}
        }
    }
}

/// Whether a text that is to be something else is a bot's token.
pub(crate) fn is_token(text: &str) -> bool {
    text.parse::<Token>().is_ok()
}

/// What to do about a key that there is not.
fn meant(name: &str, path: &str, lists: &[&'static [Key]]) -> String {
    let known = || lists.iter().copied().flatten().map(|key| key.name);
    let account = path.strip_prefix("channels.zalo.accounts.");
    let account = account.map(|rest| rest.split('.').next().unwrap_or(rest));
    if account.is_some() && PROCESS.iter().any(|key| key.name == name) {
        return "it is about all accounts: put it into `channels.zalo`".into();
    }
    let base = account.map_or_else(
        || "channels.zalo".to_owned(),
        |account| format!("channels.zalo.accounts.{account}"),
    );
    let elsewhere = elsewhere(name, &base).into_iter();
    let elsewhere: Vec<String> = elsewhere.map(|full| format!("`{full}`")).collect();
    if !elsewhere.is_empty() {
        return format!("did you mean {}?", or(&elsewhere));
    }
    if let Some(nearest) = nearest(name, known()) {
        return format!("did you mean `{nearest}`?");
    }
    let all: Vec<String> = known().map(|name| format!("`{name}`")).collect();
    if all.len() <= LISTED_MAX {
        return format!("known here: {}", all.join(", "));
    }
    "`zaloxide config schema` lists the keys there are".into()
}

/// The span of what stands in no file.
pub(crate) const NOWHERE: Range<usize> = usize::MAX..usize::MAX;

/// A key's full name.
pub(crate) fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
