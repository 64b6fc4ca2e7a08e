//! Patterns: what an expected value allows. Names bind at first sight and must be equal later.

use serde_json::{Map, Value};

use crate::vars::{Vars, build, name, operator, words};

/// Where and how `actual` differs from `pattern`, a line each; none when it matches.
pub fn mismatches(pattern: &Value, actual: &Value, vars: &mut Vars) -> Vec<String> {
    let mut found = Found { lines: Vec::new(), vars };
    found.value("", pattern, actual);
    found.lines
}

struct Found<'a> {
    lines: Vec<String>,
    vars: &'a mut Vars,
}

impl Found<'_> {
    fn say(&mut self, path: &str, text: impl std::fmt::Display) {
        let path = if path.is_empty() { "." } else { path };
        self.lines.push(format!("{path}: {text}"));
    }

    fn value(&mut self, path: &str, pattern: &Value, actual: &Value) {
        match (pattern, actual) {
            (Value::String(text), _) if text == "$any" => {}
            (Value::String(text), _) => match name(text) {
                Some(name) => self.named(path, name, actual),
                None => self.text(path, text, actual),
            },
            (Value::Object(object), _) => match (operator(object), actual) {
                (Some((operator, argument)), _) => self.operate(path, operator, argument, actual),
                (None, Value::Object(actual)) => self.object(path, object, actual),
                _ => self.say(path, format_args!("expected an object, got {actual}")),
            },
            (Value::Array(list), Value::Array(actual)) => {
                if list.len() != actual.len() {
                    let counts = format!("expected {} elements, got {}", list.len(), actual.len());
                    self.say(path, counts);
                }
                for (index, (pattern, actual)) in list.iter().zip(actual).enumerate() {
                    self.value(&format!("{path}[{index}]"), pattern, actual);
                }
            }
            _ => self.equal(path, pattern, actual),
        }
    }

    fn named(&mut self, path: &str, name: &str, actual: &Value) {
        match self.vars.get(name).cloned() {
            Some(bound) if bound == *actual => {}
            Some(bound) => self.say(path, format_args!("${name} is {bound}, got {actual}")),
            None => {
                self.vars.insert(name.into(), actual.clone());
            }
        }
    }

    fn text(&mut self, path: &str, text: &str, actual: &Value) {
        match words(text, self.vars) {
            Ok(text) => self.equal(path, &text.into(), actual),
            Err(error) => self.say(path, error),
        }
    }

    fn equal(&mut self, path: &str, expected: &Value, actual: &Value) {
        if expected != actual {
            self.say(path, format_args!("expected {expected}, got {actual}"));
        }
    }

    fn object(&mut self, path: &str, pattern: &Map<String, Value>, actual: &Map<String, Value>) {
        // One of another kind: its fields would only be noise.
        if let (Some(expected), Some(got)) = (pattern.get("type"), actual.get("type"))
            && expected.is_string()
            && expected != got
        {
            return self.say(path, format_args!("expected type {expected}, got {got}"));
        }
        self.has(path, pattern, actual);
        for (key, value) in actual {
            if !pattern.contains_key(key) {
                self.say(path, format_args!("unexpected `{key}`: {value}"));
            }
        }
    }

    fn has(&mut self, path: &str, pattern: &Map<String, Value>, actual: &Map<String, Value>) {
        for (key, pattern) in pattern {
            match actual.get(key) {
                Some(actual) => self.value(&format!("{path}.{key}"), pattern, actual),
                None => self.say(path, format_args!("`{key}` is missing")),
            }
        }
    }

    fn operate(&mut self, path: &str, operator: &str, argument: &Value, actual: &Value) {
        match (operator, argument, actual) {
            ("$has", Value::Object(pattern), Value::Object(actual)) => {
                self.has(path, pattern, actual);
            }
            ("$json", pattern, Value::String(text)) => match serde_json::from_str(text) {
                Ok(actual) => self.value(path, pattern, &actual),
                Err(error) => self.say(path, format_args!("not JSON: {error}: {text}")),
            },
            ("$between", Value::Array(ends), Value::Number(number)) => {
                let ends: Vec<_> = ends.iter().filter_map(Value::as_u64).collect();
                let inside = matches!(*ends.as_slice(), [first, last]
                    if number.as_u64().is_some_and(|n| (first..=last).contains(&n)));
                if !inside {
                    self.say(path, format_args!("expected between {argument}, got {number}"));
                }
            }
            ("$len", Value::Number(len), Value::Array(list)) => {
                self.equal(path, &len.clone().into(), &list.len().into());
            }
            ("$contains", Value::Array(texts), Value::String(actual)) => {
                for text in texts {
                    match build(text, self.vars) {
                        Ok(Value::String(text)) if actual.contains(&text) => {}
                        Ok(text) => self.say(path, format_args!("{text} is not in {actual:?}")),
                        Err(error) => self.say(path, error),
                    }
                }
            }
            ("$concat" | "$repeat" | "$list", ..) => {
                let pattern = Value::Object(Map::from_iter([(operator.into(), argument.clone())]));
                match build(&pattern, self.vars) {
                    Ok(expected) => self.equal(path, &expected, actual),
                    Err(error) => self.say(path, error),
                }
            }
            _ => self.say(path, format_args!("{operator} {argument} does not fit {actual}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::from_str;

    use super::mismatches;
    use crate::vars::Vars;

    #[test]
    fn patterns_tell_what_differs() {
        let table = [
            ("[1, \"$any\"]", "[1, {}]", ""),
            ("[1]", "[1, 2]", ".: expected 1 elements, got 2"),
            ("[\"$a\", \"$a\"]", "[1, 1]", ""),
            ("[\"$a\", \"$a\"]", "[1, 2]", "[1]: $a is 1, got 2"),
            ("[\"$a\", \"no. ${a}\"]", "[1, \"no. 1\"]", ""),
            ("{\"a\": 1}", "{\"a\": 1, \"b\": 2}", ".: unexpected `b`: 2"),
            ("{\"a\": 1}", "{}", ".: `a` is missing"),
            ("{\"$has\": {\"a\": 1}}", "{\"a\": 1, \"b\": 2}", ""),
            ("{\"$json\": {\"a\": 1}}", "\"{ \\\"a\\\": 1 }\"", ""),
            ("{\"$between\": [1, 3]}", "3", ""),
            ("{\"$between\": [1, 3]}", "4", ".: expected between [1,3], got 4"),
            ("{\"$len\": 2}", "[1, 2]", ""),
            ("{\"$contains\": [\"b\", \"c\"]}", "\"abc\"", ""),
            (
                "{\"a\": {\"$repeat\": [\"x\", 2]}}",
                "{\"a\": \"xy\"}",
                ".a: expected \"xx\", got \"xy\"",
            ),
        ];
        for (pattern, actual, expected) in table {
            let (pattern, actual) = (from_str(pattern).unwrap(), from_str(actual).unwrap());
            let found = mismatches(&pattern, &actual, &mut Vars::new()).join("; ");
            assert_eq!(found, expected, "{pattern} {actual}");
        }
    }
}
