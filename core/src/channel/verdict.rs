//! Verdict: what the end of a send means, and what to do about it. Two pure rules, one place.

use alloc::format;
use alloc::string::String;

use super::context::bounded;
use crate::config::Delivery;
use crate::event::Outcome;
use crate::id::MessageId;
use crate::method::Method;
use crate::record::DeadWhy;
use crate::wire::{self, Response, Success};

/// What the end of a send means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It arrived.
    Acked(Option<MessageId>),
    /// Surely not sent; may work later, not before what was asked for.
    NotNow { code: u32, reason: String, retry_after_ms: Option<u64> },
    /// Nobody knows.
    Unknown { code: u32, reason: String },
    /// Zalo will never take it.
    Never { code: u32, reason: String },
    /// The month's quota is used up.
    Quota,
    /// The token was refused.
    Auth,
}

/// Reads the end of a send. Under `at-most-once` a 5xx is not believed to mean "not sent".
pub(super) fn read(method: Method, outcome: &Outcome<'_>, delivery: Delivery) -> Verdict {
    let (status, header_ms, body) = match outcome {
        Outcome::NotSent { reason } => {
            return Verdict::NotNow { code: 0, reason: bounded(reason), retry_after_ms: None };
        }
        Outcome::Unknown { reason } => {
            return Verdict::Unknown { code: 0, reason: bounded(reason) };
        }
        Outcome::Answered { status, retry_after_ms, body } => (*status, *retry_after_ms, body),
    };
    let text = wire::text(body.as_bytes());
    match wire::response(method, status, &text) {
        Response::Ok { success: Success::Sent { message_id, .. }, .. } => {
            Verdict::Acked(message_id)
        }
        Response::Ok { .. } => Verdict::Acked(None),
        Response::Idle => Verdict::Unknown { code: 408, reason: String::from("Request timeout") },
        Response::Failed { code, description, retry_after_ms } => {
            let retry_after_ms = retry_after_ms.or(header_ms);
            failed(code, description, retry_after_ms, delivery)
        }
        Response::NotJson { status, excerpt } => {
            let code = u32::from(status);
            let reason = format!("HTTP {status}, not JSON: {excerpt}");
            match status {
                401 => Verdict::Auth,
                408 | 200..=299 => Verdict::Unknown { code, reason },
                429 => Verdict::NotNow { code, reason, retry_after_ms: header_ms },
                500.. => server_error(code, reason, header_ms, delivery),
                _ => Verdict::Never { code, reason },
            }
        }
    }
}

fn failed(code: u32, reason: String, retry_after_ms: Option<u64>, delivery: Delivery) -> Verdict {
    match code {
        401 => Verdict::Auth,
        408 => Verdict::Unknown { code, reason },
        429 if retry_after_ms.is_some() => Verdict::NotNow { code, reason, retry_after_ms },
        429 => Verdict::Quota,
        500..=599 => server_error(code, reason, retry_after_ms, delivery),
        _ => Verdict::Never { code, reason },
    }
}

fn server_error(
    code: u32,
    reason: String,
    retry_after_ms: Option<u64>,
    delivery: Delivery,
) -> Verdict {
    match delivery {
        Delivery::AtLeastOnce => Verdict::NotNow { code, reason, retry_after_ms },
        Delivery::AtMostOnce => Verdict::Unknown { code, reason },
    }
}

/// What to do with the chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// On to the next one.
    Acked(Option<MessageId>),
    /// Again, after a backoff that is at least so long.
    Again { doubtful: bool, at_least_ms: Option<u64>, reason: String },
    /// Again at once, as plain text.
    Plain,
    /// The rest of the parcel is given up.
    GiveUp { why: DeadWhy, code: u32, reason: String },
    /// Again when the quota allows.
    Quota,
    /// Again when the token works.
    Auth,
}

/// What is known of a chunk when it fails.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk {
    /// How often nobody knew whether it arrived.
    pub(super) doubts: u32,
    /// It went out with a `parse_mode`.
    pub(super) formatted: bool,
    /// The parcel is older than it may be to be tried again.
    pub(super) expired: bool,
}

/// Decides about a chunk.
pub(super) fn decide(verdict: Verdict, chunk: Chunk, delivery: Delivery) -> Next {
    match verdict {
        Verdict::Acked(message_id) => Next::Acked(message_id),
        Verdict::Quota => Next::Quota,
        Verdict::Auth => Next::Auth,
        Verdict::Never { code: 400, .. } if chunk.formatted => Next::Plain,
        Verdict::Never { code, reason } => Next::GiveUp { why: DeadWhy::Refused, code, reason },
        Verdict::Unknown { code, reason } => {
            if delivery == Delivery::AtMostOnce || chunk.doubts > 0 {
                Next::GiveUp { why: DeadWhy::Doubtful, code, reason }
            } else if chunk.expired {
                Next::GiveUp { why: DeadWhy::Expired, code, reason }
            } else {
                Next::Again { doubtful: true, at_least_ms: None, reason }
            }
        }
        Verdict::NotNow { code, reason, retry_after_ms } => {
            if chunk.expired {
                Next::GiveUp { why: DeadWhy::Expired, code, reason }
            } else {
                Next::Again { doubtful: false, at_least_ms: retry_after_ms, reason }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::{Chunk, Next, Verdict, decide, read};
    use crate::config::Delivery::{self, AtLeastOnce, AtMostOnce};
    use crate::event::Outcome;
    use crate::method::Method::SendMessage;
    use crate::record::DeadWhy::{self, Doubtful, Expired, Refused};

    fn answered(status: u16, body: &str) -> Outcome<'_> {
        Outcome::Answered { status, retry_after_ms: None, body: body.into() }
    }

    /// Verdict, what is known, which promise, what is done.
    type Row = (Verdict, Chunk, Delivery, (&'static str, Option<DeadWhy>));

    /// The word for what a verdict is.
    fn word(verdict: &Verdict) -> &'static str {
        match verdict {
            Verdict::Acked(_) => "acked",
            Verdict::NotNow { retry_after_ms: Some(_), .. } => "later",
            Verdict::NotNow { .. } => "not now",
            Verdict::Unknown { .. } => "unknown",
            Verdict::Never { .. } => "never",
            Verdict::Quota => "quota",
            Verdict::Auth => "auth",
        }
    }

    #[test]
    fn what_answers_mean() {
        let ok = r#"{"ok":true,"result":{"message_id":"m","date":1},"error_code":0}"#;
        let html = "<html><h1>429 Too Many Requests</h1></html>";
        let later = r#"{"ok":false,"error_code":429,"parameters":{"retry_after":3}}"#;
        let table: [(u16, &str, &str, &str); 18] = [
            // status, body, at-least-once, at-most-once
            (200, ok, "acked", "acked"),
            (502, ok, "acked", "acked"),
            (200, r#"{"ok":true}"#, "acked", "acked"),
            (200, r#"{"ok":false,"error_code":400}"#, "never", "never"),
            (200, r#"{"ok":false,"error_code":"401"}"#, "auth", "auth"),
            (200, r#"{"description":"Unauthorized","error_code":401}"#, "auth", "auth"),
            (200, r#"{"ok":false,"error_code":403}"#, "never", "never"),
            (404, r#"{"ok":false,"errorCode":404}"#, "never", "never"),
            (200, r#"{"ok":false,"error_code":429}"#, "quota", "quota"),
            (200, later, "later", "later"),
            (401, "<html>", "auth", "auth"),
            (404, "<html>", "never", "never"),
            (408, "<html>", "unknown", "unknown"),
            (429, html, "not now", "not now"),
            (200, r#"{"ok":false,"error_code":500}"#, "not now", "unknown"),
            (502, "<html>", "not now", "unknown"),
            (504, "", "not now", "unknown"),
            (200, r#"{"ok":true,"resu"#, "unknown", "unknown"),
        ];
        for (status, body, least, most) in table {
            let outcome = answered(status, body);
            assert_eq!(word(&read(SendMessage, &outcome, AtLeastOnce)), least, "{status} {body}");
            assert_eq!(word(&read(SendMessage, &outcome, AtMostOnce)), most, "{status} {body}");
        }
    }

    #[test]
    fn what_is_done_about_it() {
        let unknown = || Verdict::Unknown { code: 0, reason: "cut off".to_string() };
        let not_now =
            || Verdict::NotNow { code: 502, reason: "outage".to_string(), retry_after_ms: None };
        let never = || Verdict::Never { code: 400, reason: "no".to_string() };
        let fresh = Chunk { doubts: 0, formatted: false, expired: false };
        let again = |doubtful: bool| (if doubtful { "again, doubtful" } else { "again" }, None);
        let dead = |why: DeadWhy| ("dead", Some(why));
        let table: [Row; 9] = [
            (unknown(), fresh, AtLeastOnce, again(true)),
            (unknown(), fresh, AtMostOnce, dead(Doubtful)),
            (unknown(), Chunk { doubts: 1, ..fresh }, AtLeastOnce, dead(Doubtful)),
            (unknown(), Chunk { expired: true, ..fresh }, AtLeastOnce, dead(Expired)),
            (not_now(), fresh, AtMostOnce, again(false)),
            (not_now(), Chunk { doubts: 1, ..fresh }, AtLeastOnce, again(false)),
            (not_now(), Chunk { expired: true, ..fresh }, AtLeastOnce, dead(Expired)),
            (never(), fresh, AtLeastOnce, dead(Refused)),
            (never(), Chunk { formatted: true, ..fresh }, AtLeastOnce, ("plain", None)),
        ];
        for (verdict, chunk, delivery, expected) in table {
            let got = match decide(verdict.clone(), chunk, delivery) {
                Next::Again { doubtful, .. } => again(doubtful),
                Next::GiveUp { why, .. } => dead(why),
                Next::Plain => ("plain", None),
                other => panic!("{other:?}"),
            };
            assert_eq!(got, expected, "{verdict:?} {chunk:?} {delivery:?}");
        }
    }
}
