//! What people do: they write, the agent answers, the owner decides.

use zaloxide_core::{Body, Event, FaultKind, SenderId, Subject, TurnId, Verdict};

use super::Account;
use crate::agent;
use crate::model::{Fate, is_known};
use crate::oracle::{Check, Expected};
use crate::people::What;
use crate::settings;
use crate::step::{About, By, Ruling, Says};
use crate::update::Update;

impl Account {
    /// A person writes to the bot.
    pub(super) fn write(&mut self, person: u8, group: bool, what: What, salt: u16) {
        let person = self.people.person(person).clone();
        self.written_by(&person, group, what, salt);
    }

    pub(super) fn written_by(
        &mut self,
        person: &crate::people::Person,
        group: bool,
        what: What,
        salt: u16,
    ) {
        let n = self.updates.len();
        let update = Update::new(&self.config.bot_id, n, person, group, what, salt);
        self.updates.push(update);
        self.tally.written += 1;
        if !self.zalo.keeps && self.zalo.webhook.is_none() && !self.zalo.listens() {
            self.tally.fault("written while nobody polls");
            return;
        }
        self.zalo.inbox.push_back(n);
        self.tell_of_inbox();
    }

    /// So many messages before the last.
    pub(super) fn some_update(&self, back: u8) -> Option<usize> {
        self.updates.len().checked_sub(1 + usize::from(back))
    }

    /// Zalo hands an old message out once more.
    pub(super) fn again(&mut self, back: u8) {
        let Some(update) = self.some_update(back) else { return };
        self.tally.fault("duplicate");
        self.zalo.inbox.push_back(update);
        self.tell_of_inbox();
    }

    /// Zalo pushes what waits longest to the webhook.
    pub(super) fn push(&mut self, form: u8) -> Check {
        let hooked = self.zalo.webhook.as_ref().is_some_and(|url| settings::is_own(url));
        if !hooked {
            return Ok(());
        }
        if form % 32 == 31 {
            // An empty body was seen once.
            let ticket = self.oracle.tickets.issue();
            let body: Body<'static> = String::new().into();
            self.hand(Event::UpdateReceived { ticket, body }, |account| {
                account.oracle.tickets.wait(ticket, Expected::Nothing);
                Vec::new()
            })?;
        }
        let Some(update) = self.zalo.inbox.pop_front() else { return Ok(()) };
        if self.channel.is_none() {
            self.unanswered(update);
            return Ok(());
        }
        let json = &self.updates[update].json;
        let body = match form % 8 {
            0 => format!(r#"{{"ok":true,"result":{json}}}"#),
            _ => json.clone(),
        };
        let ticket = self.oracle.tickets.issue();
        self.zalo.hooks.insert(ticket, update);
        let body: Body<'static> = body.into();
        let taken = self.hand(Event::UpdateReceived { ticket, body }, |account| {
            let expected = account.expect(&[update]);
            let new = &account.updates[update];
            // Only what became a record has to be durable before it is acknowledged.
            let id = new
                .message_id
                .as_ref()
                .map(|id| (new.chat.clone(), new.sender.clone(), id.clone()));
            let now = account.watch.now;
            let key = id.filter(|key| is_known(&account.model.seen, key, now));
            account.oracle.tickets.wait(ticket, Expected::Update(key));
            expected
        })?;
        if !taken && self.zalo.hooks.remove(&ticket).is_some() {
            self.unanswered(update);
        }
        Ok(())
    }

    /// What the model says of updates that come in one event.
    pub(super) fn expect(&mut self, updates: &[usize]) -> Vec<(usize, Fate)> {
        let mut expected: Vec<(usize, Fate)> = Vec::new();
        for update in updates {
            let new = &self.updates[*update];
            let ahead = expected
                .iter()
                .filter(|(other, fate)| fate.is_ok() && self.updates[*other].chat == new.chat);
            let lane = self.oracle.turns.lane_len(&new.chat) + ahead.count();
            let fate = self.model.take(&self.config, new, self.watch.now, lane);
            expected.push((*update, fate));
        }
        expected
    }

    /// The agent says something.
    pub(super) fn agent_says(&mut self, chat: u8, about: About, says: Says) -> Check {
        let chat = self.people.chat(chat);
        let Some((turn, attempt)) = self.agent.turns.get(&chat).copied() else { return Ok(()) };
        let (turn, attempt) = match about {
            About::This => (turn, attempt),
            About::Last => (turn, attempt.saturating_sub(1)),
            About::Next => (turn, attempt + 1),
            About::Nothing => (TurnId(turn.0 ^ 1), attempt),
        };
        let awaited = self.oracle.turns.running(turn) == Some(attempt);
        let (event, kept) = match says {
            Says::Reply(salt) => {
                let reply = agent::reply(salt, turn, attempt);
                let kept = awaited.then(|| reply.clone());
                (Event::Replied { turn, attempt, reply }, kept)
            }
            Says::Failure => {
                let reason = String::from("the agent has no idea");
                (Event::TurnFailed { turn, attempt, reason }, None)
            }
        };
        if !awaited {
            self.tally.fault("answer nobody awaits");
        }
        self.hand(event, |account| {
            if awaited {
                account.oracle.turns.attempt_ended(turn, kept.is_some());
            }
            if let Some(reply) = kept {
                account.oracle.chunks.replied(turn, reply);
            }
            Vec::new()
        })?;
        Ok(())
    }

    /// The owner decides about a person.
    pub(super) fn decide(
        &mut self,
        person: u8,
        by: By,
        ruling: Ruling,
        code: Option<&str>,
    ) -> Check {
        let id = self.people.person(person).id.clone();
        let own = || self.shown.get(&id).map_or_else(|| String::from("ABCDEFGH"), String::clone);
        let subject = match by {
            By::Id => Subject::Sender(id),
            By::Code => Subject::Code(own()),
            By::SloppyCode => Subject::Code(format!("  {} \n", own().to_lowercase())),
            By::CodeOf(_) => Subject::Code(code.map_or_else(own, String::from)),
        };
        let verdict = match ruling {
            Ruling::Approve => Verdict::Approve { notify: false },
            Ruling::ApproveAndTell => Verdict::Approve { notify: true },
            Ruling::Reject => Verdict::Reject { block: false },
            Ruling::Block => Verdict::Reject { block: true },
            Ruling::Revoke => Verdict::Revoke,
        };
        let sender = match &subject {
            Subject::Code(code) => self.model.holder(code, self.watch.now).cloned(),
            Subject::Sender(sender) => Some(sender.clone()),
            _ => None,
        };
        self.approve(subject, sender, verdict)
    }

    /// A decision, with what the model says of it.
    fn approve(&mut self, subject: Subject, sender: Option<SenderId>, verdict: Verdict) -> Check {
        let ticket = self.oracle.tickets.issue();
        let closed = self.is_closed();
        let source = String::from("simulator");
        let now = self.watch.now;
        self.hand(Event::Approval { subject, verdict, source, ticket }, |account| {
            let expected = match sender {
                _ if closed => Expected::Fault(FaultKind::NotDurableYet),
                None => Expected::Fault(FaultKind::UnknownCode),
                Some(sender) if account.model.decide(&sender, verdict, now) => {
                    account.tally.decisions += 1;
                    Expected::Decision(sender)
                }
                Some(_) => Expected::Fault(FaultKind::UnknownSender),
            };
            account.oracle.tickets.wait(ticket, expected);
            Vec::new()
        })?;
        Ok(())
    }
}
