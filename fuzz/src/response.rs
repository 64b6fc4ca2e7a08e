//! `response`: any answer to any call is read, and as `serde_json::Value` reads it where that can
//! tell.

use serde_json::Value;
use zaloxide_core::Method;
use zaloxide_core::limits::REASON_CHARS_MAX;
use zaloxide_core::wire::{self, Response, Success};

use crate::opinion;

/// The first byte is the method, the second and third the status, the rest is the body.
pub fn check(bytes: &[u8]) {
    let [method, high, low, body @ ..] = bytes else { return };
    let method = Method::ALL[usize::from(*method) % Method::ALL.len()];
    let status = 100 + u16::from_be_bytes([*high, *low]) % 500;
    let text = wire::text(body);
    let read = wire::response(method, status, &text);
    match &read {
        Response::Failed { description: line, .. } | Response::NotJson { excerpt: line, .. } => {
            assert!(line.chars().count() <= REASON_CHARS_MAX, "{line:?}");
            assert!(!line.contains(char::is_control), "{line:?}");
        }
        _ => {}
    }
    if let Some(value) = opinion::value(&text) {
        compare(method, &value, &read);
    }
}

fn compare(method: Method, value: &Value, read: &Response<'_>) {
    let is_object = value.is_object();
    assert_eq!(is_object, !matches!(read, Response::NotJson { .. }), "an object is read as one");
    if !is_object {
        return;
    }
    let ok = value["ok"] == true;
    let never_failed = matches!(method, Method::GetWebhookInfo | Method::DeleteWebhook);
    assert!(ok == matches!(read, Response::Ok { .. }) || (!ok && never_failed), "{read:?}");
    match read {
        Response::Ok { success: Success::Sent { message_id, .. }, .. } => {
            if let Some(expected) = opinion::id(&value["result"]["message_id"]) {
                let id = message_id.as_ref().map(|id| id.as_str());
                assert_eq!(id, expected.as_deref());
            }
        }
        Response::Ok { success: Success::Updates(updates), .. } => match &value["result"] {
            Value::Array(several) => assert_eq!(updates.len(), several.len()),
            Value::Null => assert!(updates.is_empty()),
            Value::Object(fields) => assert_eq!(updates.is_empty(), fields.is_empty()),
            _ => assert_eq!(updates.len(), 1),
        },
        Response::Failed { code, .. } => {
            if let Some(said) = value["error_code"].as_u64().filter(|said| *said != 0)
                && let Ok(said) = u32::try_from(said)
            {
                assert_eq!(*code, said);
            }
        }
        _ => {}
    }
}
