//! `Account`: one bot. Its channel, and what is around that channel alone: its side of Zalo, its
//! disk, its agent, the model of it and the oracles that watch it.

mod acts;
mod calls;
mod errands;
mod healing;
mod life;
mod papers;
mod people;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use zaloxide_core::{
    AccountConfig, Action, CallId, Cause, Channel, ChatId, Delivery, Event, Record, Refused,
    SenderId, Time, TurnId,
};

use crate::dice::Dice;
use crate::disk::Disk;
use crate::model::{Fate, Model};
use crate::news::News;
use crate::oracle::{Check, Oracle, Scene, Violation, broken, timers};
use crate::people::People;
use crate::report::Tally;
use crate::setup::{Seat, Setup};
use crate::step::{Deed, Luck};
use crate::update::Update;
use crate::zalo::{FOREIGN, Zalo};
pub use papers::Papers;

/// Changes the actions of an event before anybody sees them: a fault planted in the core.
pub type Tamper = Box<dyn FnMut(&mut Vec<Action>)>;

/// One bot, and what is around it alone.
pub struct Account {
    config: AccountConfig,
    people: Arc<People>,
    /// All that was written to it, in order.
    pub updates: Vec<Update>,
    /// There is none while the program does not run.
    channel: Option<Channel>,
    /// Counts the runs of the program.
    pub life: u32,
    /// Draws the channels' seeds.
    seeds: Dice,
    watch: Watch,
    /// Its side of Zalo.
    pub zalo: Zalo,
    disk: Disk,
    agent: Agent,
    /// Who is who, now.
    model: Model,
    /// Who is who by the first so many records of the journal.
    stored: (Model, usize),
    oracle: Oracle,
    /// What happened.
    pub tally: Tally,
    /// What the agent was given: where, and which words.
    pub delivered: Vec<(ChatId, String)>,
    /// What is written down, if anything is.
    pub papers: Option<Papers>,
    /// What whoever draws the steps may want to know.
    pub news: Vec<News>,
    tamper: Option<Tamper>,
    /// The code that was last shown for somebody.
    shown: BTreeMap<SenderId, String>,
    /// Calls of runs that have ended.
    strays: VecDeque<CallId>,
    downloads: VecDeque<(TurnId, u32)>,
    preparations: VecDeque<(Cause, u32, String)>,
    doom: Option<Doom>,
    /// The channel said that it has stopped; for how long nothing runs then.
    stopped: bool,
    down_ms: u64,
    /// Nothing runs until this time of the world's own clock; `None`: never again.
    starts_at: Option<u64>,
}

/// The program's clock: within a run never behind what has passed since the last event, nor behind
/// the wall; between runs the wall.
#[derive(Clone, Copy, Debug)]
struct Watch {
    now: Time,
    /// The world's own clock, when that was.
    at: u64,
}

/// What the agent knows: it is a program of its own, and no crash of ours ends it.
#[derive(Debug, Default)]
struct Agent {
    /// The last turn of each chat, and its attempt.
    turns: BTreeMap<ChatId, (TurnId, u32)>,
}

/// The program will die.
#[derive(Clone, Copy, Debug)]
struct Doom {
    /// After so many actions.
    actions: u16,
    keeps: u16,
    down_ms: u64,
}

impl Account {
    /// An account before its first start.
    pub fn new(setup: &Setup, seat: &Seat, n: u64, people: &Arc<People>) -> Self {
        let mut oracle = Oracle::default();
        oracle.chunks.at_most_once = seat.config.delivery == Delivery::AtMostOnce;
        Self {
            config: seat.config.clone(),
            people: people.clone(),
            updates: Vec::new(),
            channel: None,
            life: 0,
            seeds: Dice::new(setup.seed ^ (n << 32)),
            watch: Watch { now: setup.start, at: 0 },
            zalo: Zalo::new(&seat.config.bot_id, seat.keeps, seat.repeats, seat.foreign),
            disk: Disk::default(),
            agent: Agent::default(),
            model: Model::default(),
            stored: (Model::default(), 0),
            oracle,
            tally: Tally::default(),
            delivered: Vec::new(),
            papers: None,
            news: Vec::new(),
            tamper: None,
            shown: BTreeMap::new(),
            strays: VecDeque::new(),
            downloads: VecDeque::new(),
            preparations: VecDeque::new(),
            doom: None,
            stopped: false,
            down_ms: 0,
            starts_at: Some(0),
        }
    }

    /// Plants a fault.
    pub fn plant(&mut self, tamper: Tamper) {
        self.tamper = Some(tamper);
    }

    /// The configuration in force.
    pub fn config(&self) -> &AccountConfig {
        &self.config
    }

    /// Who is who, now.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The channel, while the program runs.
    pub fn channel(&self) -> Option<&Channel> {
        self.channel.as_ref()
    }

    /// The code that was last shown for somebody.
    pub fn shown(&self, sender: &SenderId) -> Option<&str> {
        self.shown.get(sender).map(String::as_str)
    }

    /// Time has passed, or the wall clock has stepped.
    pub fn tick(&mut self, at: u64, wall: Time) {
        let run = self.watch.now.plus(at - self.watch.at);
        let now = if self.channel.is_some() { run.max(wall) } else { wall };
        self.watch = Watch { now, at };
    }

    /// When a timer is due, or the program begins, by the world's own clock.
    pub fn due(&self) -> Option<u64> {
        let Some(channel) = &self.channel else { return self.starts_at };
        let (at, _) = channel.poll_timeout()?;
        Some(self.watch.at.saturating_add(at.since(self.watch.now)))
    }

    /// What was due happens.
    pub fn fire(&mut self) -> Check {
        if self.channel.is_none() {
            return self.start();
        }
        self.hand(Event::TimerFired, |_| Vec::new())?;
        Ok(())
    }

    /// Something happens. `code`: what the owner reads elsewhere, for decisions by code.
    pub fn take(&mut self, deed: &Deed, code: Option<&str>) -> Check {
        match *deed {
            Deed::Write { person, group, what, salt } => self.write(person, group, what, salt),
            Deed::Again(back) => self.again(back),
            Deed::Haunt(back) => self.zalo.haunted = self.some_update(back),
            Deed::Exorcise => self.zalo.haunted = None,
            Deed::Push(form) => return self.push(form),
            Deed::Arrives(line) => return self.arrives(line),
            Deed::Ends(line, ending) => return self.ends(line, ending),
            Deed::Stray(ending) => return self.stray(ending),
            Deed::Disk(written) => return self.disk_answers(written),
            Deed::Fetched(luck) => return self.fetched(luck),
            Deed::Prepared(luck) => return self.prepared(luck),
            Deed::Agent { chat, about, says } => return self.agent_says(chat, about, says),
            Deed::Decide { person, by, ruling } => return self.decide(person, by, ruling, code),
            Deed::Errand(errand) => return self.operate(errand),
            Deed::Send { chat, salt } => return self.send(chat, salt),
            Deed::Change(salt) => return self.change(salt),
            Deed::Token(luck) => self.zalo.token_refused = luck == Luck::Ill,
            Deed::Foreign(set) => self.foreign(set),
            Deed::Compact => self.compact(),
            Deed::Compare => return self.compare(),
            Deed::Dies { actions, keeps, down_ms } => {
                let doom = Doom { actions, keeps, down_ms: down_ms.into() };
                self.doom = self.doom.or(Some(doom));
            }
            Deed::Stop { down_ms } => {
                self.down_ms = down_ms.into();
                self.hand(Event::Stop, |_| Vec::new())?;
            }
        }
        Ok(())
    }

    fn foreign(&mut self, set: bool) {
        let there = self.zalo.webhook.as_deref() == Some(FOREIGN);
        if set {
            self.zalo.webhook = Some(String::from(FOREIGN));
        } else if there {
            self.zalo.webhook = None;
            self.tell_of_inbox();
        }
    }

    /// Hands an event in and does what comes of it. `then` is done when it was taken, before
    /// anything comes of it; it says which updates were in it and what they must come to. Tells
    /// whether the event was taken.
    fn hand(
        &mut self,
        event: Event<'_>,
        then: impl FnOnce(&mut Self) -> Vec<(usize, Fate)>,
    ) -> Result<bool, Violation> {
        let now = self.watch.now;
        let Some(channel) = &mut self.channel else { return Ok(false) };
        if let Some(papers) = &mut self.papers {
            papers.event(&self.config.account, now, &event);
        }
        self.tally.events += 1;
        let fired = event == Event::TimerFired;
        let revives = matches!(event, Event::Operate { .. });
        let due = channel.poll_timeout().map(|(at, _)| at);
        if let Err(refused) = channel.handle(now, event) {
            return self.refused(&refused);
        }
        if !fired {
            timers::happened(now, due, channel)?;
        }
        let expected = then(self);
        self.drain(fired, revives, &expected)?;
        Ok(true)
    }

    fn refused(&mut self, refused: &Refused) -> Result<bool, Violation> {
        if let Some(papers) = &mut self.papers {
            papers.remark(&self.config.account, &format!("refused: {refused}"));
        }
        self.tally.fault("refused");
        match refused {
            Refused::BadConfig { reason } => broken("refused", reason.as_str()),
            Refused::TooLarge => broken("refused", "too large"),
            _ => Ok(false),
        }
    }

    /// Takes all actions, has them looked at, and does them one by one, unless the program dies.
    fn drain(&mut self, fired: bool, revives: bool, expected: &[(usize, Fate)]) -> Check {
        let Some(channel) = &mut self.channel else { return Ok(()) };
        let mut batch: Vec<Action> = std::iter::from_fn(|| channel.poll_action()).collect();
        if let Some(tamper) = &mut self.tamper {
            tamper(&mut batch);
        }
        self.note(&batch);
        self.tally.actions += batch.len() as u64;
        let expected: Vec<(&Update, Fate)> =
            expected.iter().map(|(update, fate)| (&self.updates[*update], *fate)).collect();
        let Some(channel) = &self.channel else { return Ok(()) };
        let scene =
            Scene { now: self.watch.now, config: &self.config, model: &self.model, channel };
        self.oracle.step(scene, &batch, &expected, revives)?;
        if fired {
            self.oracle.timers.fired(scene, &batch)?;
        }
        for action in batch {
            match &mut self.doom {
                Some(doom) if doom.actions == 0 => {
                    self.die();
                    return Ok(());
                }
                Some(doom) => doom.actions -= 1,
                None => {}
            }
            let Some(channel) = &self.channel else { return Ok(()) };
            let scene =
                Scene { now: self.watch.now, config: &self.config, model: &self.model, channel };
            self.oracle.action(scene, &action)?;
            self.perform(action)?;
        }
        if self.stopped { self.stop() } else { Ok(()) }
    }

    /// Writes actions down, and lets the model know the codes that were drawn.
    fn note(&mut self, batch: &[Action]) {
        for action in batch {
            if let Some(papers) = &mut self.papers {
                papers.action(&self.config.account, action);
            }
            let Action::Commit { records, .. } = action else { continue };
            for record in records {
                if let Record::CodeIssued { sender, code, at, .. } = record {
                    self.model.drawn(sender, code, *at);
                }
            }
        }
    }
}
