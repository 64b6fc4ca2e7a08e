//! `Envelope`: what an agent is told about a turn.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::id::{ChatId, MessageId, SenderId, TurnId};

/// A message from Zalo in the channel's common form.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Envelope {
    /// The turn; the same over attempts and restarts.
    pub turn: TurnId,
    /// The attempt, from 1.
    pub attempt: u32,
    /// Always `zalo`.
    pub channel: &'static str,
    /// The account's name in the configuration.
    pub account: String,
    /// The agent's conversation key: `main`, `zalo:dm:<chat>` or `zalo:group:<chat>`.
    pub session: String,
    /// `zalo:<sender>`.
    pub from: String,
    /// `zalo:<chat>`.
    pub to: String,
    /// Who wrote.
    pub sender: Sender,
    /// Where.
    pub chat: Chat,
    /// Zalo's id of the message, if it had one; of the first, if several are one turn.
    pub message_id: Option<MessageId>,
    /// Zalo's ids of all its messages, in order; those that had none are missing.
    pub message_ids: Vec<MessageId>,
    /// When the first was written, Unix ms; when it was received, if Zalo gave no date.
    pub timestamp_ms: u64,
    /// What the user wrote, a caption too, without the leading mention; a line or more a message.
    pub text: String,
    /// Placeholders for media, one a line, then `text`.
    pub body: String,
    /// What was attached.
    pub media: Vec<Medium>,
    /// The first update's `message` object as Zalo sent it; `null` when it was over 64 KiB.
    pub raw: Raw,
}

/// Who wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// Zalo's id.
    pub id: SenderId,
    /// At most 64 characters; not escaped.
    pub name: Option<String>,
}

/// Where it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chat {
    /// Zalo's id.
    pub id: ChatId,
    /// Private or group.
    pub kind: ChatKind,
}

/// Kinds of chats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatKind {
    /// One person and the bot.
    Private,
    /// Several people and the bot.
    Group,
}

/// Kinds of media.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A recording.
    Voice,
    /// A sticker.
    Sticker,
}

impl MediaKind {
    /// As it stands in a placeholder: `<media:image>`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Voice => "voice",
            Self::Sticker => "sticker",
        }
    }
}

/// Something attached to a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Medium {
    /// What it is.
    pub kind: MediaKind,
    /// Where it lies on this machine; nowhere when it could not be had.
    pub path: Option<String>,
    /// Type by content.
    pub content_type: Option<String>,
    /// Size in bytes.
    pub bytes: Option<u64>,
    /// Where Zalo keeps it, for a while.
    pub url: Option<String>,
    /// A sticker's id, with which it can be sent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sticker: Option<String>,
}

/// JSON text that is passed on as it came. A string in records, the value itself in envelopes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Raw(Option<Arc<str>>);

impl Raw {
    /// Holds JSON text; the caller has parsed it.
    pub(crate) fn new(json: Option<&str>) -> Self {
        Self(json.map(Arc::from))
    }

    /// The JSON text.
    pub fn as_str(&self) -> &str {
        self.0.as_deref().unwrap_or("null")
    }

    /// For records: the text as a JSON string.
    pub(crate) fn serialize_text<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(s)
    }

    /// For records: the text from a JSON string.
    pub(crate) fn deserialize_text<'de, D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = Option::<String>::deserialize(d)?;
        Ok(Self(text.map(Arc::from)))
    }
}

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            None => serializer.serialize_none(),
            Some(text) => serde_json::from_str::<&RawValue>(text)
                .map_err(S::Error::custom)?
                .serialize(serializer),
        }
    }
}
