//! `Update`: a message on its way to a bot, in one of the many shapes in which Zalo sends it.

use std::fmt::Write as _;

use zaloxide_core::{ChatId, SenderId};

use crate::dice::Dice;
use crate::people::{Person, What};

/// A message on its way to a bot.
#[derive(Clone, Debug)]
pub struct Update {
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

const WORDS: [&str; 8] =
    ["bé ơi", "xin chào", "hôm nay", "🙂", "cà phê", "ok", "\"dạ\"", "mấy giờ"];

impl Update {
    /// The message number `n` to this bot.
    pub fn new(
        bot_id: &str,
        n: usize,
        person: &Person,
        in_group: bool,
        what: What,
        salt: u16,
    ) -> Self {
        let mut dice = Dice::new(salt.into());
        let group = person.group.clone().filter(|_| in_group);
        let in_group = group.is_some();
        let chat = group.unwrap_or_else(|| ChatId::from(person.id.as_str()));
        let mention = if in_group { "@Bot Thử " } else { "" };
        let text = format!("{mention}{} {n}", dice.pick(&WORDS));
        let sender = if what == What::Own { SenderId::from(bot_id) } else { person.id.clone() };
        let message_id = (!dice.chance(30)).then(|| format!("{n:020x}"));
        let mut update =
            Self { chat, group: in_group, sender, what, message_id, text, json: String::new() };
        update.json = json(&update, n, &mut dice);
        update
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a string is JSON")
}

/// An id in quotes, or sometimes as the number it looks like.
fn id(dice: &mut Dice, id: &str) -> String {
    let number = id.starts_with(|first: char| ('1'..='9').contains(&first))
        && id.bytes().all(|byte| byte.is_ascii_digit());
    if number && dice.chance(500) { String::from(id) } else { quoted(id) }
}

fn json(update: &Update, n: usize, dice: &mut Dice) -> String {
    let event = match update.what {
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
    if let Some(id) = &update.message_id {
        let _ = write!(json, "\"message_id\":\"{id}\",");
    }
    // Milliseconds, seconds, nonsense: a date never fails an update.
    let date = match dice.below(20) {
        0 => format!("{}", 1_790_000_000 + n as u64),
        1 => String::from(dice.pick(&["\"soon\"", "null", "-1", "1e400"])),
        _ => format!("{}", 1_790_000_000_000 + n as u64),
    };
    let _ = write!(json, "\"date\":{date},");
    content(&mut json, update, n, dice);
    if update.what != What::NoSender {
        let name = dice.pick(&["display_name", "display_name", "first_name", "name"]);
        let bot = update.what == What::Bot;
        let sender = id(dice, update.sender.as_str());
        let _ =
            write!(json, "\"from\":{{\"id\":{sender},\"{name}\":\"An {n}\",\"is_bot\":{bot}}},");
    }
    if update.what != What::NoChat {
        let key = dice.pick(&["chat_type", "chat_type", "type"]);
        let kinds = if update.group { ["GROUP", "group"] } else { ["PRIVATE", "private"] };
        let chat = id(dice, update.chat.as_str());
        let _ = write!(json, "\"chat\":{{\"id\":{chat},\"{key}\":\"{}\"}},", dice.pick(&kinds));
    }
    let _ = write!(json, "\"n\":{n}}}}}");
    json
}

/// What was written, with its comma.
fn content(json: &mut String, update: &Update, n: usize, dice: &mut Dice) {
    let text = quoted(&update.text);
    let _ = match update.what {
        What::Image => {
            let url = format!("\"https://f.zdn.vn/{n}.jpg\"");
            let photo = match dice.below(6) {
                0 => format!("\"photo\":{url}"),
                1 => format!("\"photo\":{{\"url\":{url}}}"),
                2 => format!("\"photo\":[{url}]"),
                3 => format!("\"photos\":[{{\"url\":{url}}}]"),
                _ => format!("\"photo_url\":{url},\"message_type\":\"CHAT_PHOTO\""),
            };
            write!(json, "{photo},\"caption\":{text},")
        }
        What::LostImage => write!(json, "\"caption\":{text},"),
        What::Sticker if dice.chance(200) => {
            write!(
                json,
                "\"sticker\":{{\"id\":\"5{n:019x}\"}},\"url\":\"https://f.zdn.vn/{n}.png\","
            )
        }
        What::Sticker => {
            write!(json, "\"sticker\":\"5{n:019x}\",\"url\":\"https://f.zdn.vn/{n}.png\",")
        }
        What::Voice => write!(json, "\"voice_url\":\"https://f.zdn.vn/{n}.aac\","),
        What::Unsupported | What::Unknown => Ok(()),
        What::Blank => write!(json, "\"text\":\" \\n\","),
        _ => write!(json, "\"text\":{text},"),
    };
}
