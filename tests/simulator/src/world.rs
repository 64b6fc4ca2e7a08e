//! `World`: a channel and all that is around it, from its first message to the end of its healing.

mod acts;
mod errands;
mod healing;
mod life;
mod steps;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use zaloxide_core::{
    AccountConfig, Action, CallId, Channel, Delivery, Event, MINUTE_MS, Record, Refused, SECOND_MS,
    Time,
};

use crate::clock::Clock;
use crate::dice::Dice;
use crate::disk::Disk;
use crate::model::{Fate, Model};
use crate::oracle::{Check, Oracle, Scene, Violation, broken};
use crate::people::People;
use crate::rates::Rates;
use crate::report::Tally;
use crate::settings;
use crate::step::Step;
use crate::zalo::{FOREIGN, Zalo};

/// Changes the actions of a step before anybody sees them: a fault planted in the core.
pub type Tamper = Box<dyn FnMut(&mut Vec<Action>)>;

/// Events after which a world begins to heal, whatever the clock says.
const EVENTS_MAX: u64 = 4_000;
/// Events in which a world has to be healed.
const HEALING_EVENTS_MAX: u64 = 20_000;

/// A channel and all that is around it.
pub struct World {
    dice: Dice,
    clock: Clock,
    rates: Rates,
    config: AccountConfig,
    /// There is none while the program does not run.
    channel: Option<Channel>,
    /// Counts the runs of the program.
    life: u32,
    people: People,
    zalo: Zalo,
    disk: Disk,
    /// When the last Commit on its way will be complete.
    disk_busy_until: Time,
    /// Who is who, now.
    model: Model,
    /// Who is who by the first so many records of the journal.
    stored: (Model, usize),
    oracle: Oracle,
    tally: Tally,
    log: Option<String>,
    tamper: Option<Tamper>,
    /// What open calls tell strangers.
    told: BTreeMap<CallId, String>,
    /// The channel said that it has stopped.
    stopped: bool,
    /// A webhook delivery is on the agenda so many times.
    hooks_ahead: u32,
    /// When healing began: by events.
    healing_since: Option<u64>,
}

/// What a world came to.
#[derive(Debug)]
pub struct Ended {
    /// What happened.
    pub tally: Tally,
    /// The promise that was broken, if one was.
    pub violation: Option<Violation>,
    /// Every event and action, if they were to be logged.
    pub log: String,
}

impl World {
    /// The world of a seed.
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        // Sometimes the month, and with it the quota, ends while we look.
        let start = Time::from_ms(1_795_000_000_000 + dice.below(1_000_000_000));
        let start = if dice.chance(200) {
            start.month_end().minus(dice.below(60 * MINUTE_MS))
        } else {
            start
        };
        let people = People::draw(&mut dice);
        let config = settings::draw(&mut dice, &people);
        let mut world = Self {
            clock: Clock::new(start),
            rates: Rates::draw(&mut dice),
            channel: None,
            life: 0,
            people,
            zalo: Zalo::default(),
            disk: Disk::default(),
            disk_busy_until: start,
            model: Model::default(),
            stored: (Model::default(), 0),
            oracle: Oracle::default(),
            tally: Tally::default(),
            log: None,
            tamper: None,
            told: BTreeMap::new(),
            stopped: false,
            hooks_ahead: 0,
            healing_since: None,
            config,
            dice,
        };
        world.oracle.chunks.at_most_once = world.config.delivery == Delivery::AtMostOnce;
        world.begin();
        world
    }

    /// Writes down every event and action.
    #[must_use]
    pub fn logged(mut self) -> Self {
        self.log = Some(String::new());
        self
    }

    /// Plants a fault.
    #[must_use]
    pub fn tampered(mut self, tamper: Tamper) -> Self {
        self.tamper = Some(tamper);
        self
    }

    /// Puts on the agenda what happens by itself.
    fn begin(&mut self) {
        self.clock.after(0, Step::Start);
        for person in 0..self.people.persons.len() {
            let gap = self.people.persons[person].gap_ms.1;
            let after = self.dice.below(gap);
            self.clock.after(after, Step::Write { person });
        }
        let horizon = self.dice.pick(&[3, 10, 40, 120]) * MINUTE_MS;
        let rare = |dice: &mut Dice| dice.between(SECOND_MS, horizon);
        for step in [Step::Operate, Step::Send, Step::Reconfigure, Step::Spell, Step::Stop] {
            if self.dice.chance(400) {
                let after = rare(&mut self.dice);
                self.clock.after(after, step);
            }
        }
        if self.dice.chance(100) {
            self.zalo.webhook = Some(String::from(FOREIGN));
            let after = rare(&mut self.dice);
            self.clock.after(after, Step::ForeignEnds);
        }
        self.clock.after(horizon, Step::Heal);
    }

    /// Lets the world happen.
    pub fn run(mut self) -> Ended {
        let violation = self.happen().err();
        self.tally.dead = self.oracle.book.dead;
        Ended { tally: self.tally, violation, log: self.log.unwrap_or_default() }
    }

    fn happen(&mut self) -> Check {
        loop {
            let events = self.tally.events;
            match self.healing_since {
                None if events > EVENTS_MAX => self.heal()?,
                Some(since) if events > since + HEALING_EVENTS_MAX => {
                    return broken("healing", format!("not healed: {}", self.owing()));
                }
                Some(_) if self.is_settled() => return self.finish(),
                _ => {}
            }
            self.advance()?;
        }
    }

    /// The next thing happens.
    fn advance(&mut self) -> Check {
        let timer = self.channel.as_ref().and_then(Channel::poll_timeout).map(|(at, _)| at);
        let next = self.clock.next_at();
        let Some(first) = [timer, next].into_iter().flatten().min() else {
            return broken("healing", format!("nothing is ahead: {}", self.owing()));
        };
        // A timer may fire late: something else comes first.
        let late = next.is_some_and(|next| next.since(first) < 50) && self.dice.chance(50);
        if timer.is_some_and(|timer| timer == first && !(late && next.is_some())) {
            self.clock.jump(first);
            self.hand(Event::TimerFired, |_| None)?;
            return Ok(());
        }
        match self.clock.pop() {
            Some(step) => self.take(step),
            None => Ok(()),
        }
    }

    /// Hands an event in and does what comes of it. `then` is done when it was taken, before
    /// anything comes of it; it says which update was in it and what that must come to. Tells
    /// whether the event was taken.
    fn hand(
        &mut self,
        event: Event<'_>,
        then: impl FnOnce(&mut Self) -> Option<(usize, Fate)>,
    ) -> Result<bool, Violation> {
        let now = self.clock.now();
        if let Some(log) = self.log.as_mut().filter(|_| self.channel.is_some()) {
            let event = serde_json::to_string(&event).expect("an event has a JSON form");
            let _ = writeln!(log, "{{\"now\":{},\"event\":{event}}}", now.as_ms());
        }
        let Some(channel) = &mut self.channel else { return Ok(false) };
        self.tally.events += 1;
        let fired = event == Event::TimerFired;
        let revives = matches!(event, Event::Operate { .. });
        if let Err(refused) = channel.handle(now, event) {
            return self.refused(&refused);
        }
        let expected = then(self);
        self.drain(fired, revives, expected)?;
        Ok(true)
    }

    fn refused(&mut self, refused: &Refused) -> Result<bool, Violation> {
        if let Some(log) = &mut self.log {
            let _ = writeln!(log, "{{\"refused\":\"{refused}\"}}");
        }
        self.tally.fault("refused");
        match refused {
            Refused::BadConfig { reason } => broken("refused", reason.as_str()),
            Refused::TooLarge => broken("refused", "too large"),
            _ => Ok(false),
        }
    }

    /// Takes all actions, has them looked at, and does them one by one, unless the program dies.
    fn drain(&mut self, fired: bool, revives: bool, expected: Option<(usize, Fate)>) -> Check {
        let Some(channel) = &mut self.channel else { return Ok(()) };
        let mut batch: Vec<Action> = std::iter::from_fn(|| channel.poll_action()).collect();
        if let Some(tamper) = &mut self.tamper {
            tamper(&mut batch);
        }
        self.note(&batch);
        self.tally.actions += batch.len() as u64;
        let expected = expected.map(|(written, fate)| (&self.people.written[written], fate));
        let Some(channel) = &self.channel else { return Ok(()) };
        let scene =
            Scene { now: self.clock.now(), config: &self.config, model: &self.model, channel };
        self.oracle.step(scene, &batch, expected, revives)?;
        if fired {
            self.oracle.timers.fired(scene, &batch)?;
        }
        let dies = self.dice.chance(self.rates.crash).then(|| self.dice.index(batch.len() + 1));
        for (place, action) in batch.into_iter().enumerate() {
            if dies == Some(place) {
                break;
            }
            let Some(channel) = &self.channel else { return Ok(()) };
            let scene =
                Scene { now: self.clock.now(), config: &self.config, model: &self.model, channel };
            self.oracle.action(scene, &action)?;
            self.perform(action)?;
        }
        if dies.is_some() {
            self.tally.crashes += 1;
            self.die();
        } else if self.stopped {
            self.stop()?;
        }
        Ok(())
    }

    /// Logs actions, and lets the model know the codes that were drawn.
    fn note(&mut self, batch: &[Action]) {
        for action in batch {
            if let Some(log) = &mut self.log {
                let action = serde_json::to_string(action).expect("an action has a JSON form");
                let _ = writeln!(log, "{action}");
            }
            let Action::Commit { records, .. } = action else { continue };
            for record in records {
                if let Record::CodeIssued { sender, code, at, .. } = record
                    && let Some(asked) = self.model.asked.get_mut(sender)
                    && asked.at == *at
                {
                    asked.code = Some(code.clone());
                }
            }
        }
    }
}
