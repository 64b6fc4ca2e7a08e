//! The bodies of the fake Bot API.

use zaloxide_core::Outcome;

/// Any answer.
pub(super) fn answered(status: u16, body: String) -> Outcome<'static> {
    Outcome::Answered { status, retry_after_ms: None, body: body.into() }
}

/// It was done; `error_code` says nothing.
pub(super) fn ok(result: &str) -> Outcome<'static> {
    answered(200, format!(r#"{{"ok":true,"result":{result},"error_code":0}}"#))
}

/// It was not done: in JSON mostly with status 200, by a code that is a number or a string.
pub(super) fn failed(form: u8, code: u16, description: &str) -> Outcome<'static> {
    match form % 4 {
        0 => answered(code, failed_body(code, description)),
        2 => answered(
            200,
            format!(r#"{{"ok":false,"description":"{description}","errorCode":"{code}"}}"#),
        ),
        _ => answered(200, failed_body(code, description)),
    }
}

pub(super) fn failed_body(code: u16, description: &str) -> String {
    format!(r#"{{"ok":false,"description":"{description}","error_code":{code}}}"#)
}

/// A page of the edge.
pub(super) fn html(status: u16) -> Outcome<'static> {
    answered(status, format!("<html><head><title>{status}</title></head></html>"))
}

/// A rate limit with its end: in the header, in `parameters`, or beside the code.
pub(super) fn later(seconds: u8) -> Outcome<'static> {
    let code = r#"{"ok":false,"error_code":429"#;
    match seconds % 3 {
        0 => Outcome::Answered {
            status: 429,
            retry_after_ms: Some(u64::from(seconds) * 1_000 + 1_000),
            body: format!("{code}}}").into(),
        },
        1 => answered(429, format!(r#"{code},"parameters":{{"retry_after":{seconds}}}}}"#)),
        _ => answered(200, format!(r#"{code},"retry_after":"{seconds}"}}"#)),
    }
}

/// An empty poll, in all the ways in which Zalo may say so.
pub(super) fn idle(form: u8) -> Outcome<'static> {
    match form % 8 {
        0 => ok("[]"),
        1 => ok("{}"),
        2 => ok("null"),
        3 => answered(200, String::from(r#"{"ok":true}"#)),
        4 => answered(408, failed_body(408, "Request timeout")),
        5 => answered(408, String::from(r#"{"ok":false,"error_code":"408"}"#)),
        6 => answered(200, String::from(r#"{"ok":false,"errorCode":408}"#)),
        _ => failed(1, 408, "Request timeout"),
    }
}
