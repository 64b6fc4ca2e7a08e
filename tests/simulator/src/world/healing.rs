//! Healing: from here on nothing goes wrong, and all that is owed must be settled.

use zaloxide_core::{Event, MINUTE_MS, Op};

use super::World;
use crate::oracle::{Check, broken};
use crate::rates::Rates;
use crate::settings;
use crate::step::Step;
use crate::zalo::FOREIGN;

impl World {
    /// Nothing goes wrong any more.
    pub(super) fn heal(&mut self) -> Check {
        self.healing_since = Some(self.tally.events);
        self.rates = Rates::default();
        (self.zalo.spell, self.zalo.quota) = (false, false);
        if self.zalo.webhook.as_deref() == Some(FOREIGN) {
            self.zalo.webhook = None;
        }
        let mut config = self.config.clone();
        settings::heal(&mut self.dice, &self.people, &mut config);
        self.configure(config)?;
        let witness = self.people.testify(&mut self.dice);
        self.zalo.inbox.push_back(witness);
        self.tally.written += 1;
        self.hand_on();
        self.clock.after(0, Step::Mend);
        Ok(())
    }

    /// Ends what a person or Zalo had paused; again in a minute, for the store may not work yet.
    pub(super) fn mend(&mut self) -> Check {
        self.clock.after(MINUTE_MS, Step::Mend);
        let Some(channel) = &self.channel else { return Ok(()) };
        if channel.view().status().quota_paused_until.is_some() {
            self.ask(Op::ResumeSends)?;
        }
        let paused: Vec<_> = self.model.paused.iter().cloned().collect();
        for chat in paused {
            self.ask(Op::Resume { chat })?;
        }
        Ok(())
    }

    /// Nothing is owed to anybody.
    pub(super) fn is_settled(&self) -> bool {
        let Some(channel) = &self.channel else { return false };
        self.zalo.inbox.is_empty()
            && self.zalo.hooks.is_empty()
            && self.hooks_ahead == 0
            && channel.view().turns().next().is_none()
            && channel.view().parcels().next().is_none()
            && self.oracle.tickets.is_idle()
            && self.oracle.chunks.is_idle()
            && self.disk.is_idle()
    }

    /// What is owed, for people.
    pub(super) fn owing(&self) -> String {
        let Some(channel) = &self.channel else { return String::from("the program does not run") };
        let status = channel.view().status();
        let (inbox, hooks) = (self.zalo.inbox.len(), self.zalo.hooks.len());
        let tickets = self.oracle.tickets.waiting();
        format!("{inbox} wait at Zalo, {hooks} for a status, {tickets}, {status:?}")
    }

    /// All is settled: the books are compared, and the program is stopped.
    pub(super) fn finish(&mut self) -> Check {
        self.oracle.turns.owed(&self.oracle.book)?;
        if self.oracle.turns.deliveries() == 0 {
            return broken("healing", "nothing was ever delivered");
        }
        self.compare()?;
        let (stored, upto) = &mut self.stored;
        for record in self.disk.records.iter().skip(*upto) {
            stored.replay(record);
        }
        *upto = self.disk.records.len();
        self.model.dropped.clear();
        if self.model != *stored {
            let model = &self.model;
            return broken("model", format!("the journal says {stored:?}, the model {model:?}"));
        }
        let stops = self.tally.stops;
        self.hand(Event::Stop, |_| None)?;
        for _ in 0..1_000 {
            if self.tally.stops > stops {
                return Ok(());
            }
            self.advance()?;
        }
        broken("stop", "asked to stop, and never did")
    }
}
