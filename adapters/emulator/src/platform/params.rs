//! `Params`: what a call carries, from the query, a form or a JSON object.

use serde_json::{Map, Value};

use crate::answer::Problem;

/// What stands in a call's log in place of a secret.
const MASK: &str = "•••";

/// The parameters of one call. The body wins over the query.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Params(Map<String, Value>);

impl Params {
    /// Reads query and body; `None` when the body is neither a form nor a JSON object. Multipart
    /// is not read, as on the real service: such a call has no parameters.
    pub(crate) fn read(query: Option<&str>, content_type: &str, body: &[u8]) -> Option<Self> {
        let mut params = Map::new();
        let mut take_form = |bytes: &[u8]| {
            for (key, value) in form_urlencoded::parse(bytes) {
                params.insert(key.into_owned(), Value::String(value.into_owned()));
            }
        };
        take_form(query.unwrap_or_default().as_bytes());
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            take_form(body);
        } else if !body.is_empty() && !essence.to_ascii_lowercase().starts_with("multipart/") {
            let Ok(Value::Object(fields)) = serde_json::from_slice(body) else { return None };
            params.extend(fields);
        }
        Some(Self(params))
    }

    /// The parameters for the list of calls: secrets masked.
    pub(crate) fn masked(&self) -> Value {
        let mut shown = self.0.clone();
        if let Some(secret) = shown.get_mut("secret_token") {
            *secret = Value::String(MASK.to_owned());
        }
        Value::Object(shown)
    }

    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A parameter as text: a string, or the digits of a number.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        match self.value(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// A parameter that must be there, and not empty.
    pub(crate) fn required(&self, name: &str) -> Result<String, Problem> {
        self.text(name)
            .filter(|text| !text.is_empty())
            .ok_or_else(|| Problem::bad(&format!("The {name} must not be empty")))
    }
}

/// The length that the API's limits count, taken as UTF-16 code units.
pub(crate) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Params;

    #[test]
    fn json_form_and_query() {
        let read = |query, kind, body: &str| {
            Params::read(query, kind, body.as_bytes()).map(|params| params.masked())
        };
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        assert_eq!(
            read(Some("text=q&chat_id=1"), "application/json", r#"{"text":"b"}"#),
            Some(json!({"text": "b", "chat_id": "1"}))
        );
        assert_eq!(
            read(None, form, "chat_id=a%20b&text=xin+ch%C3%A0o"),
            Some(json!({"chat_id": "a b", "text": "xin chào"}))
        );
        assert_eq!(read(None, "", r#"{"a":1}"#), Some(json!({"a": 1})));
        assert_eq!(read(None, "multipart/form-data; boundary=x", "--x"), Some(json!({})));
        assert_eq!(read(None, "application/json", ""), Some(json!({})));
        for broken in ["[]", "{", "7", &"[".repeat(10_000), r#"{"a":1e400}"#, "\u{1}"] {
            assert_eq!(read(None, "application/json", broken), None, "{broken:.20}");
        }
        assert_eq!(
            read(None, "application/json", r#"{"secret_token":"do-not-show","url":"u"}"#),
            Some(json!({"secret_token": "•••", "url": "u"}))
        );
    }

    #[test]
    fn numbers_are_text_and_null_is_absent() {
        let body = br#"{"a":123456789012345678,"b":null,"c":"","d":["x"]}"#;
        let params = Params::read(None, "application/json", body).unwrap();
        assert_eq!(params.required("a").unwrap(), "123456789012345678");
        for name in ["b", "c", "d", "e"] {
            let problem = params.required(name).unwrap_err();
            assert_eq!(problem.description, format!("Bad request: The {name} must not be empty"));
        }
    }
}
