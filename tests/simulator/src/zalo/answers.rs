//! The bodies of the fake Bot API.

use zaloxide_core::Outcome;

/// Any answer.
pub(super) fn answered(status: u16, body: String) -> Outcome<'static> {
    Outcome::Answered { status, retry_after_ms: None, body: body.into() }
}

/// It was done.
pub(super) fn ok(result: &str) -> Outcome<'static> {
    answered(200, format!(r#"{{"ok":true,"result":{result},"error_code":0}}"#))
}

/// It was not done, in JSON with status 200.
pub(super) fn failed(code: u16, description: &str) -> Outcome<'static> {
    answered(200, failed_body(code, description))
}

pub(super) fn failed_body(code: u16, description: &str) -> String {
    format!(r#"{{"ok":false,"description":"{description}","error_code":{code}}}"#)
}

/// A page of the edge.
pub(super) fn html(status: u16) -> Outcome<'static> {
    answered(status, format!("<html><head><title>{status}</title></head></html>"))
}

/// A rate limit with its end.
pub(super) fn retry_after(seconds: u64) -> Outcome<'static> {
    let body = r#"{"ok":false,"error_code":429,"parameters":{"retry_after":"#;
    answered(429, format!("{body}{seconds}}}}}"))
}
