//! Responses: what Zalo answered a call, as data. What to do about it is decided elsewhere.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use super::excerpt::excerpt;
use super::update::in_result;
use super::{field, walk};
use crate::id::MessageId;
use crate::limits::{NAME_CHARS_MAX, REASON_CHARS_MAX, URL_BYTES_MAX};
use crate::method::Method;
use crate::time::Time;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Response<'a> {
    /// It was done.
    Ok {
        /// What came of it.
        success: Success<'a>,
        /// The `result` as JSON text; `null` when there was none.
        result: &'a str,
    },
    /// A long poll ended without an update: `getUpdates` answered 408.
    Idle,
    /// It was not done, and Zalo says why.
    Failed {
        /// `error_code`; without one the HTTP status if that is an error, else 0.
        code: u32,
        /// For people, one line of at most 300 characters; empty when nothing was said.
        description: String,
        /// How long to wait, if Zalo said so.
        retry_after_ms: Option<u64>,
    },
    /// No JSON object: an error page of the edge, or an answer that was cut off. With a status of
    /// 200 the call may well have been done.
    NotJson {
        /// The HTTP status.
        status: u16,
        /// For people, one line of at most 300 characters; empty when the body was.
        excerpt: String,
    },
}

/// What came of a call that was done. A result of an unexpected shape only lacks what can't be read:
/// it is never a failure, because a second try would do the thing twice.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Success<'a> {
    /// `getMe`.
    Me {
        /// The token's numeric half.
        id: Option<Cow<'a, str>>,
        /// Such as `bot.VDKyGxQvc`.
        account_name: Option<Cow<'a, str>>,
        /// The name people see.
        display_name: Option<Cow<'a, str>>,
        /// May be added to groups.
        can_join_groups: Option<bool>,
    },
    /// `getUpdates`: the JSON texts, each for [`update`](super::update).
    Updates(Vec<&'a str>),
    /// `getWebhookInfo`.
    WebhookInfo {
        /// Where updates are pushed; nowhere when Zalo answered 404 or an empty URL.
        url: Option<Cow<'a, str>>,
    },
    /// `setWebhook`. The URL is set even if Zalo could not reach it.
    WebhookSet {
        /// As Zalo repeats it.
        url: Option<Cow<'a, str>>,
        /// What Zalo found when it tried it.
        verification: Option<Verification<'a>>,
    },
    /// `testWebhook`.
    Tested(Verification<'a>),
    /// One of the `send` methods for messages.
    Sent {
        /// The new message's id.
        message_id: Option<MessageId>,
        /// When, by Zalo's clock.
        date: Option<Time>,
    },
    /// `deleteWebhook`, also when none was set, and `sendChatAction`.
    Done,
}

/// How a webhook answered when Zalo called it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verification<'a> {
    /// It answered well.
    pub ok: bool,
    /// Such as `webhook.ok`, `webhook.http.403`, `webhook.err.tls`; at most 300 characters.
    pub outcome: Option<Cow<'a, str>>,
    /// Its HTTP status; 0 when there was none.
    pub status_code: Option<u32>,
    /// How long it took.
    pub latency_ms: Option<u32>,
    /// Zalo's advice; at most 300 characters.
    pub hint: Option<Cow<'a, str>>,
}

/// Reads the answer to a call of `method`: JSON first, whatever the HTTP `status`.
pub fn response(method: Method, status: u16, text: &str) -> Response<'_> {
    let names =
        ["ok", "result", "description", "error_code", "errorCode", "parameters", "retry_after"];
    let json = Some(field::trim(text)).filter(|json| walk::is_json(json));
    let Some(found) = json.and_then(|json| field::fields(json, names)) else {
        return Response::NotJson { status, excerpt: excerpt(text) };
    };
    let [ok, result, description, error_code, error_code_camel, parameters, retry_after] = found;
    if ok == Some("true") {
        return Response::Ok { success: success(method, result), result: result.unwrap_or("null") };
    }
    let code = field::whole(error_code)
        .or_else(|| field::whole(error_code_camel))
        .filter(|code| *code != 0)
        .unwrap_or(if status >= 400 { status.into() } else { 0 });
    match (method, code) {
        (Method::GetUpdates, 408) => Response::Idle,
        (Method::GetWebhookInfo, 404) => {
            Response::Ok { success: Success::WebhookInfo { url: None }, result: "null" }
        }
        (Method::DeleteWebhook, 400 | 404) => {
            Response::Ok { success: Success::Done, result: "null" }
        }
        _ => Response::Failed {
            code,
            description: excerpt(&field::words(description).unwrap_or_default()),
            retry_after_ms: field::seconds(field::of(parameters, ["retry_after"])[0])
                .or_else(|| field::seconds(retry_after)),
        },
    }
}

fn success(method: Method, result: Option<&str>) -> Success<'_> {
    match method {
        Method::GetMe => {
            let [id, account_name, display_name, can_join_groups] =
                field::of(result, ["id", "account_name", "display_name", "can_join_groups"]);
            Success::Me {
                id: field::id(id).ok().flatten(),
                account_name: field::short(account_name, NAME_CHARS_MAX),
                display_name: field::short(display_name, NAME_CHARS_MAX),
                can_join_groups: can_join_groups.and_then(|json| json.parse().ok()),
            }
        }
        Method::GetUpdates => Success::Updates(result.map(in_result).unwrap_or_default()),
        Method::GetWebhookInfo => {
            Success::WebhookInfo { url: webhook_url(field::of(result, ["url"])[0]) }
        }
        Method::SetWebhook => {
            let [url, verdict] = field::of(result, ["url", "verification"]);
            let is_object = verdict.is_some_and(|json| json.starts_with('{'));
            Success::WebhookSet {
                url: webhook_url(url),
                verification: is_object.then(|| verification(verdict)),
            }
        }
        Method::TestWebhook => Success::Tested(verification(result)),
        Method::SendMessage | Method::SendPhoto | Method::SendSticker | Method::SendVoice => {
            let [message_id, date] = field::of(result, ["message_id", "date"]);
            let id = field::id(message_id).ok().flatten();
            Success::Sent {
                message_id: id.map(|id| MessageId::from(&*id)),
                date: field::date(date),
            }
        }
        Method::DeleteWebhook | Method::SendChatAction => Success::Done,
    }
}

/// Cut rather than absent when it is too long: absent means that none is set.
fn webhook_url(json: Option<&str>) -> Option<Cow<'_, str>> {
    field::words(json).map(|url| field::cut(url, URL_BYTES_MAX).0)
}

fn verification(json: Option<&str>) -> Verification<'_> {
    let [ok, outcome, status_code, latency_ms, hint] =
        field::of(json, ["ok", "outcome", "status_code", "latency_ms", "hint"]);
    Verification {
        ok: ok == Some("true"),
        outcome: field::short(outcome, REASON_CHARS_MAX),
        status_code: field::whole(status_code),
        latency_ms: field::whole(latency_ms),
        hint: field::short(hint, REASON_CHARS_MAX),
    }
}
