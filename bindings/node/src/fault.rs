//! `Fault`: an error on its way to JavaScript. `lib/errors.ts` has the classes, and makes one of a
//! message's three parts: the class, its `kind`, and what people read.

use serde::Serialize;
use serde_json::Value;

/// Why something was not done.
pub(crate) struct Fault {
    class: &'static str,
    kind: String,
    message: String,
}

impl Fault {
    pub(crate) fn new(class: &'static str, message: impl ToString) -> Self {
        Self { class, kind: String::new(), message: message.to_string() }
    }

    pub(crate) fn refused(kind: impl Into<String>, message: impl ToString) -> Self {
        Self { class: "Refused", kind: kind.into(), message: message.to_string() }
    }

    /// What the core did not take, or could not restore: its `type` is the `kind`.
    pub(crate) fn of_core<E: Serialize + ToString>(class: &'static str, error: &E) -> Self {
        let kind = match serde_json::to_value(error) {
            Ok(Value::Object(form)) => form.get("type").and_then(Value::as_str).map(str::to_owned),
            _ => None,
        };
        Self { class, kind: kind.unwrap_or_default(), message: error.to_string() }
    }

    /// A value that can't be read.
    pub(crate) fn bad_value(what: &str, error: impl ToString) -> Self {
        Self::new("BadValue", format!("{what}: {}", error.to_string()))
    }
}

impl From<Fault> for napi::Error {
    fn from(fault: Fault) -> Self {
        Self::from_reason(format!("{}\n{}\n{}", fault.class, fault.kind, fault.message))
    }
}
