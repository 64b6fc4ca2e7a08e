//! `People`: those who write to the bot, and what they write.

use std::fmt::Write as _;

use zaloxide_core::{AccountConfig, AllowList, ChatId, SenderId};

use crate::dice::Dice;

/// The bot's own id.
pub const BOT_ID: &str = "1459232241454765289";
/// Somebody who is let in by the configuration and writes when all is well again.
pub const WITNESS: &str = "00000000000000000077";

/// Somebody who writes.
#[derive(Clone, Debug)]
pub struct Person {
    /// Zalo's id.
    pub id: SenderId,
    /// The group they also write in, if any.
    pub group: Option<ChatId>,
    /// The shortest and the longest time between two messages, in ms.
    pub gap_ms: (u64, u64),
    /// Messages that come at once, one in twenty times.
    pub burst: u64,
    /// Let in by the configuration.
    pub listed: bool,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// A message on its way to the bot.
#[derive(Clone, Debug)]
pub struct Written {
    /// Where.
    pub chat: ChatId,
    /// In a group.
    pub group: bool,
    /// Who.
    pub sender: SenderId,
    /// What.
    pub what: What,
    /// Zalo's id, mostly there.
    pub message_id: Option<String>,
    /// The text or caption.
    pub text: String,
    /// The update as Zalo sends it.
    pub json: String,
}

/// Everybody, and all that was written.
#[derive(Debug, Default)]
pub struct People {
    /// Everybody.
    pub persons: Vec<Person>,
    /// All that was written, in order.
    pub written: Vec<Written>,
}

const WORDS: [&str; 8] =
    ["bé ơi", "xin chào", "hôm nay", "🙂", "cà phê", "ok", "\"dạ\"", "mấy giờ"];

impl People {
    /// A few people. Some are let in by the configuration, most are strangers.
    pub fn draw(dice: &mut Dice) -> Self {
        let brisk = dice.chance(700);
        let persons = (0..dice.between(3, 9)).map(|n| {
            let id = format!("{:016x}{n:04x}", dice.bits());
            let group = dice.chance(300).then(|| format!("zgr-{:020x}", dice.below(2)));
            let gap_ms = match (brisk, dice.below(4)) {
                (true, 0) => (200, 3_000),
                (true, _) => (2_000, 60_000),
                (false, 0) => (20_000, 200_000),
                (false, _) => (60_000, 1_800_000),
            };
            Person {
                id: SenderId::from(id.as_str()),
                group: group.map(|group| ChatId::from(group.as_str())),
                gap_ms,
                burst: dice.pick(&[1, 1, 2, 5, 30]),
                listed: dice.chance(500),
            }
        });
        let mut persons: Vec<Person> = persons.collect();
        if dice.chance(60) {
            // Once in a while somebody floods: more than a lane holds.
            persons[0].burst = 130;
            persons[0].listed = true;
        }
        if dice.chance(80) {
            persons.extend((0..30).map(|n| stranger(dice, n)));
        }
        Self { persons, written: Vec::new() }
    }

    /// Has somebody write. Answers the message's place.
    pub fn write(&mut self, dice: &mut Dice, person: usize) -> usize {
        let who = self.persons[person].clone();
        let what = match dice.below(40) {
            26 | 27 => What::Image,
            28 => What::LostImage,
            29 => What::Sticker,
            30 | 31 => What::Voice,
            32 => What::Unsupported,
            33 => What::Bare,
            34 => What::Unknown,
            35 => What::Blank,
            36 => dice.pick(&[What::Ping, What::Malformed]),
            37 => dice.pick(&[What::NoSender, What::NoChat]),
            38 => dice.pick(&[What::Own, What::Bot]),
            _ => What::Text,
        };
        let chat = who.group.filter(|_| dice.chance(500));
        self.put(dice, who.id, chat, what)
    }

    /// Has the witness write a text.
    pub fn testify(&mut self, dice: &mut Dice) -> usize {
        self.put(dice, SenderId::from(WITNESS), None, What::Text)
    }

    fn put(
        &mut self,
        dice: &mut Dice,
        sender: SenderId,
        group: Option<ChatId>,
        what: What,
    ) -> usize {
        let n = self.written.len();
        let in_group = group.is_some();
        let chat = group.unwrap_or_else(|| ChatId::from(sender.as_str()));
        let mention = if in_group { "@Bot Thử " } else { "" };
        let text = format!("{mention}{} {n}", dice.pick(&WORDS));
        let sender = if what == What::Own { SenderId::from(BOT_ID) } else { sender };
        let message_id = (!dice.chance(30)).then(|| format!("{n:020x}"));
        let mut written =
            Written { chat, group: in_group, sender, what, message_id, text, json: String::new() };
        written.json = json(&written, n);
        self.written.push(written);
        n
    }
}

fn stranger(dice: &mut Dice, n: usize) -> Person {
    let id = format!("{:016x}ff{n:02x}", dice.bits());
    let id = SenderId::from(id.as_str());
    Person { id, group: None, gap_ms: (30_000, 600_000), burst: 1, listed: false }
}

/// The configuration's list: who is let in.
pub fn listed(persons: &[Person], config: &mut AccountConfig) {
    let ids = persons.iter().filter(|person| person.listed).map(|person| person.id.as_str());
    config.allow_from = AllowList::from_entries(ids.chain([WITNESS]));
}

/// The update as Zalo sends it.
fn json(written: &Written, n: usize) -> String {
    let quoted = |text: &str| serde_json::to_string(text).expect("a string is JSON");
    let event = match written.what {
        What::Malformed => return format!("{{\"nothing\":{n}}}"),
        What::Bare => {
            return format!("{{\"event_name\":\"message.unsupported.received\",\"n\":{n}}}");
        }
        What::Ping => {
            return String::from(
                r#"{"event_name":"webhook.test","message":{"message_id":"webhook-test","text":"ping","date":1}}"#,
            );
        }
        What::Image | What::LostImage => "image",
        What::Sticker => "sticker",
        What::Voice => "voice",
        What::Unsupported => "unsupported",
        What::Unknown => "hologram",
        _ => "text",
    };
    let mut json = format!("{{\"event_name\":\"message.{event}.received\",\"message\":{{");
    if let Some(id) = &written.message_id {
        let _ = write!(json, "\"message_id\":\"{id}\",");
    }
    let _ = write!(json, "\"date\":{},", 1_790_000_000_000 + n as u64);
    let text = quoted(&written.text);
    let _ = match written.what {
        What::Image => {
            write!(json, "\"photo_url\":\"https://f.zdn.vn/{n}.jpg\",\"caption\":{text},")
        }
        What::LostImage => write!(json, "\"caption\":{text},"),
        What::Sticker => {
            write!(json, "\"sticker\":\"5{n:019x}\",\"url\":\"https://f.zdn.vn/{n}.png\",")
        }
        What::Voice => write!(json, "\"voice_url\":\"https://f.zdn.vn/{n}.aac\","),
        What::Unsupported | What::Unknown => Ok(()),
        What::Blank => write!(json, "\"text\":\" \\n\","),
        _ => write!(json, "\"text\":{text},"),
    };
    if written.what != What::NoSender {
        let bot = written.what == What::Bot;
        let _ = write!(
            json,
            "\"from\":{{\"id\":\"{}\",\"display_name\":\"An {n}\",\"is_bot\":{bot}}},",
            written.sender
        );
    }
    if written.what != What::NoChat {
        let kind = if written.group { "GROUP" } else { "PRIVATE" };
        let _ = write!(json, "\"chat\":{{\"id\":\"{}\",\"chat_type\":\"{kind}\"}},", written.chat);
    }
    let _ = write!(json, "\"n\":{n}}}}}");
    json
}
