//! `Setup`: how a world is before its first step: the time, its people, its accounts.

use serde::{Deserialize, Serialize};
use zaloxide_core::{AccountConfig, MINUTE_MS, Time};

use crate::dice::Dice;
use crate::people::People;
use crate::settings;

/// How a world begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// Draws the seeds of channels, and how the world heals.
    pub seed: u64,
    /// The time.
    pub start: Time,
    /// Everybody. The same people write to all accounts, under the same ids.
    pub people: People,
    /// The bots; there is at least one.
    pub accounts: Vec<Seat>,
}

/// An account, and how Zalo treats it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seat {
    /// Its configuration.
    pub config: AccountConfig,
    /// What is written while nobody listens waits for the next poll. Else it is lost.
    pub keeps: bool,
    /// A webhook that was not answered 200 is tried again. Else its message is lost.
    pub repeats: bool,
    /// Somebody else's webhook is set.
    pub foreign: bool,
}

impl Setup {
    /// Draws one. Most worlds have one account, some have many.
    pub fn draw(dice: &mut Dice) -> Self {
        let accounts = match dice.below(40) {
            0 => dice.between(8, 50),
            1..=5 => dice.between(2, 6),
            _ => 1,
        };
        Self::of(dice, accounts)
    }

    /// Draws one with so many accounts.
    pub fn of(dice: &mut Dice, accounts: u64) -> Self {
        // Sometimes the month, and with it the quota, ends while we look.
        let start = Time::from_ms(1_795_000_000_000 + dice.below(1_000_000_000));
        let start = if dice.chance(200) {
            start.month_end().minus(dice.below(60 * MINUTE_MS))
        } else {
            start
        };
        let people = People::draw(dice, accounts);
        let seats = (0..accounts).map(|n| Seat {
            config: settings::draw(dice, &people, n),
            keeps: dice.chance(800),
            repeats: dice.chance(800),
            foreign: dice.chance(80),
        });
        let accounts = seats.collect();
        Self { seed: dice.bits(), start, people, accounts }
    }
}
