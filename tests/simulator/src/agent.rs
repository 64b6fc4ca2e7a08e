//! `Agent`: what is said about a turn, and when. Sometimes nothing, sometimes nonsense.

use std::fmt::Write as _;

use zaloxide_core::{Message, Reply, TurnId};

use crate::clock::Clock;
use crate::dice::Dice;
use crate::rates::Rates;
use crate::step::Step;

/// A turn that was delivered.
#[derive(Clone, Copy, Debug)]
pub struct Task {
    /// In which run.
    pub life: u32,
    /// The turn.
    pub turn: TurnId,
    /// The attempt.
    pub attempt: u32,
    /// How long there is.
    pub time_ms: u64,
}

/// Puts all that the agent will say about a turn on the agenda.
pub fn work(dice: &mut Dice, rates: &Rates, clock: &mut Clock, task: Task) {
    let Task { life, turn, attempt, time_ms } = task;
    if dice.chance(rates.agent_dead) {
        return;
    }
    let late = dice.chance(rates.agent_slow);
    let after = if late {
        time_ms + dice.between(1, 30_000)
    } else if dice.chance(800) {
        dice.between(1, 2_000)
    } else {
        dice.between(2_000, 20_000).min(time_ms.saturating_sub(1))
    };
    let answer = (!dice.chance(rates.agent_fails)).then(|| reply(dice, turn, attempt));
    clock.after(after, Step::Agent { life, turn, attempt, answer });
    if dice.chance(rates.agent_twice) {
        let answer = Some(reply(dice, turn, attempt));
        clock.after(after + dice.below(3_000), Step::Agent { life, turn, attempt, answer });
    }
    if dice.chance(rates.agent_stray) {
        let (turn, attempt) = match dice.below(3) {
            0 => (TurnId(dice.bits().into()), attempt),
            1 => (turn, attempt + 1),
            _ => (turn, attempt.saturating_sub(1)),
        };
        let answer = dice.chance(700).then(|| Reply::text("nobody asked"));
        clock.after(dice.below(after), Step::Agent { life, turn, attempt, answer });
    }
}

/// An answer that names its turn, of any shape that an agent may give it.
pub fn reply(dice: &mut Dice, turn: TurnId, attempt: u32) -> Reply {
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
