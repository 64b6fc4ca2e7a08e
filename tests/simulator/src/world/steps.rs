//! Steps: what each happening is to the channel.

use zaloxide_core::{
    Body, CallId, Cause, Event, Fetched, MINUTE_MS, Outcome, Prepared, Reply, SECOND_MS, Subject,
    TurnId, Verdict,
};

use super::World;
use crate::oracle::{Check, Expected, broken};
use crate::settings::WEBHOOK;
use crate::step::Step;
use crate::zalo::{Done, FOREIGN};

/// Messages after which nobody writes any more.
const WRITTEN_MAX: usize = 400;

impl World {
    /// Takes one step.
    pub(super) fn take(&mut self, step: Step) -> Check {
        if self.is_void(&step) {
            return Ok(());
        }
        match step {
            Step::Write { person } => self.write(person),
            Step::HandOn => self.hand_on(),
            Step::Hook { written } => return self.hook(written),
            Step::Poll { call } => return self.poll_ends(call),
            Step::Call { life, call, done, outcome } => {
                return self.call_ends(life, call, done, outcome);
            }
            Step::Disk { .. } => return self.disk_answers(),
            Step::Agent { life, turn, attempt, answer } => {
                return self.agent_says(life, turn, attempt, answer);
            }
            Step::Fetched { turn, index, .. } => return self.fetched(turn, index),
            Step::Prepared { cause, index, source, .. } => {
                return self.prepared(cause, index, source);
            }
            Step::Decide { code, verdict } => return self.decide(Subject::Code(code), verdict),
            Step::Judge { sender, verdict } => {
                return self.decide(Subject::Sender(sender), verdict);
            }
            Step::Operate => return self.operate(),
            Step::Send => return self.send(),
            Step::Reconfigure => return self.reconfigure(),
            Step::Spell => {
                self.zalo.spell = true;
                let after = self.dice.between(SECOND_MS, 30 * MINUTE_MS);
                self.clock.after(after, Step::SpellEnds);
            }
            Step::SpellEnds => self.zalo.spell = false,
            Step::ForeignEnds => {
                if self.zalo.webhook.as_deref() == Some(FOREIGN) {
                    self.zalo.webhook = None;
                    self.hand_on();
                }
            }
            Step::Stop => {
                self.hand(Event::Stop, |_| None)?;
            }
            Step::Start => return self.start(),
            Step::Heal => return self.heal(),
            Step::Mend => return self.mend(),
        }
        Ok(())
    }

    /// Whether a step comes to nobody: what a dead run had begun ends with it, and nobody writes or
    /// changes anything while the world heals. The ends of calls and the agent's answers are not
    /// void: some come to the next run as strays.
    fn is_void(&self, step: &Step) -> bool {
        match step {
            Step::Disk { life } | Step::Fetched { life, .. } | Step::Prepared { life, .. } => {
                *life != self.life
            }
            Step::Write { .. }
            | Step::Operate
            | Step::Send
            | Step::Reconfigure
            | Step::Spell
            | Step::Stop
            | Step::Heal => self.healing_since.is_some(),
            _ => false,
        }
    }

    fn fetched(&mut self, turn: TurnId, index: u32) -> Check {
        let result = if self.dice.chance(self.rates.media_fails) {
            Fetched::Failed { reason: String::from("404") }
        } else {
            let path = format!("/state/media/{turn}-{index}");
            Fetched::Kept { path, content_type: String::from("image/jpeg"), bytes: 9 }
        };
        self.hand(Event::MediaFetched { turn, index, result }, |_| None)?;
        Ok(())
    }

    fn prepared(&mut self, cause: Cause, index: u32, source: String) -> Check {
        let result = if self.dice.chance(self.rates.media_fails) {
            Prepared::Refused { reason: String::from("not a picture") }
        } else {
            Prepared::Url { url: source }
        };
        self.hand(Event::MediaPrepared { cause, index, result }, |_| None)?;
        Ok(())
    }

    fn write(&mut self, person: usize) {
        let who = &self.people.persons[person];
        let (gap, burst) = (who.gap_ms, who.burst);
        if self.people.written.len() > WRITTEN_MAX {
            return;
        }
        let times = if self.dice.chance(50) { burst } else { 1 };
        for _ in 0..times {
            let written = self.people.write(&mut self.dice, person);
            self.tally.written += 1;
            self.zalo.inbox.push_back(written);
        }
        self.hand_on();
        let after = self.dice.between(gap.0, gap.1);
        self.clock.after(after, Step::Write { person });
    }

    /// Zalo hands on what waits, if the bot can be reached.
    pub(super) fn hand_on(&mut self) {
        if self.zalo.webhook.as_deref() == Some(WEBHOOK) {
            for written in std::mem::take(&mut self.zalo.inbox) {
                let after = self.dice.between(1, 400);
                self.hooks_ahead += 1;
                self.clock.after(after, Step::Hook { written });
            }
        } else if let Some(call) = self.zalo.poll
            && self.zalo.webhook.is_none()
            && !self.zalo.inbox.is_empty()
        {
            let after = self.dice.between(5, 200);
            self.clock.after(after, Step::Poll { call });
        }
    }

    fn hook(&mut self, written: usize) -> Check {
        self.hooks_ahead -= 1;
        if self.zalo.webhook.as_deref() != Some(WEBHOOK) || self.channel.is_none() {
            self.again(written);
            return Ok(());
        }
        let json = &self.people.written[written].json;
        let wrapped = self.dice.chance(200);
        let body = if wrapped { format!(r#"{{"ok":true,"result":{json}}}"#) } else { json.clone() };
        let ticket = self.oracle.tickets.issue();
        self.zalo.hooks.insert(ticket, written);
        let body: Body<'static> = body.into();
        let taken = self.hand(Event::UpdateReceived { ticket, body }, |world| {
            let expected = world.expect(written);
            let new = &world.people.written[written];
            // Only what became a record has to be durable before it is acknowledged.
            let id = new
                .message_id
                .as_ref()
                .map(|id| (new.chat.clone(), new.sender.clone(), id.clone()));
            let key = id.filter(|key| world.model.seen.contains(key));
            world.oracle.tickets.wait(ticket, Expected::Update(key));
            Some(expected)
        })?;
        if !taken {
            self.zalo.hooks.remove(&ticket);
            self.again(written);
        }
        Ok(())
    }

    /// What the model says of a message.
    fn expect(&mut self, written: usize) -> (usize, crate::model::Fate) {
        let new = &self.people.written[written];
        let lane = self.oracle.turns.lane_len(&new.chat);
        let fate = self.model.take(&self.config, new, self.clock.now(), lane);
        (written, fate)
    }

    fn poll_ends(&mut self, call: CallId) -> Check {
        if self.zalo.poll != Some(call) {
            return Ok(());
        }
        let written = &self.people.written;
        let json = |place: usize| written[place].json.clone();
        let (end, update) = self.zalo.end_poll(&mut self.dice, &self.rates, json);
        if let Some(fault) = end.fault {
            self.tally.fault(fault);
        }
        if let Some(update) = update.filter(|_| self.dice.chance(self.rates.duplicate)) {
            self.tally.fault("duplicate");
            self.again(update);
        }
        let event = Event::CallFinished { call, outcome: end.outcome };
        let taken = self.hand(event, |world| Some(world.expect(update?)))?;
        if taken { Ok(()) } else { broken("calls", format!("poll {call} ends and is refused")) }
    }

    fn call_ends(
        &mut self,
        life: u32,
        call: CallId,
        done: Done,
        outcome: Outcome<'static>,
    ) -> Check {
        if life != self.life {
            // Now and then an answer from before comes to the new run: it matches nothing.
            if self.channel.is_some() && self.dice.chance(100) {
                let taken = self.hand(Event::CallFinished { call, outcome }, |_| None)?;
                if taken {
                    return broken("calls", format!("an answer of another run is taken: {call}"));
                }
            }
            return Ok(());
        }
        if self.channel.is_none() {
            return Ok(());
        }
        let event = Event::CallFinished { call, outcome };
        let taken = self.hand(event, |world| {
            let body = world.told.remove(&call);
            if let (Done::Told, Some(body), Some(Cause::Code { sender })) =
                (done, body, world.oracle.chunks.cause(call))
            {
                world.model.tell(sender, &body, world.clock.now());
            }
            world.oracle.chunks.heard(call, done);
            None
        })?;
        if taken { Ok(()) } else { broken("calls", format!("the end of {call} is refused")) }
    }

    fn disk_answers(&mut self) -> Check {
        let Some((upto, well)) = self.disk.complete(&mut self.dice, &self.rates) else {
            return Ok(());
        };
        let taken = if well {
            self.oracle.book.told = self.oracle.book.told.max(upto);
            self.hand(Event::Committed { upto }, |_| None)?
        } else {
            self.tally.fault("commit failed");
            let reason = String::from("no space left on device");
            self.hand(Event::CommitFailed { upto, reason }, |_| None)?
        };
        if taken {
            Ok(())
        } else {
            broken("journal", format!("the end of Commit {upto} is refused"))
        }
    }

    fn agent_says(
        &mut self,
        life: u32,
        turn: TurnId,
        attempt: u32,
        answer: Option<Reply>,
    ) -> Check {
        // An answer from before a crash still comes: the agent is a program of its own.
        if life != self.life && !self.dice.chance(500) {
            return Ok(());
        }
        let awaited = self.oracle.turns.running(turn) == Some(attempt);
        let well = answer.is_some();
        let kept = answer.clone().filter(|_| awaited);
        let event = match answer {
            Some(reply) => Event::Replied { turn, attempt, reply },
            None => {
                Event::TurnFailed { turn, attempt, reason: String::from("the agent has no idea") }
            }
        };
        self.hand(event, |world| {
            if awaited {
                world.oracle.turns.attempt_ended(turn, well);
            }
            if let Some(reply) = kept {
                world.oracle.chunks.replied(turn, reply);
            }
            None
        })?;
        Ok(())
    }

    /// A decision, with what the model says of it.
    pub(super) fn approve(
        &mut self,
        subject: Subject,
        sender: Option<zaloxide_core::SenderId>,
        verdict: Verdict,
    ) -> Check {
        use zaloxide_core::FaultKind::{NotDurableYet, UnknownCode, UnknownSender};
        let ticket = self.oracle.tickets.issue();
        let closed = self.is_closed();
        let source = String::from("simulator");
        let now = self.clock.now();
        self.hand(Event::Approval { subject, verdict, source, ticket }, |world| {
            let expected = match sender {
                _ if closed => Expected::Fault(NotDurableYet),
                None => Expected::Fault(UnknownCode),
                Some(sender) if world.model.decide(&sender, verdict, now) => {
                    world.tally.decisions += 1;
                    Expected::Decision(sender)
                }
                Some(_) => Expected::Fault(UnknownSender),
            };
            world.oracle.tickets.wait(ticket, expected);
            None
        })?;
        Ok(())
    }
}
