//! Ids: opaque strings from Zalo, and the numbers the core draws itself.
//!
//! Zalo's ids are never validated by a pattern and never pass through a number: real ones are 20
//! hex digits, older ones 19 decimal digits, groups `zgr-…`.

use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The id's text, as it came.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(Arc::from(text))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(|text| Self(Arc::from(text)))
            }
        }
    };
}

text_id! {
    /// A person, as Zalo names them to this bot. Compared byte for byte, never trimmed.
    SenderId
}
text_id! {
    /// A conversation: equals the sender's id in private, `zgr-…` in a group.
    ChatId
}
impl From<&SenderId> for ChatId {
    /// The private chat with somebody has their id.
    fn from(sender: &SenderId) -> Self {
        Self(sender.0.clone())
    }
}

text_id! {
    /// A message's id. Unique within a chat and sender only.
    MessageId
}

macro_rules! drawn_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u128);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:032x}", self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl core::str::FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                let hex = text.bytes().all(|b| b.is_ascii_hexdigit()) && text.len() == 32;
                if !hex {
                    return Err(BadId);
                }
                u128::from_str_radix(text, 16).map(Self).map_err(|_| BadId)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    };
}

drawn_id! {
    /// A turn: 128 random bits, the same over attempts and restarts. Written as 32 hex digits.
    TurnId
}
drawn_id! {
    /// A message somebody asked to send. Written as 32 hex digits.
    SendId
}
drawn_id! {
    /// A line the bot itself has to say: an approval, a note to the owner. 32 hex digits.
    NoticeId
}

drawn_id! {
    /// By which duplicates of an update are known: a 128-bit hash. 32 hex digits.
    UpdateKey
}

/// A text that is no drawn id: those are 32 hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadId;

impl fmt::Display for BadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected an id of 32 hex digits")
    }
}

impl core::error::Error for BadId {}

/// A call to the Bot API, written `<run>-<n>`. The run part is drawn anew for each `Channel`, so
/// that an answer from before a restart matches nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId {
    /// Drawn once per `Channel`.
    pub run: u32,
    /// Counts from 1.
    pub n: u64,
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}-{}", self.run, self.n)
    }
}

impl core::str::FromStr for CallId {
    type Err = BadCallId;

    fn from_str(text: &str) -> Result<Self, BadCallId> {
        let (run, n) = text.split_once('-').ok_or(BadCallId)?;
        let run = u32::from_str_radix(run, 16).map_err(|_| BadCallId)?;
        Ok(Self { run, n: n.parse().map_err(|_| BadCallId)? })
    }
}

/// A text that is no call id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadCallId;

impl fmt::Display for BadCallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected a call id: <run>-<n>")
    }
}

impl core::error::Error for BadCallId {}

impl Serialize for CallId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CallId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Who waits for a `Settle`: a number the caller chose, written as text in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

impl Serialize for Ticket {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Ticket {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map(Self).map_err(de::Error::custom)
    }
}

/// What a chunk, or a prepared medium, belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cause {
    /// The answer to a turn.
    Turn {
        /// The turn.
        id: TurnId,
    },
    /// A message somebody asked to send.
    Send {
        /// The send.
        id: SendId,
    },
    /// A pairing code on its way to a stranger.
    Code {
        /// The stranger.
        sender: SenderId,
    },
    /// A line of the bot's own.
    Notice {
        /// The notice.
        id: NoticeId,
    },
}
