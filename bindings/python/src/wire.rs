//! The wire codec: what the Bot API is asked and what it says.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use zaloxide_core::wire::{self, Call, ChatAction, Kind, ParseMode, Response};
use zaloxide_core::{ChatKind, Method};

use crate::error;

/// The method and JSON body of a call, from its fields.
#[pyfunction]
pub(crate) fn wire_request(
    method: &str,
    fields: &Bound<'_, PyDict>,
) -> PyResult<(&'static str, String)> {
    let py = fields.py();
    let text = |name: &str| -> PyResult<Option<String>> {
        fields.get_item(name)?.filter(|value| !value.is_none()).map(|v| v.extract()).transpose()
    };
    let need = |name: &str| -> PyResult<String> {
        let missing = || error::bad_value(py, method, &format!("`{name}` is missing"));
        text(name)?.ok_or_else(missing)
    };
    let known = Method::ALL.iter().find(|known| known.name() == method);
    let known = known.ok_or_else(|| error::bad_value(py, "no method", &method))?;
    let (chat, body);
    let call = match known {
        Method::GetMe => Call::GetMe,
        Method::DeleteWebhook => Call::DeleteWebhook,
        Method::GetWebhookInfo => Call::GetWebhookInfo,
        Method::TestWebhook => Call::TestWebhook,
        Method::GetUpdates => {
            let timeout = fields.get_item("timeout_sec")?.map(|v| v.extract()).transpose()?;
            Call::GetUpdates { timeout_sec: timeout.unwrap_or(30) }
        }
        Method::SetWebhook => {
            body = need("url")?;
            Call::SetWebhook { url: &body }
        }
        Method::SendMessage => {
            (chat, body) = (need("chat_id")?, need("text")?);
            let parse_mode = match text("parse_mode")?.as_deref() {
                None => None,
                Some("markdown") => Some(ParseMode::Markdown),
                Some("html") => Some(ParseMode::Html),
                Some(_) => {
                    let help = "expected `markdown`, `html` or None";
                    return Err(error::bad_value(py, "parse_mode", &help));
                }
            };
            Call::SendMessage { chat_id: &chat, text: &body, parse_mode }
        }
        Method::SendPhoto => {
            (chat, body) = (need("chat_id")?, need("photo")?);
            let caption = text("caption")?;
            let call =
                Call::SendPhoto { chat_id: &chat, photo: &body, caption: caption.as_deref() };
            return Ok((known.name(), wire::request(&call).body));
        }
        Method::SendSticker => {
            (chat, body) = (need("chat_id")?, need("sticker")?);
            Call::SendSticker { chat_id: &chat, sticker: &body }
        }
        Method::SendVoice => {
            (chat, body) = (need("chat_id")?, need("voice_url")?);
            Call::SendVoice { chat_id: &chat, voice_url: &body }
        }
        Method::SendChatAction => {
            chat = need("chat_id")?;
            Call::SendChatAction { chat_id: &chat, action: ChatAction::Typing }
        }
        _ => return Err(error::bad_value(py, "no method", &method)),
    };
    Ok((known.name(), wire::request(&call).body))
}

/// `(kind, fields)` of an answer.
#[pyfunction]
pub(crate) fn wire_response<'py>(
    py: Python<'py>,
    method: &str,
    status: u16,
    body: &[u8],
) -> PyResult<(&'static str, Bound<'py, PyDict>)> {
    let known = Method::ALL.iter().find(|known| known.name() == method);
    let known = known.ok_or_else(|| error::bad_value(py, "no method", &method))?;
    let text = wire::text(body);
    let fields = PyDict::new(py);
    Ok(match wire::response(*known, status, &text) {
        Response::Ok { result, .. } => {
            fields.set_item("result", result)?;
            ("ok", fields)
        }
        Response::Idle => ("idle", fields),
        Response::Failed { code, description, retry_after_ms } => {
            fields.set_item("code", code)?;
            fields.set_item("description", description)?;
            fields.set_item("retry_after_ms", retry_after_ms)?;
            ("failed", fields)
        }
        Response::NotJson { status, excerpt } => {
            fields.set_item("status", status)?;
            fields.set_item("excerpt", excerpt)?;
            ("not_json", fields)
        }
        _ => return Err(error::broken("an answer of an unknown kind")),
    })
}

/// The fields of an update.
#[pyfunction]
pub(crate) fn wire_update<'py>(py: Python<'py>, body: &[u8]) -> PyResult<Bound<'py, PyDict>> {
    let text = wire::text(body);
    let update = wire::update(&text).map_err(|error| error::bad_value(py, "no update", &error))?;
    let message = &update.message;
    let fields = PyDict::new(py);
    fields.set_item(
        "kind",
        match update.kind {
            Kind::Text => "text",
            Kind::Image => "image",
            Kind::Sticker => "sticker",
            Kind::Voice => "voice",
            Kind::Unsupported => "unsupported",
            Kind::Test => "test",
            _ => "unknown",
        },
    )?;
    fields.set_item("event", update.event.as_deref())?;
    fields.set_item("message_id", message.id.as_deref())?;
    fields.set_item("date_ms", message.date.map(zaloxide_core::Time::as_ms))?;
    let from = message.from.as_ref();
    fields.set_item("sender_id", from.map(|from| &*from.id))?;
    fields.set_item("sender_name", from.and_then(|from| from.name.as_deref()))?;
    fields.set_item("is_bot", from.is_some_and(|from| from.is_bot))?;
    let chat = message.chat.as_ref();
    fields.set_item("chat_id", chat.map(|chat| &*chat.id))?;
    let kind = chat.map(|chat| if chat.kind == ChatKind::Group { "group" } else { "private" });
    fields.set_item("chat_kind", kind)?;
    fields.set_item("text", message.text.as_deref())?;
    fields.set_item("caption", message.caption.as_deref())?;
    fields.set_item("photo_url", message.photo_url.as_deref())?;
    fields.set_item("sticker", message.sticker.as_deref())?;
    fields.set_item("voice_url", message.voice_url.as_deref())?;
    Ok(fields)
}
