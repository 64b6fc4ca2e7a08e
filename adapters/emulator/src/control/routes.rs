//! The control API over HTTP: `/_control/..`. Blocking: a webhook is posted before its answer.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::Method;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::calls::Call;
use crate::control::{Delivery, Refused, Shared, canned};
use crate::faults::Fault;
use crate::platform::update::{Content, Media, Sent};

const HELP: &str = "\
POST /_control/users/<user>/messages   {text|photo|sticker|voice, caption?, name?, chat?, bot?}
POST /_control/updates?as=update       the body is handed out as it is        [&bot=]
POST /_control/updates?as=response     the body is the answer of getUpdates   [&status= &content_type= &bot=]
GET  /_control/calls?since=N           the calls with n > N
POST /_control/faults                  {kind, method?, times?, rate?, seed?, ms?}
POST /_control/reset                   forgets everything but the tokens

photo, voice: a URL, or base64 that is hosted here. chat: the user's id, or zgr-.. for a group.
method: a method, webhook or * (default). kind: http_500 http_502_html http_429_html quota_429
api_400 api_401 timeout disconnect_before disconnect_after truncate slow_ms duplicate.
";

/// A request under `/_control`.
pub(crate) struct Ask {
    pub(crate) method: Method,
    /// What follows `/_control`, not decoded.
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) body: Vec<u8>,
}

#[derive(Serialize)]
struct Handed {
    delivered: bool,
    /// Only there when it waits for a poll.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    queued: bool,
}

#[derive(Serialize)]
struct Listed<'a> {
    calls: &'a [&'a Call],
}

#[derive(Serialize)]
struct Error<'a> {
    error: &'a str,
}

#[derive(Serialize)]
struct Done {
    ok: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    text: Option<String>,
    photo: Option<String>,
    sticker: Option<String>,
    voice: Option<String>,
    #[serde(default)]
    unsupported: bool,
    caption: Option<String>,
    name: Option<String>,
    chat: Option<String>,
    bot: Option<String>,
}

/// Answers a control request.
pub(crate) fn answer(shared: &Shared, ask: &Ask) -> Answer {
    let segments: Vec<&str> = ask.path.trim_matches('/').split('/').collect();
    let (allowed, outcome) = match segments[..] {
        [""] => (Method::GET, Ok(help as fn(&Shared, &Ask, &str) -> Result<Answer, Refused>)),
        ["calls"] => (Method::GET, Ok(calls as _)),
        ["users", _, "messages"] => (Method::POST, Ok(message as _)),
        ["updates"] => (Method::POST, Ok(update as _)),
        ["faults"] => (Method::POST, Ok(fault as _)),
        ["reset"] => (Method::POST, Ok(reset as _)),
        _ => (Method::GET, Err(())),
    };
    let Ok(route) = outcome else {
        return error(404, "no such control route: GET /_control/ lists them");
    };
    if ask.method != allowed {
        return error(405, &format!("this route takes {allowed}"));
    }
    let argument = segments.get(1).copied().unwrap_or_default();
    route(shared, ask, argument).unwrap_or_else(|refused| {
        let status = match refused {
            Refused::UnknownBot(_) => 404,
            Refused::Full(_) => 409,
            Refused::Invalid(_) => 400,
        };
        error(status, &refused.to_string())
    })
}

/// A control route's refusal.
pub(crate) fn error(status: u16, why: &str) -> Answer {
    Answer::json(status, &Error { error: why })
}

fn handed(delivery: Delivery) -> Answer {
    let queued = delivery == Delivery::Queued;
    Answer::json(200, &Handed { delivered: delivery.is_delivered(), queued })
}

// One shape for every route, so that they can stand in one table.
#[allow(clippy::unnecessary_wraps)]
fn help(_: &Shared, _: &Ask, _: &str) -> Result<Answer, Refused> {
    let content_type = "text/plain; charset=utf-8".into();
    Ok(Answer { status: 200, content_type, body: HELP.into() })
}

fn message(shared: &Shared, ask: &Ask, user: &str) -> Result<Answer, Refused> {
    let user = percent_decode_str(user)
        .decode_utf8()
        .map_err(|_| Refused::Invalid("the user's id is not UTF-8".to_owned()))?;
    let mut form: Message = from_json(&ask.body)?;
    let sent = Sent {
        user: user.into_owned(),
        name: form.name.take(),
        chat: form.chat.take(),
        bot: form.bot.take(),
        content: content(form)?,
    };
    shared.message(&sent).map(handed)
}

fn content(form: Message) -> Result<Content, Refused> {
    let Message { text, photo, sticker, voice, unsupported, caption, .. } = form;
    match (photo, text, sticker, voice, unsupported, caption) {
        // A photo's text is its caption.
        (Some(photo), None, None, None, false, caption)
        | (Some(photo), caption, None, None, false, None) => {
            Ok(Content::Photo(media(photo)?, caption.unwrap_or_default()))
        }
        (None, Some(text), None, None, false, None) => Ok(Content::Text(text)),
        (None, None, Some(sticker), None, false, None) => Ok(Content::Sticker(sticker)),
        (None, None, None, Some(voice), false, None) => Ok(Content::Voice(media(voice)?)),
        (None, None, None, None, true, None) => Ok(Content::Unsupported),
        _ => Err(Refused::Invalid(
            "a message is one of text, photo, sticker, voice, unsupported; only a photo takes a caption"
                .to_owned(),
        )),
    }
}

/// A URL, or base64 (also as a `data:` URL) of the bytes to host.
fn media(text: String) -> Result<Media, Refused> {
    if text.starts_with("http://") || text.starts_with("https://") {
        return Ok(Media::Url(text));
    }
    let encoded = match text.strip_prefix("data:") {
        Some(data) => data.split_once(";base64,").map_or("", |(_, encoded)| encoded),
        None => &text,
    };
    match STANDARD.decode(encoded) {
        Ok(bytes) if !bytes.is_empty() => Ok(Media::Bytes(bytes)),
        _ => Err(Refused::Invalid("photo and voice are an http(s) URL, or base64".to_owned())),
    }
}

fn update(shared: &Shared, ask: &Ask, _: &str) -> Result<Answer, Refused> {
    let query = Query::read(&ask.query, &["as", "bot", "status", "content_type"])?;
    let bot = query.get("bot");
    match query.get("as").unwrap_or("update") {
        "update" => shared.update(bot, ask.body.clone()).map(handed),
        "response" => {
            let status = query.number("status")?.unwrap_or(200);
            let status = u16::try_from(status).unwrap_or(u16::MAX);
            let content_type = query.get("content_type").unwrap_or("application/json");
            let answer = canned(status, content_type, ask.body.clone())?;
            shared.lock().answer_poll(bot, answer).map(handed)
        }
        other => Err(Refused::Invalid(format!("as={other}: expected update or response"))),
    }
}

fn calls(shared: &Shared, ask: &Ask, _: &str) -> Result<Answer, Refused> {
    let since = Query::read(&ask.query, &["since"])?.number("since")?.unwrap_or(0);
    let platform = shared.lock();
    let calls: Vec<&Call> = platform.calls.since(since).collect();
    Ok(Answer::json(200, &Listed { calls: &calls }))
}

fn fault(shared: &Shared, ask: &Ask, _: &str) -> Result<Answer, Refused> {
    let fault: Fault = from_json(&ask.body)?;
    shared.lock().arm(fault).map(|()| Answer::json(200, &Done { ok: true }))
}

#[allow(clippy::unnecessary_wraps)] // The same shape as its neighbours.
fn reset(shared: &Shared, _: &Ask, _: &str) -> Result<Answer, Refused> {
    shared.lock().reset();
    Ok(Answer::json(200, &Done { ok: true }))
}

fn from_json<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Result<T, Refused> {
    serde_json::from_slice(body).map_err(|error| Refused::Invalid(error.to_string()))
}

/// The pairs of a query whose names are all known.
struct Query(Vec<(String, String)>);

impl Query {
    fn read(query: &str, known: &[&str]) -> Result<Self, Refused> {
        let pairs: Vec<(String, String)> =
            form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        match pairs.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            Some((name, _)) => Err(Refused::Invalid(format!(
                "unknown parameter {name:?}: expected {}",
                known.join(", ")
            ))),
            None => Ok(Self(pairs)),
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn number(&self, name: &str) -> Result<Option<u64>, Refused> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let refused = || Refused::Invalid(format!("{name}={text}: expected a number"));
        text.parse().map(Some).map_err(|_| refused())
    }
}
