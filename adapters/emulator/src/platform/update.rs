//! What people send: the bodies of updates, as the platform writes them.

use serde::Serialize;
use zaloxide_core::Time;

use crate::platform::send::GROUP_PREFIX;

/// Something a person sends to a bot.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// A text.
    Text(String),
    /// A picture and its caption, `""` for none.
    Photo(Media, String),
    /// A sticker, by its id.
    Sticker(String),
    /// A voice recording.
    Voice(Media),
    /// What the API does not show to bots: a file, a contact card, a location.
    Unsupported,
}

/// Where a photo or a voice is.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Media {
    /// At this URL, which is passed on as it is.
    Url(String),
    /// Here: the emulator hosts the bytes and passes on its own URL. At most 11 MiB.
    Bytes(Vec<u8>),
}

impl std::fmt::Debug for Media {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Url(url) => write!(f, "Url({url:?})"),
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
        }
    }
}

/// A message on its way from a person to a bot.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) user: String,
    pub(crate) name: Option<String>,
    pub(crate) chat: Option<String>,
    pub(crate) bot: Option<String>,
    pub(crate) content: Content,
}

/// Content whose media have their final URLs.
pub(crate) enum Ready {
    Text(String),
    Photo { url: String, caption: String },
    Sticker(String),
    Voice(String),
    Unsupported,
}

#[derive(Serialize)]
struct Event<'a> {
    event_name: &'static str,
    message: Message<'a>,
}

#[allow(clippy::struct_field_names)] // The names are the wire's.
#[derive(Default, Serialize)]
struct Message<'a> {
    date: Time,
    chat: Chat<'a>,
    message_id: String,
    from: Person<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    caption: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    photo_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sticker: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    voice_url: Option<&'a str>,
}

#[derive(Default, Serialize)]
struct Chat<'a> {
    chat_type: &'static str,
    id: &'a str,
}

#[derive(Default, Serialize)]
struct Person<'a> {
    id: &'a str,
    is_bot: bool,
    display_name: &'a str,
}

/// The update for a message, flat, as a webhook gets it.
pub(crate) fn body(now: Time, message_id: String, sent: &Sent, content: &Ready) -> Vec<u8> {
    let chat = sent.chat.as_deref().unwrap_or(&sent.user);
    let chat_type = if chat.starts_with(GROUP_PREFIX) { "GROUP" } else { "PRIVATE" };
    let display_name = sent.name.as_deref().unwrap_or(&sent.user);
    let mut message = Message {
        date: now,
        chat: Chat { chat_type, id: chat },
        message_id,
        from: Person { id: &sent.user, is_bot: false, display_name },
        ..Message::default()
    };
    let event_name = match content {
        Ready::Text(text) => {
            message.text = Some(text);
            "message.text.received"
        }
        Ready::Photo { url, caption } => {
            message.message_type = Some("CHAT_PHOTO");
            message.photo_url = Some(url);
            message.caption = Some(caption);
            "message.image.received"
        }
        Ready::Sticker(id) => {
            message.message_type = Some("CHAT_STICKER");
            message.sticker = Some(id);
            message.url =
                Some(format!("https://zalo-api.zadn.vn/api/emoticon/oasticker?eid={id}&size=130"));
            "message.sticker.received"
        }
        Ready::Voice(url) => {
            message.message_type = Some("CHAT_VOICE");
            message.voice_url = Some(url);
            "message.voice.received"
        }
        Ready::Unsupported => "message.unsupported.received",
    };
    // Strings and numbers always serialise.
    serde_json::to_vec(&Event { event_name, message }).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use zaloxide_core::Time;

    use super::{Content, Ready, Sent, body};

    #[test]
    fn every_kind() {
        let sent = |chat: Option<&str>| Sent {
            user: "1f2e3d4c5b6a79880a1b".to_owned(),
            name: Some("Người Thử".to_owned()),
            chat: chat.map(str::to_owned),
            bot: None,
            content: Content::Unsupported,
        };
        let shown = |chat, content| {
            let now = Time::from_ms(1_776_919_152_762);
            let body = body(now, "9a8b7c6d5e4f30211203".to_owned(), &sent(chat), &content);
            String::from_utf8(body).unwrap()
        };
        let group = Some("zgr-0011223344556677aabb");
        insta::assert_debug_snapshot!([
            shown(None, Ready::Text("bé ơi".to_owned())),
            shown(group, Ready::Text("@Bot Thử /help".to_owned())),
            shown(None, Ready::Photo { url: "https://h/p.jpg".to_owned(), caption: String::new() }),
            shown(None, Ready::Sticker("2be893baafff46a11fee".to_owned())),
            shown(None, Ready::Voice("https://h/v.aac".to_owned())),
            shown(None, Ready::Unsupported),
        ]);
    }
}
