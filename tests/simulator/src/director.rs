//! `Director`: draws the steps of a world from a seed. It looks at what is under way, decides how and
//! when each thing ends, has people write and owners decide, and lets things go wrong at rates that
//! are drawn too. When it is calm, all ends well and soon.

mod habits;
mod plans;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use zaloxide_core::{CallId, MINUTE_MS, SECOND_MS};

use crate::dice::Dice;
use crate::rates::Rates;
use crate::step::{Deed, Luck, Step};
use crate::world::World;
use habits::Habit;

/// Draws steps.
pub struct Director {
    dice: Dice,
    rates: Rates,
    calm: bool,
    habits: Vec<Habit>,
    agenda: BTreeMap<(u64, u64), Plan>,
    planned: u64,
    /// Steps that are drawn and not taken.
    ready: VecDeque<Step>,
    /// When each account's disk will have done what is under way.
    disks: BTreeMap<u8, u64>,
    /// Accounts to which Zalo is about to hand something on.
    handing_on: BTreeSet<u8>,
    /// Messages written so far.
    written: usize,
    /// It is time to heal.
    over: bool,
}

/// What is to happen.
#[derive(Clone, Copy, Debug)]
enum Plan {
    /// This.
    Deed(u8, Deed),
    /// This, if the run of the account's program is still that one.
    InLife(u8, u32, Deed),
    /// This, if the oldest call of its kind is still that one.
    OfCall(u8, CallId, Deed),
    /// Zalo pushes or hands on what waits for an account.
    HandOn(u8),
    /// A person writes, and will again.
    Write(usize),
    /// This, with fresh draws, and again within so many ms.
    Habitual(u8, Custom, u64),
    /// The world begins to heal.
    Heal,
}

/// What comes again and again.
#[derive(Clone, Copy, Debug)]
enum Custom {
    Operate,
    Send,
    Change,
    Mend,
}

impl Director {
    /// Draws the rates, the habits and what happens by itself.
    pub fn new(mut dice: Dice, world: &World) -> Self {
        let rates = Rates::draw(&mut dice);
        let habits = habits::draw(&mut dice, world.people());
        let mut director = Self {
            dice,
            rates,
            calm: false,
            habits,
            agenda: BTreeMap::new(),
            planned: 0,
            ready: VecDeque::new(),
            disks: BTreeMap::new(),
            handing_on: BTreeSet::new(),
            written: 0,
            over: false,
        };
        director.begin(world);
        director
    }

    /// One under whom nothing goes wrong, and who takes over what is under way.
    pub fn calm(dice: Dice, world: &mut World) -> Self {
        let mut director = Self {
            dice,
            rates: Rates::default(),
            calm: true,
            habits: Vec::new(),
            agenda: BTreeMap::new(),
            planned: 0,
            ready: VecDeque::new(),
            disks: BTreeMap::new(),
            handing_on: BTreeSet::new(),
            written: 0,
            over: false,
        };
        for account in &mut world.accounts {
            account.tell_all();
        }
        director.hear(world);
        director
    }

    /// Has everything that people have paused resumed, every minute.
    pub fn mend(&mut self, accounts: u8) {
        for account in 0..accounts {
            self.at(0, Plan::Habitual(account, Custom::Mend, MINUTE_MS));
        }
    }

    /// Puts on the agenda what happens by itself.
    fn begin(&mut self, world: &World) {
        for person in 0..self.habits.len() {
            let after = self.dice.below(self.habits[person].gap_ms.1);
            self.at(after, Plan::Write(person));
        }
        let horizon = self.dice.pick(&[3, 10, 40, 120]) * MINUTE_MS;
        for account in 0..u8::try_from(world.accounts.len()).unwrap_or(u8::MAX) {
            self.begin_account(account, horizon);
        }
        self.at(horizon, Plan::Heal);
    }

    fn begin_account(&mut self, account: u8, horizon: u64) {
        for (custom, often) in [
            (Custom::Operate, 3 * MINUTE_MS),
            (Custom::Send, 3 * MINUTE_MS),
            (Custom::Change, 5 * MINUTE_MS),
        ] {
            if self.dice.chance(400) {
                let at = self.dice.between(SECOND_MS, horizon);
                self.at(at, Plan::Habitual(account, custom, often));
            }
        }
        if self.dice.chance(400) {
            let at = self.dice.between(SECOND_MS, horizon);
            let until = at + self.dice.between(SECOND_MS, 30 * MINUTE_MS);
            self.at(at, Plan::Deed(account, Deed::Token(Luck::Ill)));
            self.at(until, Plan::Deed(account, Deed::Token(Luck::Well)));
        }
        if self.dice.chance(400) {
            let at = self.dice.between(SECOND_MS, horizon);
            let down_ms = u32::try_from(self.dice.between(50, 10 * SECOND_MS)).unwrap_or(50);
            self.at(at, Plan::Deed(account, Deed::Stop { down_ms }));
        }
        if self.dice.chance(100) {
            let at = self.dice.below(horizon);
            let until = at + self.dice.between(SECOND_MS, horizon);
            self.at(at, Plan::Deed(account, Deed::Foreign(true)));
            self.at(until, Plan::Deed(account, Deed::Foreign(false)));
        } else {
            let at = self.dice.between(SECOND_MS, horizon);
            self.at(at, Plan::Deed(account, Deed::Foreign(false)));
        }
        if self.dice.chance(100) {
            let at = self.dice.below(horizon);
            let until = at + self.dice.between(SECOND_MS, 10 * MINUTE_MS);
            let back = self.dice.byte(4);
            self.at(at, Plan::Deed(account, Deed::Haunt(back)));
            self.at(until, Plan::Deed(account, Deed::Exorcise));
        }
    }

    fn at(&mut self, at: u64, plan: Plan) {
        self.planned += 1;
        self.agenda.insert((at, self.planned), plan);
    }

    /// The next step; `None` when it is time to heal, or nothing is ahead.
    pub fn next(&mut self, world: &World) -> Option<Step> {
        loop {
            if let Some(step) = self.ready.pop_front() {
                return Some(step);
            }
            if self.over {
                return None;
            }
            self.mishaps(world);
            if let Some(step) = self.ready.pop_front() {
                return Some(step);
            }
            let now = world.now();
            let timer = world.due();
            let planned = self.agenda.first_key_value().map(|((at, _), _)| *at);
            let first = [timer, planned].into_iter().flatten().min()?;
            // A timer may fire late: something else comes first.
            if let (Some(timer), Some(planned)) = (timer, planned)
                && timer < planned
                && planned - timer < 50
                && planned > now
                && self.dice.chance(self.rates.late)
            {
                return Some(Step::Wait { ms: planned - now, late: true });
            }
            if first > now || timer.is_some_and(|timer| timer <= now) {
                return Some(Step::Wait { ms: first.saturating_sub(now), late: false });
            }
            let (_, plan) = self.agenda.pop_first()?;
            self.carry_out(world, plan);
        }
    }
}
