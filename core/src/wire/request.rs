//! Requests: the JSON body of each method.

use alloc::string::String;

use serde::{Serialize, Serializer};

use crate::config::Format;
use crate::method::Method;

/// A call to the Bot API, before it is text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Call<'a> {
    /// Who the bot is.
    GetMe,
    /// The long poll.
    GetUpdates {
        /// How long Zalo may hold it, in seconds. Sent as a string: that is the documented type.
        /// The documentation's own sample shows a number, and the service takes both.
        #[serde(rename = "timeout", serialize_with = "as_string")]
        timeout_sec: u64,
    },
    /// Have updates pushed to a URL. Whoever makes the call adds `secret_token`.
    SetWebhook {
        /// A public https URL.
        url: &'a str,
    },
    /// Stop pushing.
    DeleteWebhook,
    /// Which URL is set.
    GetWebhookInfo,
    /// Have the URL called once.
    TestWebhook,
    /// A text.
    SendMessage {
        /// To whom.
        chat_id: &'a str,
        /// 1 to 2,000 UTF-16 units.
        text: &'a str,
        /// How Zalo is to read it; plain when absent.
        #[serde(skip_serializing_if = "Option::is_none")]
        parse_mode: Option<ParseMode>,
    },
    /// A picture.
    SendPhoto {
        /// To whom.
        chat_id: &'a str,
        /// An http(s) URL that Zalo's servers can fetch, now and later.
        photo: &'a str,
        /// 1 to 2,000 UTF-16 units. An empty one is left out: Zalo refuses it.
        #[serde(skip_serializing_if = "is_empty")]
        caption: Option<&'a str>,
    },
    /// A sticker.
    SendSticker {
        /// To whom.
        chat_id: &'a str,
        /// Its id.
        sticker: &'a str,
    },
    /// A recording; private chats only.
    SendVoice {
        /// To whom.
        chat_id: &'a str,
        /// A URL that ends in `.aac`.
        voice_url: &'a str,
    },
    /// "is typing". It fades within seconds.
    SendChatAction {
        /// Where.
        chat_id: &'a str,
        /// What.
        action: ChatAction,
    },
}

/// How Zalo is to read a text that has marks in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ParseMode {
    /// Zalo's own small Markdown.
    Markdown,
    /// A few HTML tags.
    Html,
}

impl ParseMode {
    /// The mode of a configured format; plain text has none.
    pub const fn of(format: Format) -> Option<Self> {
        match format {
            Format::Text => None,
            Format::Markdown => Some(Self::Markdown),
            Format::Html => Some(Self::Html),
        }
    }
}

/// What the bot is seen doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChatAction {
    /// Typing.
    Typing,
}

/// A call as it goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The last part of the URL.
    pub method: Method,
    /// A JSON object.
    pub body: String,
}

impl Call<'_> {
    /// The method it calls.
    pub const fn method(&self) -> Method {
        match self {
            Self::GetMe => Method::GetMe,
            Self::GetUpdates { .. } => Method::GetUpdates,
            Self::SetWebhook { .. } => Method::SetWebhook,
            Self::DeleteWebhook => Method::DeleteWebhook,
            Self::GetWebhookInfo => Method::GetWebhookInfo,
            Self::TestWebhook => Method::TestWebhook,
            Self::SendMessage { .. } => Method::SendMessage,
            Self::SendPhoto { .. } => Method::SendPhoto,
            Self::SendSticker { .. } => Method::SendSticker,
            Self::SendVoice { .. } => Method::SendVoice,
            Self::SendChatAction { .. } => Method::SendChatAction,
        }
    }
}

/// The call as method and body.
#[allow(clippy::missing_panics_doc, reason = "strings and numbers always have a JSON form")]
pub fn request(call: &Call<'_>) -> Request {
    let body = match call {
        Call::GetMe | Call::DeleteWebhook | Call::GetWebhookInfo | Call::TestWebhook => "{}".into(),
        _ => serde_json::to_string(call).expect("strings and numbers always have a JSON form"),
    };
    Request { method: call.method(), body }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn as_string<S: Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}

#[allow(clippy::ref_option_ref, reason = "serde's signature")]
fn is_empty(text: &Option<&str>) -> bool {
    text.is_none_or(str::is_empty)
}
