//! Healing: from here on nothing goes wrong, and all that is owed must be settled.

use super::Account;
use crate::news::News;
use crate::oracle::{Check, broken};
use crate::people::What;
use crate::settings;
use crate::zalo::FOREIGN;

impl Account {
    /// Nothing goes wrong any more, and the witness writes.
    pub fn heal(&mut self) -> Check {
        self.doom = None;
        self.zalo.token_refused = false;
        self.zalo.quota = false;
        self.zalo.haunted = None;
        (self.zalo.keeps, self.zalo.repeats) = (true, true);
        if self.zalo.webhook.as_deref() == Some(FOREIGN) {
            self.zalo.webhook = None;
        }
        let mut config = self.config.clone();
        settings::heal(self.life, &self.people, &mut config);
        self.configure(config)?;
        let witness = self.people.witness().clone();
        self.written_by(&witness, false, What::Text, 1);
        Ok(())
    }

    /// Tells of all that is under way, to somebody who has not heard of it.
    pub fn tell_all(&mut self) {
        self.news.clear();
        for (line, open) in &self.zalo.open {
            for open in open {
                let (line, call, method) = (*line, open.call, open.method);
                self.news.push(News::Called { line, call, method });
                if open.cancelled {
                    self.news.push(News::Cancelled { line, call });
                }
            }
        }
        let many = |news, times| std::iter::repeat_n(news, times);
        self.news.extend(many(News::Committing, self.disk.under_way()));
        self.news.extend(many(News::Fetching, self.downloads.len()));
        self.news.extend(many(News::Preparing, self.preparations.len()));
        for (chat, (turn, attempt)) in &self.agent.turns {
            if self.oracle.turns.running(*turn) == Some(*attempt) {
                let chat = self.people.number_of(chat);
                self.news.push(News::Delivered { chat, time_ms: 1_000 });
            }
        }
        self.tell_of_inbox();
    }

    /// Nothing is owed to anybody.
    pub fn is_settled(&self) -> bool {
        let Some(channel) = &self.channel else { return self.starts_at.is_none() };
        self.zalo.inbox.is_empty()
            && self.zalo.hooks.is_empty()
            && channel.view().turns().next().is_none()
            && channel.view().parcels().next().is_none()
            && self.oracle.tickets.is_idle()
            && self.oracle.chunks.is_idle()
            && self.disk.is_idle()
    }

    /// What is owed, for people.
    pub fn owing(&self) -> String {
        let name = &self.config.account;
        let Some(channel) = &self.channel else { return format!("{name} does not run") };
        let status = channel.view().status();
        let (inbox, hooks) = (self.zalo.inbox.len(), self.zalo.hooks.len());
        let tickets = self.oracle.tickets.waiting();
        format!("{name}: {inbox} wait at Zalo, {hooks} for a status, {tickets}, {status:?}")
    }

    /// All is settled: the books are compared.
    pub fn close_books(&mut self) -> Check {
        self.oracle.turns.owed(&self.oracle.book)?;
        if self.oracle.turns.deliveries() == 0 {
            return broken("healing", "nothing was ever delivered");
        }
        self.compare()?;
        self.catch_up();
        self.model.dropped.clear();
        let stored = &self.stored.0;
        if self.model != *stored {
            let model = &self.model;
            return broken("model", format!("the journal says {stored:?}, the model {model:?}"));
        }
        self.tally.dead = self.oracle.book.dead;
        Ok(())
    }

    /// From now on it stays down once it has stopped.
    pub fn retire(&mut self) {
        self.starts_at = None;
    }
}
