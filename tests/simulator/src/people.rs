//! `People`: those who write to the bots.

use serde::{Deserialize, Serialize};
use zaloxide_core::{AccountConfig, AllowList, ChatId, SenderId};

use crate::dice::Dice;

/// Somebody who is let in by every healed configuration and writes when all is well again.
pub const WITNESS: &str = "00000000000000000077";

/// Somebody who writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Zalo's id: 20 hex digits, of old 19 digits, or anything.
    pub id: SenderId,
    /// The group they also write in, if any.
    pub group: Option<ChatId>,
    /// Let in by the configuration.
    pub listed: bool,
}

/// What somebody writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A text.
    Text,
    /// A picture with a caption.
    Image,
    /// A picture without a usable URL.
    LostImage,
    /// A sticker.
    Sticker,
    /// A recording.
    Voice,
    /// What Zalo does not hand to bots.
    Unsupported,
    /// The same, and not even who sent it.
    Bare,
    /// An event nobody knows.
    Unknown,
    /// `setWebhook`'s ping.
    Ping,
    /// Nothing but white space.
    Blank,
    /// Without an author.
    NoSender,
    /// Without a chat.
    NoChat,
    /// By this bot.
    Own,
    /// By another bot.
    Bot,
    /// An object that is no update.
    Malformed,
}

impl What {
    /// All there is.
    pub const ALL: [Self; 15] = [
        Self::Text,
        Self::Image,
        Self::LostImage,
        Self::Sticker,
        Self::Voice,
        Self::Unsupported,
        Self::Bare,
        Self::Unknown,
        Self::Ping,
        Self::Blank,
        Self::NoSender,
        Self::NoChat,
        Self::Own,
        Self::Bot,
        Self::Malformed,
    ];
}

/// Everybody; the last is the witness.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct People {
    /// Everybody.
    pub persons: Vec<Person>,
}

impl People {
    /// A few people. Some are let in by the configuration, most are strangers.
    pub fn draw(dice: &mut Dice, accounts: u64) -> Self {
        let few = dice.between(3, 9) + accounts.min(20) / 2;
        let persons = (0..few).map(|n| {
            let group = dice.chance(300).then(|| format!("zgr-{:020x}", dice.below(2)));
            Person {
                id: id(dice, n),
                group: group.map(|group| ChatId::from(group.as_str())),
                listed: dice.chance(700),
            }
        });
        let mut persons: Vec<Person> = persons.collect();
        if dice.chance(80) {
            let strangers = (0..30).map(|n| Person { id: id(dice, n), group: None, listed: false });
            persons.extend(strangers);
        }
        persons.push(Person { id: SenderId::from(WITNESS), group: None, listed: true });
        Self { persons }
    }

    /// Any number names somebody. The witness has one only when all is well.
    pub fn person(&self, n: u8) -> &Person {
        let others = self.persons.len().saturating_sub(1).max(1);
        &self.persons[usize::from(n) % others]
    }

    /// Who writes when all is well.
    pub fn witness(&self) -> &Person {
        &self.persons[self.persons.len() - 1]
    }

    /// Any number names a chat: a private one, or beyond them the group of a person who has one.
    pub fn chat(&self, n: u8) -> ChatId {
        let len = self.persons.len();
        let n = usize::from(n) % (2 * len);
        let person = &self.persons[n % len];
        let group = person.group.as_ref().filter(|_| n >= len);
        group.cloned().unwrap_or_else(|| ChatId::from(person.id.as_str()))
    }

    /// The chat that a person takes over. Not the witness's: in the end the agent must hear of it.
    pub fn taken_over(&self, n: u8) -> Option<ChatId> {
        Some(self.chat(n)).filter(|chat| chat.as_str() != self.witness().id.as_str())
    }

    /// The number that names a chat.
    pub fn number_of(&self, chat: &ChatId) -> u8 {
        let len = self.persons.len();
        let private = self.persons.iter().position(|person| person.id.as_str() == chat.as_str());
        let group = || self.persons.iter().position(|person| person.group.as_ref() == Some(chat));
        let place = private.or_else(|| group().map(|place| place + len)).unwrap_or(0);
        u8::try_from(place).unwrap_or(0)
    }

    /// The number that names a person.
    pub fn number_of_person(&self, sender: &SenderId) -> Option<u8> {
        let place = self.persons.iter().position(|person| person.id == *sender)?;
        u8::try_from(place).ok()
    }

    /// The configuration's list: who is let in.
    pub fn list(&self, config: &mut AccountConfig) {
        let listed = self.persons.iter().filter(|person| person.listed);
        config.allow_from = AllowList::from_entries(listed.map(|person| person.id.as_str()));
    }
}

/// Ids are opaque: mostly 20 hex digits; of old, or in a JSON number, digits too many for a float.
fn id(dice: &mut Dice, n: u64) -> SenderId {
    let text = match dice.below(8) {
        0 => format!("9{:014}{n:04}", dice.below(100_000_000_000_000)),
        1 => format!("9{:020}{n:04}", dice.bits()),
        _ => format!("{:016x}{n:04x}", dice.bits()),
    };
    SenderId::from(text.as_str())
}
