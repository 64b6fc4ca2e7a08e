//! Variables of the environment in texts: `${NAME}`, as `OpenClaw` reads them.
//!
//! `$${NAME}` stands for `${NAME}` itself. Names are of capitals, digits and `_`; anything else
//! after `${` is text like any other.

use super::super::Env;
use super::{Node, Value};

/// A variable that a text names.
#[derive(Debug)]
pub(super) struct Variable {
    name: String,
    is_set: bool,
}

impl Node {
    /// Puts the values of variables into all texts below. A text that names one that is not set,
    /// or blank, stays as it is.
    pub(crate) fn expand(&mut self, env: &Env<'_>) {
        match &mut self.value {
            Value::Text(text) if text.contains("${") => {
                let (expanded, variable) = expanded(text, env);
                if variable.as_ref().is_none_or(|variable| variable.is_set) {
                    *text = expanded;
                }
                self.variable = variable;
            }
            Value::List(items) => items.iter_mut().for_each(|item| item.expand(env)),
            Value::Map(entries) => entries.iter_mut().for_each(|(_, value)| value.expand(env)),
            _ => {}
        }
    }

    /// The variable that the text names.
    #[allow(dead_code)]
    pub(crate) fn variable(&self) -> Option<&str> {
        self.variable.as_ref().map(|variable| variable.name.as_str())
    }

    /// The variable that the text names and that is not set.
    pub(crate) fn unset_variable(&self) -> Option<&str> {
        let variable = self.variable.as_ref().filter(|variable| !variable.is_set);
        variable.map(|variable| variable.name.as_str())
    }
}

/// The text with its variables' values, and the first that is not set, else the first.
fn expanded(text: &str, env: &Env<'_>) -> (String, Option<Variable>) {
    let mut out = String::with_capacity(text.len());
    let mut found = None::<Variable>;
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, after) = (&rest[..at], &rest[at + 2..]);
        let name = after.find('}').map(|end| &after[..end]).filter(|name| is_name(name));
        let Some(name) = name else {
            out.push_str(&rest[..at + 2]);
            rest = after;
            continue;
        };
        rest = &after[name.len() + 1..];
        if let Some(before) = before.strip_suffix('$') {
            for part in [before, "${", name, "}"] {
                out.push_str(part);
            }
            continue;
        }
        out.push_str(before);
        let value = env(name).filter(|value| !value.trim().is_empty());
        let is_set = value.is_some();
        out.push_str(&value.unwrap_or_default());
        if found.as_ref().is_none_or(|found| found.is_set && !is_set) {
            found = Some(Variable { name: name.to_owned(), is_set });
        }
    }
    out.push_str(rest);
    (out, found)
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
        && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_put_in_and_nothing_else_is_touched() {
        let env = |name: &str| match name {
            "A" => Some("one".to_owned()),
            "B_2" => Some("${A}".to_owned()),
            "BLANK" => Some(" ".to_owned()),
            _ => None,
        };
        let table = [
            ("${A}", "one", Some(("A", true))),
            ("https://${A}.vn/${B_2}?", "https://one.vn/${A}?", Some(("A", true))),
            ("$${A} and ${A}", "${A} and one", Some(("A", true))),
            ("${a} ${} ${A", "${a} ${} ${A", None),
            ("${${A}}", "${one}", Some(("A", true))),
            ("${A}${NONE}", "one", Some(("NONE", false))),
            ("${BLANK}", "", Some(("BLANK", false))),
            ("ă${A}ă", "ăoneă", Some(("A", true))),
        ];
        for (text, wanted, variable) in table {
            let (out, found) = expanded(text, &env);
            let found = found.as_ref().map(|found| (found.name.as_str(), found.is_set));
            assert_eq!((out.as_str(), found), (wanted, variable), "{text}");
        }
    }
}
