//! Habits: how often each person writes, and what.

use zaloxide_core::{DAY_MS, HOUR_MS, SECOND_MS};

use super::{Director, Plan};
use crate::dice::Dice;
use crate::people::{People, What};
use crate::step::{Deed, Step};
use crate::world::World;

/// Messages after which nobody writes any more.
const WRITTEN_MAX: usize = 400;

/// How somebody writes.
#[derive(Clone, Debug)]
pub(super) struct Habit {
    /// The shortest and the longest time between two messages, in ms.
    pub(super) gap_ms: (u64, u64),
    /// Messages that come at once, one in twenty times.
    burst: u64,
}

/// Everybody's; the witness has none.
pub(super) fn draw(dice: &mut Dice, people: &People) -> Vec<Habit> {
    let brisk = dice.chance(700);
    let writers = people.persons.len() - 1;
    let habits = (0..writers).map(|n| {
        let gap_ms = match (brisk, dice.below(4)) {
            _ if n >= 20 => (30_000, 600_000),
            (true, 0) => (200, 3_000),
            (true, _) => (2_000, 60_000),
            (false, 0) => (20_000, 200_000),
            (false, _) => (60_000, 1_800_000),
        };
        Habit { gap_ms, burst: dice.pick(&[1, 1, 2, 5, 30]) }
    });
    let mut habits: Vec<Habit> = habits.collect();
    if dice.chance(60) {
        // Once in a while somebody floods: more than a lane holds.
        habits[0].burst = 130;
    }
    habits
}

impl Director {
    /// A person writes, once or a lot at once, mostly to the same bot.
    pub(super) fn write(&mut self, world: &World, person: usize) {
        if self.written > WRITTEN_MAX {
            return;
        }
        let Habit { gap_ms, burst } = self.habits[person].clone();
        let accounts = world.accounts.len();
        let home = person % accounts;
        let account = if self.dice.chance(700) { home } else { self.dice.index(accounts) };
        let account = u8::try_from(account).unwrap_or(0);
        let person_number = u8::try_from(person).unwrap_or(0);
        let times = if self.dice.chance(50) { burst } else { 1 };
        for _ in 0..times {
            let (group, what) = (self.dice.chance(500), self.what());
            let salt = self.dice.salt();
            let deed = Deed::Write { person: person_number, group, what, salt };
            self.ready.push_back(Step::At(account, deed));
            self.written += 1;
            if self.dice.chance(self.rates.duplicate) {
                let (back, after) =
                    (self.dice.byte(3), self.dice.between(SECOND_MS, 20 * SECOND_MS));
                self.at(world.now() + after, Plan::Deed(account, Deed::Again(back)));
            }
        }
        let after = self.dice.between(gap_ms.0, gap_ms.1);
        self.at(world.now() + after, Plan::Write(person));
    }

    fn what(&mut self) -> What {
        match self.dice.below(40) {
            26 | 27 => What::Image,
            28 => What::LostImage,
            29 => What::Sticker,
            30 | 31 => What::Voice,
            32 => What::Unsupported,
            33 => What::Bare,
            34 => What::Unknown,
            35 => What::Blank,
            36 => self.dice.pick(&[What::Ping, What::Malformed]),
            37 => self.dice.pick(&[What::NoSender, What::NoChat]),
            38 => self.dice.pick(&[What::Own, What::Bot]),
            _ => What::Text,
        }
    }

    /// What goes wrong by itself: the program dies, the wall clock steps, strays arrive.
    pub(super) fn mishaps(&mut self, world: &World) {
        if self.calm {
            return;
        }
        if self.dice.chance(self.rates.crash) {
            let account = u8::try_from(self.dice.index(world.accounts.len())).unwrap_or(0);
            let down_ms = u32::try_from(self.dice.between(50, 10 * SECOND_MS)).unwrap_or(50);
            let (actions, keeps) = (self.dice.byte(5).into(), self.dice.salt());
            let dies = Deed::Dies { actions, keeps, down_ms };
            self.ready.push_back(Step::At(account, dies));
            if self.dice.chance(300) {
                self.ready.push_back(Step::At(account, Deed::Compact));
            }
            if self.dice.chance(300) {
                let ending = self.ending(false);
                let at = world.now() + u64::from(down_ms) + self.dice.below(30 * SECOND_MS);
                self.at(at, Plan::Deed(account, Deed::Stray(ending)));
            }
        }
        if self.dice.chance(self.rates.wall_steps) {
            let far =
                self.dice.pick(&[2 * SECOND_MS, 10 * SECOND_MS, 2 * HOUR_MS, DAY_MS + HOUR_MS]);
            let by = i64::try_from(self.dice.below(far)).unwrap_or(0);
            // Mostly back: forward all is late, and little happens.
            let by = if self.dice.chance(700) { -by } else { by };
            self.ready.push_back(Step::Wall(by));
        }
        if self.dice.chance(self.rates.compare) {
            let account = u8::try_from(self.dice.index(world.accounts.len())).unwrap_or(0);
            self.ready.push_back(Step::At(account, Deed::Compare));
        }
    }
}
