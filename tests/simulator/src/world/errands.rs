//! Errands: what operators and other programs ask of the bot.

use zaloxide_core::{Cause, ChatId, Event, MINUTE_MS, Op, Question, SECOND_MS, SendId, TurnId};

use super::World;
use crate::agent;
use crate::oracle::{Check, Expected};
use crate::settings;
use crate::step::Step;

impl World {
    /// The store can't be written, and new work is answered at once.
    pub(super) fn is_closed(&self) -> bool {
        self.channel.as_ref().is_some_and(|channel| channel.view().status().intake_closed)
    }

    pub(super) fn operate(&mut self) -> Check {
        let after = self.dice.between(SECOND_MS, 3 * MINUTE_MS);
        self.clock.after(after, Step::Operate);
        let op = match self.dice.below(12) {
            0..=2 => Op::Retry { turn: self.some_turn() },
            3 | 4 => Op::Drop { turn: self.some_turn() },
            5 => Op::ResumeSends,
            6 => Op::Forget { sender: self.some_person() },
            7 => Op::Pause { chat: self.some_chat() },
            8 | 9 => Op::Resume { chat: self.some_chat() },
            10 => Op::Ask { question: Question::GetMe },
            _ => Op::Ask { question: Question::GetWebhookInfo },
        };
        self.ask(op)
    }

    /// Has an operation done.
    pub(super) fn ask(&mut self, op: Op) -> Check {
        let ticket = self.oracle.tickets.issue();
        let closed = self.is_closed();
        self.hand(Event::Operate { op: op.clone(), ticket }, |world| {
            world.oracle.tickets.wait(ticket, Expected::Any);
            if !closed {
                world.operated(op);
            }
            None
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

    pub(super) fn send(&mut self) -> Check {
        let after = self.dice.between(SECOND_MS, 3 * MINUTE_MS);
        self.clock.after(after, Step::Send);
        let ticket = self.oracle.tickets.issue();
        let chat = self.some_chat();
        let name = TurnId(u128::from(self.dice.bits()) << 64);
        let content = agent::reply(&mut self.dice, name, 0);
        let kept = (!self.is_closed()).then(|| (chat.clone(), content.clone()));
        self.hand(Event::Send { chat, content, ticket }, |world| {
            world.oracle.tickets.wait(ticket, Expected::Any);
            if let Some((chat, content)) = kept {
                world.oracle.chunks.asked(chat, content);
            }
            None
        })?;
        Ok(())
    }

    pub(super) fn reconfigure(&mut self) -> Check {
        let after = self.dice.between(SECOND_MS, 5 * MINUTE_MS);
        self.clock.after(after, Step::Reconfigure);
        let mut config = self.config.clone();
        settings::change(&mut self.dice, &self.people, &mut config);
        self.configure(config)
    }

    /// Another configuration is in force, now or from the next start.
    pub(super) fn configure(&mut self, config: zaloxide_core::AccountConfig) -> Check {
        let most = config.delivery == zaloxide_core::Delivery::AtMostOnce;
        self.oracle.chunks.at_most_once &= most;
        let new = config.clone();
        let event = Event::Reconfigured { config: Box::new(config) };
        if self.channel.is_none() {
            self.config = new;
            return Ok(());
        }
        self.hand(event, |world| {
            world.config = new;
            world.oracle.reconfigured();
            None
        })?;
        Ok(())
    }

    fn some_person(&mut self) -> zaloxide_core::SenderId {
        let place = self.dice.index(self.people.persons.len());
        self.people.persons[place].id.clone()
    }

    fn some_chat(&mut self) -> ChatId {
        let place = self.dice.index(self.people.persons.len());
        let person = &self.people.persons[place];
        let group = person.group.clone().filter(|_| self.dice.chance(300));
        group.unwrap_or_else(|| ChatId::from(person.id.as_str()))
    }

    /// An open turn, a dead letter, or one nobody knows.
    fn some_turn(&mut self) -> TurnId {
        let unknown = TurnId(self.dice.bits().into());
        let Some(channel) = &self.channel else { return unknown };
        let view = channel.view();
        let dead = view.dead_letters().filter_map(zaloxide_core::DeadLetter::id);
        let sends = view.parcels().filter_map(|parcel| match parcel.cause {
            Cause::Send { id } => Some(TurnId(id.0)),
            _ => None,
        });
        let known: Vec<TurnId> =
            view.turns().map(|turn| turn.id).chain(dead).chain(sends).chain([unknown]).collect();
        self.dice.pick(&known)
    }
}
