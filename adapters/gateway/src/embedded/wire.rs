//! The wire codec in JSON: what the Bot API is asked and what it says, for programs in other
//! languages.

use serde_json::{Map, Value, json};
use zaloxide_core::wire::{self, Call, ChatAction, Kind, ParseMode, Response};
use zaloxide_core::{ChatKind, Method, Time};

/// The method and JSON body of a call, from its fields.
///
/// # Errors
/// There is no such method, or a field is missing or can't be used; says which.
pub fn request(
    method: &str,
    fields: &Map<String, Value>,
) -> Result<(&'static str, String), String> {
    let known = known(method)?;
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let need = |name: &str| text(name).ok_or_else(|| format!("{method}: `{name}` is missing"));
    let call = match known {
        Method::GetMe => Call::GetMe,
        Method::DeleteWebhook => Call::DeleteWebhook,
        Method::GetWebhookInfo => Call::GetWebhookInfo,
        Method::TestWebhook => Call::TestWebhook,
        Method::GetUpdates => Call::GetUpdates { timeout_sec: seconds(fields)? },
        Method::SetWebhook => Call::SetWebhook { url: need("url")? },
        Method::SendMessage => {
            let (chat_id, text) = (need("chat_id")?, need("text")?);
            Call::SendMessage { chat_id, text, parse_mode: parse_mode(fields)? }
        }
        Method::SendPhoto => {
            let (chat_id, photo) = (need("chat_id")?, need("photo")?);
            Call::SendPhoto { chat_id, photo, caption: text("caption") }
        }
        Method::SendSticker => {
            Call::SendSticker { chat_id: need("chat_id")?, sticker: need("sticker")? }
        }
        Method::SendVoice => {
            Call::SendVoice { chat_id: need("chat_id")?, voice_url: need("voice_url")? }
        }
        Method::SendChatAction => {
            Call::SendChatAction { chat_id: need("chat_id")?, action: ChatAction::Typing }
        }
        _ => return Err(format!("no method: {method}")),
    };
    Ok((known.name(), wire::request(&call).body))
}

/// What an answer says: `ok{result}` with the result as JSON text, `idle`, `failed{code,
/// description, retry_after_ms}` or `not_json{status, excerpt}`.
///
/// # Errors
/// There is no such method.
pub fn response(method: &str, status: u16, body: &[u8]) -> Result<Value, String> {
    let text = wire::text(body);
    Ok(match wire::response(known(method)?, status, &text) {
        Response::Ok { result, .. } => json!({"type": "ok", "result": result}),
        Response::Idle => json!({"type": "idle"}),
        Response::Failed { code, description, retry_after_ms } => json!({
            "type": "failed",
            "code": code,
            "description": description,
            "retry_after_ms": retry_after_ms,
        }),
        Response::NotJson { status, excerpt } => {
            json!({"type": "not_json", "status": status, "excerpt": excerpt})
        }
        _ => return Err("an answer of an unknown kind".into()),
    })
}

/// The fields of an update.
///
/// # Errors
/// It is none; says why.
pub fn update(body: &[u8]) -> Result<Value, String> {
    let text = wire::text(body);
    let update = wire::update(&text).map_err(|error| format!("no update: {error}"))?;
    let kind = match update.kind {
        Kind::Text => "text",
        Kind::Image => "image",
        Kind::Sticker => "sticker",
        Kind::Voice => "voice",
        Kind::Unsupported => "unsupported",
        Kind::Test => "test",
        _ => "unknown",
    };
    let message = &update.message;
    let (from, chat) = (message.from.as_ref(), message.chat.as_ref());
    let chat_kind = |kind| if kind == ChatKind::Group { "group" } else { "private" };
    Ok(json!({
        "kind": kind,
        "event": update.event.as_deref(),
        "message_id": message.id.as_deref(),
        "date_ms": message.date.map(Time::as_ms),
        "sender_id": from.map(|from| &*from.id),
        "sender_name": from.and_then(|from| from.name.as_deref()),
        "is_bot": from.is_some_and(|from| from.is_bot),
        "chat_id": chat.map(|chat| &*chat.id),
        "chat_kind": chat.map(|chat| chat_kind(chat.kind)),
        "text": message.text.as_deref(),
        "caption": message.caption.as_deref(),
        "photo_url": message.photo_url.as_deref(),
        "sticker": message.sticker.as_deref(),
        "voice_url": message.voice_url.as_deref(),
    }))
}

fn known(method: &str) -> Result<Method, String> {
    let known = Method::ALL.iter().find(|known| known.name() == method);
    known.copied().ok_or_else(|| format!("no method: {method}"))
}

fn seconds(fields: &Map<String, Value>) -> Result<u64, String> {
    let Some(timeout) = fields.get("timeout_sec") else { return Ok(30) };
    timeout.as_u64().ok_or_else(|| "timeout_sec: expected whole seconds".into())
}

fn parse_mode(fields: &Map<String, Value>) -> Result<Option<ParseMode>, String> {
    match fields.get("parse_mode") {
        None | Some(Value::Null) => Ok(None),
        Some(mode) if mode == "markdown" => Ok(Some(ParseMode::Markdown)),
        Some(mode) if mode == "html" => Ok(Some(ParseMode::Html)),
        Some(_) => Err("parse_mode: expected `markdown`, `html` or nothing".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_become_bodies_and_what_is_missing_is_named() {
        let fields = json!({"chat_id": "an", "text": "xin chào", "parse_mode": "markdown"});
        let fields = fields.as_object().unwrap();
        let (method, body) = request("sendMessage", fields).unwrap();
        assert_eq!(method, "sendMessage");
        assert_eq!(body, r#"{"chat_id":"an","text":"xin chào","parse_mode":"markdown"}"#);
        assert_eq!(request("sendPhoto", fields).unwrap_err(), "sendPhoto: `photo` is missing");
        assert_eq!(request("sendFax", fields).unwrap_err(), "no method: sendFax");
        let none = Map::new();
        assert_eq!(request("getUpdates", &none).unwrap().1, r#"{"timeout":"30"}"#);
    }

    #[test]
    fn answers_and_updates_are_read() {
        let read = |body: &str| response("getUpdates", 200, body.as_bytes()).unwrap();
        assert_eq!(read(r#"{"ok":false,"error_code":408}"#), json!({"type": "idle"}));
        assert_eq!(read(r#"{"ok":true,"result":{"a":1}}"#)["result"], r#"{"a":1}"#);
        assert_eq!(read("<html>")["type"], "not_json");
        let body = br#"{"message":{"from":{"id":"an"},"chat":{"id":"an"},"text":"hi"}}"#;
        let update = update(body).unwrap();
        assert_eq!((&update["kind"], &update["chat_kind"]), (&json!("text"), &json!("private")));
        assert!(super::update(b"[]").unwrap_err().starts_with("no update: "));
    }
}
