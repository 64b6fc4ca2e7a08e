//! Answers that are not as documented: what is done is done, what is not JSON is told apart.

use zaloxide_core::wire::Success;
use zaloxide_core::{MessageId, limits};

use super::{Method, Response, wire};

#[test]
fn each_oddity_has_one_meaning() {
    let failed = |code: u32, text: &str, retry_after_ms| Response::Failed {
        code,
        description: text.into(),
        retry_after_ms,
    };
    let message_sent =
        |id: Option<&str>| Success::Sent { message_id: id.map(MessageId::from), date: None };
    let send = Method::SendMessage;
    for (method, status, body, expected) in [
        (send, 200, r#"{"ok":"true"}"#, failed(0, "", None)),
        (send, 200, r#"{"ok":1,"error_code":0}"#, failed(0, "", None)),
        (send, 502, r#"{"error":"bad gateway"}"#, failed(502, "", None)),
        (send, 200, r#"{"ok":false,"errorCode":"426"}"#, failed(426, "", None)),
        (send, 500, r#"{"error_code":"429","errorCode":1}"#, failed(429, "", None)),
        (send, 200, r#"{"error_code":[],"errorCode":400}"#, failed(400, "", None)),
        (send, 200, r#"{"error_code":429,"retry_after":"2.5"}"#, failed(429, "", Some(2_500))),
        (
            send,
            429,
            r#"{"parameters":{"retry_after":7},"retry_after":1}"#,
            failed(429, "", Some(7_000)),
        ),
        (send, 429, r#"{"retry_after":-1}"#, failed(429, "", None)),
        (send, 429, r#"{"retry_after":1e400}"#, failed(429, "", None)),
        (send, 200, r#"{"error_code":400,"description":"a\n\u001b[31m b"}"#, {
            failed(400, "a [31m b", None)
        }),
        (Method::GetUpdates, 408, r#"{"ok":false,"error_code":"408"}"#, Response::Idle),
        (Method::GetUpdates, 408, "{}", Response::Idle),
        (send, 408, r#"{"ok":false,"error_code":408}"#, failed(408, "", None)),
    ] {
        assert_eq!(wire::response(method, status, body), expected, "{body}");
    }
    for (body, expected) in [
        (r#"{"ok":true}"#, message_sent(None)),
        (r#"{"ok":true,"result":null}"#, message_sent(None)),
        (r#"{"ok":true,"result":"sent"}"#, message_sent(None)),
        (r#"{"ok":true,"result":{"message_id":[],"date":{}}}"#, message_sent(None)),
        (r#"{"ok":true,"result":{"message_id":12345678901234567890}}"#, {
            message_sent(Some("12345678901234567890"))
        }),
    ] {
        // Done is done, whatever the status says.
        let Response::Ok { success, .. } = wire::response(send, 500, body) else {
            panic!("not a success: {body}");
        };
        assert_eq!(success, expected, "{body}");
    }
    for status in [400, 404] {
        let body = format!(r#"{{"ok":false,"error_code":{status}}}"#);
        let answer = wire::response(Method::DeleteWebhook, 200, &body);
        assert!(matches!(answer, Response::Ok { success: Success::Done, .. }));
    }
    for body in ["", "[]", "null", "\"ok\"", r#"{"ok":true,"result":{"message_id":"1"#] {
        let answer = wire::response(send, 200, body);
        assert!(matches!(answer, Response::NotJson { status: 200, .. }), "{body}");
    }
    let long = format!(r#"{{"ok":false,"description":"{}"}}"#, "ạ ".repeat(10_000));
    let Response::Failed { description, .. } = wire::response(send, 200, &long) else {
        panic!("not a failure");
    };
    assert!(description.chars().count() <= limits::REASON_CHARS_MAX);
}
