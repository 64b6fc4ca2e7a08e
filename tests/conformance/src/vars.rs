//! Vars: what a case has given a name to, and how it builds values from them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Values by name.
pub type Vars = BTreeMap<String, Value>;

/// The name of a text that is wholly one: `$code`.
pub(crate) fn name(text: &str) -> Option<&str> {
    let name = text.strip_prefix('$')?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    (!name.is_empty() && name.chars().all(plain)).then_some(name)
}

/// The operator of an object that is one: a single key that begins with `$`.
pub(crate) fn operator(object: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (key, value) = object.iter().next()?;
    (object.len() == 1 && key.starts_with('$')).then_some((key.as_str(), value))
}

/// The value that a case writes down: names are replaced, operators are worked out.
pub fn build(value: &Value, vars: &Vars) -> Result<Value, String> {
    match value {
        Value::String(text) => match name(text) {
            Some(name) => vars.get(name).cloned().ok_or(format!("${name} has no value yet")),
            None => words(text, vars).map(Value::from),
        },
        Value::Array(list) => list.iter().map(|value| build(value, vars)).collect(),
        Value::Object(object) => {
            if let Some((operator, argument)) = operator(object) {
                return operate(operator, argument, vars);
            }
            let pairs = object.iter();
            let built = pairs.map(|(key, value)| Ok((key.clone(), build(value, vars)?)));
            built.collect::<Result<Map<_, _>, String>>().map(Value::Object)
        }
        other => Ok(other.clone()),
    }
}

/// A text with `${name}` replaced; a leading `$$` is one `$`.
pub(crate) fn words(text: &str, vars: &Vars) -> Result<String, String> {
    let mut rest = if text.starts_with("$$") { &text[1..] } else { text };
    let mut out = String::new();
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}').ok_or("`${` without `}`")?;
        out.push_str(before);
        match vars.get(name).ok_or(format!("${name} has no value yet"))? {
            Value::String(text) => out.push_str(text),
            other => out.push_str(&other.to_string()),
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

fn operate(operator: &str, argument: &Value, vars: &Vars) -> Result<Value, String> {
    match (operator, argument) {
        ("$json", value) => Ok(build(value, vars)?.to_string().into()),
        ("$concat", Value::Array(parts)) => {
            let mut out = String::new();
            for part in parts {
                out += build(part, vars)?.as_str().ok_or("$concat joins texts")?;
            }
            Ok(out.into())
        }
        ("$repeat", Value::Array(pair)) => {
            let [text, times] = pair.as_slice() else { return Err("$repeat: [text, n]".into()) };
            let text = build(text, vars)?;
            Ok(text.as_str().unwrap_or_default().repeat(count(times)?).into())
        }
        ("$list", Value::Array(pair)) => {
            let [template, times] = pair.as_slice() else {
                return Err("$list: [template, n]".into());
            };
            let mut vars = vars.clone();
            let each = (1..=count(times)?).map(|i| {
                vars.insert("i".into(), i.into());
                build(template, &vars)
            });
            each.collect()
        }
        _ => Err(format!("{operator} can't build a value here")),
    }
}

fn count(value: &Value) -> Result<usize, String> {
    let number = value.as_u64().and_then(|number| usize::try_from(number).ok());
    number.ok_or_else(|| format!("{value} is no count"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_str};

    use super::{Vars, build};

    #[test]
    fn values_are_built_from_names_and_operators() {
        let vars = Vars::from([("code".into(), "AB".into()), ("n".into(), 7.into())]);
        let table = [
            (r#""$code""#, r#""AB""#),
            (r#""$n""#, "7"),
            (r#""<${code}-${n}>""#, r#""<AB-7>""#),
            (r#""$$n""#, r#""$n""#),
            (r#"{"$json": {"a": "$n"}}"#, r#""{\"a\":7}""#),
            (r#"{"$concat": ["a", {"$repeat": ["b", 3]}]}"#, r#""abbb""#),
            (r#"{"$list": ["${i}", 2]}"#, r#"["1","2"]"#),
            (r#"{"price": "5 $"}"#, r#"{"price": "5 $"}"#),
        ];
        for (written, expected) in table {
            let built = build(&from_str(written).unwrap(), &vars).unwrap();
            assert_eq!(built, from_str::<Value>(expected).unwrap(), "{written}");
        }
        assert!(build(&Value::from("$nobody"), &vars).is_err());
    }
}
