//! `Agent`: what it says about a turn, of any shape in which an agent may say it.

use std::fmt::Write as _;

use zaloxide_core::{Message, Reply, TurnId};

use crate::dice::Dice;

/// An answer that names its turn.
pub fn reply(salt: u16, turn: TurnId, attempt: u32) -> Reply {
    let dice = &mut Dice::new(salt.into());
    let name = format!("{:08x}/{attempt}", turn.0 >> 96);
    match dice.below(20) {
        0 => Reply::default(),
        1 => Reply::text(" \n"),
        2..=4 => Reply::text(long(dice, &name)),
        5 => Reply(vec![message(dice, &name), Message::default(), message(dice, &name)]),
        6 | 7 => Reply(vec![message(dice, &name)]),
        _ => Reply::text(format!("dạ {name}: {}", dice.below(1_000))),
    }
}

/// One with media.
fn message(dice: &mut Dice, name: &str) -> Message {
    let mut message = Message { text: Some(format!("xem {name}")), ..Message::default() };
    if dice.chance(200) {
        message.text = Some(long(dice, name));
    }
    for n in 0..dice.below(3) {
        message.media.push(format!("https://pictures.example/{name}/{n}.jpg"));
    }
    if dice.chance(200) {
        message.sticker = Some(format!("sticker-{name}"));
    }
    if dice.chance(200) {
        message.voice = Some(format!("https://sounds.example/{name}.aac"));
    }
    message
}

/// A text of several chunks: words, lines, paragraphs, emoji, and sometimes one endless word.
fn long(dice: &mut Dice, name: &str) -> String {
    let mut text = format!("{name}:");
    let target = dice.between(1_500, 7_000);
    let endless = dice.chance(100);
    let mut n = 0;
    while text.len() < usize::try_from(target).unwrap_or(0) {
        n += 1;
        let gap = match dice.below(30) {
            0 => "\n\n",
            1 | 2 => "\n",
            3 => ". ",
            4 => "  \t",
            _ if endless => "_",
            _ => " ",
        };
        let word =
            dice.pick(&["nghiêng", "tiếng Việt", "👨‍👩‍👧", "Thành phố", "được", "🇻🇳", "e\u{301}"]);
        let _ = write!(text, "{gap}{word}{n}");
    }
    text
}
