//! `opinion`: what `serde_json::Value` says of a JSON text, by the rules of the wire. It is asked
//! only where it can be right: it turns long numbers into floats and stops at 127 levels.

use serde_json::Value;
use zaloxide_core::limits::{ID_BYTES_MAX, TEXT_BYTES_MAX};

/// The whole text as one value, if it can tell.
pub fn value(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

/// An id as the wire reads it: `Some(None)` is no id, `None` is no opinion.
pub fn id(value: &Value) -> Option<Option<String>> {
    match value {
        Value::String(text) if text.len() > ID_BYTES_MAX => None,
        Value::String(text) => Some((!text.is_empty()).then(|| text.clone())),
        // Numbers are ids by the text they were written with, which a value no longer knows.
        Value::Number(_) => None,
        _ => Some(None),
    }
}

/// A text as the wire reads it, if it is one that is not cut.
pub fn text(value: &Value) -> Option<Option<&str>> {
    match value {
        Value::String(text) if text.len() > TEXT_BYTES_MAX => None,
        Value::String(text) => Some(Some(text)),
        _ => Some(None),
    }
}
