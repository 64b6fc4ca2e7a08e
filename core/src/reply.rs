//! `Reply`: what an agent, or anybody else, wants said.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// One message or a list of them. Empty ones send nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply(pub Vec<Message>);

/// One message: text, media, a sticker, a recording. Sent in this order; `text` is the caption of
/// the first medium.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Plain text of any length: cut into chunks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Pictures: URLs, or paths under `media.roots`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<String>,
    /// A sticker's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sticker: Option<String>,
    /// A recording's URL, ending `.aac`; private chats only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voice: Option<String>,
}

/// Why a text is no reply.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoReply {
    /// Zalo bots can't send this.
    Unsendable {
        /// The field, such as `reaction`.
        field: String,
    },
    /// Neither an object of known fields nor a list of such.
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
}

/// What people know from other channels, and Zalo has no way to send.
const UNSENDABLE: [&str; 12] = [
    "reaction",
    "reactions",
    "poll",
    "thread",
    "thread_id",
    "reply_to",
    "buttons",
    "document",
    "video",
    "edit",
    "delete",
    "location",
];

impl Reply {
    /// A plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self([Message { text: Some(text.into()), ..Message::default() }].into())
    }

    /// Reads the JSON form: an object or a list of them.
    pub fn from_json(json: &[u8]) -> Result<Self, NoReply> {
        serde_json::from_slice(json).map_err(|error| {
            let text = alloc::string::ToString::to_string(&error);
            match text.strip_prefix(UNSENDABLE_PREFIX).and_then(|rest| rest.split('`').next()) {
                Some(field) => NoReply::Unsendable { field: field.into() },
                None => NoReply::Malformed { reason: text },
            }
        })
    }
}

const UNSENDABLE_PREFIX: &str = "Zalo bots can't send `";

impl fmt::Display for NoReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsendable { field } => write!(f, "Zalo bots can't send `{field}`"),
            Self::Malformed { reason } => write!(f, "not a reply: {reason}"),
        }
    }
}

impl core::error::Error for NoReply {}

impl Serialize for Reply {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => one.serialize(serializer),
            list => list.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Reply {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrList;

        impl<'de> de::Visitor<'de> for OneOrList {
            type Value = Reply;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a reply {text?, media?, sticker?, voice?} or a list of them")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Reply, A::Error> {
                let message = Message::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(Reply([message].into()))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Reply, A::Error> {
                let mut list = Vec::new();
                while let Some(message) = seq.next_element()? {
                    list.push(message);
                }
                Ok(Reply(list))
            }
        }

        deserializer.deserialize_any(OneOrList)
    }
}

impl<'de> Deserialize<'de> for Message {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> de::Visitor<'de> for Fields {
            type Value = Message;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a message {text?, media?, sticker?, voice?}")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Message, A::Error> {
                let mut message = Message::default();
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "text" => message.text = map.next_value()?,
                        "media" => {
                            message.media = map.next_value::<Option<_>>()?.unwrap_or_default();
                        }
                        "sticker" => message.sticker = map.next_value()?,
                        "voice" => message.voice = map.next_value()?,
                        field if UNSENDABLE.contains(&field) => {
                            return Err(de::Error::custom(format_args!(
                                "{UNSENDABLE_PREFIX}{field}`"
                            )));
                        }
                        field => {
                            return Err(de::Error::unknown_field(
                                field,
                                &["text", "media", "sticker", "voice"],
                            ));
                        }
                    }
                }
                Ok(message)
            }
        }

        deserializer.deserialize_map(Fields)
    }
}
