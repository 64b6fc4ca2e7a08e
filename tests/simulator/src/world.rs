//! `World`: all accounts, the people who write to them, and time. It takes one step after the other
//! and says whether a promise was broken.

use std::sync::Arc;

use zaloxide_core::Time;

use crate::account::{Account, Tamper};
use crate::news::News;
use crate::oracle::Check;
use crate::people::People;
use crate::report::Tally;
use crate::setup::Setup;
use crate::step::{By, Deed, Step};

/// All accounts, people, and time.
pub struct World {
    /// The bots.
    pub accounts: Vec<Account>,
    people: Arc<People>,
    /// Its own clock: milliseconds since it began.
    now: u64,
    /// What the wall clock shows.
    wall: Time,
    papers: Option<Written>,
}

/// All that was written down.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// Every start, event and action.
    pub log: String,
    /// Every start and event, in the form that `zaloxide replay` reads.
    pub record: String,
}

impl World {
    /// A world before its first step.
    pub fn new(setup: &Setup) -> Self {
        let people = Arc::new(setup.people.clone());
        let accounts = (0..).zip(&setup.accounts);
        let accounts = accounts.map(|(n, seat)| Account::new(setup, seat, n, &people)).collect();
        Self { accounts, people, now: 0, wall: setup.start, papers: None }
    }

    /// Writes down every event and action.
    #[must_use]
    pub fn logged(mut self) -> Self {
        self.papers = Some(Written::default());
        for account in &mut self.accounts {
            account.papers = Some(crate::account::Papers::default());
        }
        self
    }

    /// Plants a fault in the first account.
    #[must_use]
    pub fn tampered(mut self, tamper: Tamper) -> Self {
        if let Some(account) = self.accounts.first_mut() {
            account.plant(tamper);
        }
        self
    }

    /// Everybody.
    pub fn people(&self) -> &People {
        &self.people
    }

    /// Milliseconds since it began.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// The account of a number: they are counted around.
    pub fn account(&self, n: u8) -> &Account {
        &self.accounts[usize::from(n) % self.accounts.len()]
    }

    /// When the next timer is due, or the next program begins.
    pub fn due(&self) -> Option<u64> {
        self.next_due().map(|(due, _)| due)
    }

    fn next_due(&self) -> Option<(u64, usize)> {
        let due = |(n, account): (usize, &Account)| account.due().map(|due| (due, n));
        self.accounts.iter().enumerate().filter_map(due).min()
    }

    /// Takes one step.
    pub fn take(&mut self, step: &Step) -> Check {
        match step {
            Step::Wait { ms, late } => self.wait(*ms, *late),
            Step::Wall(by_ms) => {
                let size = by_ms.unsigned_abs();
                let wall = self.wall;
                self.wall = if *by_ms < 0 { wall.minus(size) } else { wall.plus(size) };
                self.accounts.iter_mut().for_each(|account| account.tick(self.now, self.wall));
                Ok(())
            }
            Step::At(n, deed) => {
                let place = usize::from(*n) % self.accounts.len();
                let code = self.code_of_another(deed);
                self.accounts[place].tick(self.now, self.wall);
                let taken = self.accounts[place].take(deed, code.as_deref());
                self.collect(place);
                taken
            }
        }
    }

    /// What another account shows the owner for the same person.
    fn code_of_another(&self, deed: &Deed) -> Option<String> {
        let Deed::Decide { person, by: By::CodeOf(other), .. } = deed else { return None };
        let sender = &self.people.person(*person).id;
        self.account(*other).shown(sender).map(String::from)
    }

    /// Time passes. Timers fire when they are due, or late.
    fn wait(&mut self, ms: u64, late: bool) -> Check {
        let until = self.now.saturating_add(ms);
        if late {
            self.pass(until);
        }
        while let Some((due, place)) = self.next_due().filter(|(due, _)| *due <= until) {
            self.pass(due.max(self.now));
            self.accounts[place].tick(self.now, self.wall);
            let fired = self.accounts[place].fire();
            self.collect(place);
            fired?;
        }
        self.pass(until);
        Ok(())
    }

    fn pass(&mut self, until: u64) {
        self.wall = self.wall.plus(until - self.now);
        self.now = until;
    }

    /// Puts what an account has written down in its place.
    fn collect(&mut self, place: usize) {
        let Some(written) = &mut self.papers else { return };
        let Some(papers) = &mut self.accounts[place].papers else { return };
        written.log.push_str(&papers.log);
        written.record.push_str(&papers.record);
        papers.log.clear();
        papers.record.clear();
    }

    /// What has happened that will have an end, by account.
    pub fn news(&mut self) -> Vec<(u8, News)> {
        let mut all = Vec::new();
        for (n, account) in (0..).zip(&mut self.accounts) {
            all.extend(account.news.drain(..).map(|news| (n, news)));
        }
        all
    }

    /// What happened in all accounts.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for account in &self.accounts {
            tally.add(&account.tally);
        }
        tally
    }

    /// Events so far.
    pub fn events(&self) -> u64 {
        self.accounts.iter().map(|account| account.tally.events).sum()
    }

    /// All that was written down so far.
    pub fn written(self) -> Written {
        self.papers.unwrap_or_default()
    }
}
