//! Errands: what operators and other programs ask of the bot.

use zaloxide_core::{AccountConfig, Cause, Delivery, Event, Import, Op, Question, SendId, TurnId};

use super::Account;
use crate::agent;
use crate::dice::Dice;
use crate::oracle::{Check, Expected};
use crate::settings;
use crate::step::Errand;

impl Account {
    /// The store can't be written, and new work is answered at once.
    pub(super) fn is_closed(&self) -> bool {
        self.channel.as_ref().is_some_and(|channel| channel.view().status().intake_closed)
    }

    /// An operator asks for something.
    pub(super) fn operate(&mut self, errand: Errand) -> Check {
        let question = match errand {
            Errand::Retry(n) => return self.ask(Op::Retry { turn: self.some_turn(n) }),
            Errand::Drop(n) => return self.ask(Op::Drop { turn: self.some_turn(n) }),
            Errand::ResumeSends => return self.ask(Op::ResumeSends),
            Errand::Forget(n) => {
                let sender = self.people.person(n).id.clone();
                return self.ask(Op::Forget { sender });
            }
            Errand::Import(n) => return self.import(n),
            Errand::Pause(n) => {
                let Some(chat) = self.people.taken_over(n) else { return Ok(()) };
                return self.ask(Op::Pause { chat });
            }
            Errand::Resume(n) => return self.ask(Op::Resume { chat: self.people.chat(n) }),
            Errand::Mend => return self.mend(),
            Errand::AskMe => Question::GetMe,
            Errand::AskWebhook => Question::GetWebhookInfo,
            Errand::SetWebhook => {
                Question::SetWebhook { url: settings::webhook(&self.config.account) }
            }
            Errand::DeleteWebhook => Question::DeleteWebhook,
            Errand::TestWebhook => Question::TestWebhook,
        };
        self.ask(Op::Ask { question })
    }

    /// Another program had let somebody in; what was decided here counts more.
    fn import(&mut self, person: u8) -> Check {
        let sender = self.people.person(person).id.clone();
        let approved = vec![format!(" zalo:{sender} ")];
        let import = Import { approved, ..Import::default() };
        let ticket = self.oracle.tickets.issue();
        let closed = self.is_closed();
        self.hand(Event::Operate { op: Op::Import(import), ticket }, |account| {
            let comes_in = !closed && account.model.import(&sender, account.watch.now);
            let expected = Expected::Import(comes_in.then_some(sender));
            account.oracle.tickets.wait(ticket, expected);
            Vec::new()
        })?;
        Ok(())
    }

    /// Ends what a person or Zalo had paused.
    fn mend(&mut self) -> Check {
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

    /// Has an operation done.
    fn ask(&mut self, op: Op) -> Check {
        let ticket = self.oracle.tickets.issue();
        let closed = self.is_closed();
        self.hand(Event::Operate { op: op.clone(), ticket }, |account| {
            account.oracle.tickets.wait(ticket, Expected::Any);
            if !closed {
                account.operated(op);
            }
            Vec::new()
        })?;
        Ok(())
    }

    fn operated(&mut self, op: Op) {
        match op {
            Op::Retry { turn } => {
                self.oracle.turns.excuse(turn);
                self.oracle.chunks.hurry(Cause::Turn { id: turn });
                self.oracle.chunks.hurry(Cause::Send { id: SendId(turn.0) });
            }
            Op::Forget { sender } => self.model.forget(&sender),
            Op::Pause { chat } => {
                self.model.paused.insert(chat);
            }
            Op::Resume { chat } => {
                self.model.paused.remove(&chat);
            }
            // The quota is used up no longer: why else would somebody resume.
            Op::ResumeSends => self.zalo.quota = false,
            _ => {}
        }
    }

    /// Somebody has a message sent.
    pub(super) fn send(&mut self, chat: u8, salt: u16) -> Check {
        let ticket = self.oracle.tickets.issue();
        let chat = self.people.chat(chat);
        let content = agent::reply(salt, TurnId(u128::from(ticket.0) << 96), 0);
        let kept = (!self.is_closed()).then(|| (chat.clone(), content.clone()));
        self.hand(Event::Send { chat, content, ticket }, |account| {
            account.oracle.tickets.wait(ticket, Expected::Any);
            if let Some((chat, content)) = kept {
                account.oracle.chunks.asked(chat, content);
            }
            Vec::new()
        })?;
        Ok(())
    }

    /// The configuration changes.
    pub(super) fn change(&mut self, salt: u16) -> Check {
        let mut config = self.config.clone();
        settings::change(&mut Dice::new(salt.into()), &self.people, &mut config);
        self.configure(config)
    }

    /// Another configuration is in force, now or from the next start.
    pub(super) fn configure(&mut self, config: AccountConfig) -> Check {
        self.oracle.chunks.at_most_once &= config.delivery == Delivery::AtMostOnce;
        self.tally.changes += 1;
        let new = config.clone();
        let event = Event::Reconfigured { config: Box::new(config) };
        if self.channel.is_none() {
            self.config = new;
            return Ok(());
        }
        self.hand(event, |account| {
            account.config = new;
            account.oracle.reconfigured();
            Vec::new()
        })?;
        Ok(())
    }

    /// An open turn, a dead letter, a send, or one nobody knows.
    fn some_turn(&self, n: u8) -> TurnId {
        let unknown = TurnId(n.into());
        let Some(channel) = &self.channel else { return unknown };
        let view = channel.view();
        let dead = view.dead_letters().filter_map(zaloxide_core::DeadLetter::id);
        let sends = view.parcels().filter_map(|parcel| match parcel.cause {
            Cause::Send { id } => Some(TurnId(id.0)),
            _ => None,
        });
        let known: Vec<TurnId> =
            view.turns().map(|turn| turn.id).chain(dead).chain(sends).chain([unknown]).collect();
        known[usize::from(n) % known.len()]
    }
}
