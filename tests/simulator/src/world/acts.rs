//! Acts: what the world does when the core asks for something.

use zaloxide_core::{
    Action, CallId, Cause, MINUTE_MS, Method, SECOND_MS, Settled, Subject, Verdict,
};

use super::World;
use crate::agent::{self, Task};
use crate::oracle::{Check, broken};
use crate::settings::WEBHOOK;
use crate::step::Step;
use crate::zalo::Done;

impl World {
    /// Does what an action says.
    pub(super) fn perform(&mut self, action: Action) -> Check {
        match action {
            Action::Commit { upto, records } => {
                self.disk.append(upto, &records).or_else(|text| broken("journal", text))?;
                let slow = self.dice.chance(self.rates.commit_slow);
                let after = if slow { self.dice.between(50, 8_000) } else { self.dice.below(15) };
                // The disk writes in order.
                self.disk_busy_until = self.disk_busy_until.max(self.clock.now().plus(after));
                self.clock.at(self.disk_busy_until, Step::Disk { life: self.life });
            }
            Action::Settle { ticket, result } => {
                let Some(written) = self.zalo.hooks.remove(&ticket) else { return Ok(()) };
                if result != Settled::Status(200) || self.dice.chance(self.rates.duplicate) {
                    self.again(written);
                }
            }
            Action::StartCall { call, method: Method::GetUpdates, .. } => return self.poll(call),
            Action::StartCall { call, method, body, .. } => {
                self.call(call, method, &body);
                self.hand_on();
            }
            Action::SendChunk { call, method, body, cause, .. } => {
                if let Cause::Code { .. } = cause {
                    self.told.insert(call, body.clone());
                }
                let done = self.call(call, method, &body);
                self.tally.chunks += u64::from(done != Done::Not);
                return self.oracle.chunks.done(call, done);
            }
            Action::CancelCall { call } if self.zalo.poll == Some(call) => {
                self.zalo.poll = None;
                let reason = String::from("cancelled");
                let outcome = zaloxide_core::Outcome::Unknown { reason };
                let after = self.dice.below(50);
                let life = self.life;
                self.clock.after(after, Step::Call { life, call, done: Done::Not, outcome });
            }
            Action::FetchMedia { turn, index, .. } => {
                let after = self.dice.between(5, 5_000);
                self.clock.after(after, Step::Fetched { life: self.life, turn, index });
            }
            Action::PrepareMedia { cause, index, source, .. } => {
                let after = self.dice.between(1, 2_000);
                let life = self.life;
                self.clock.after(after, Step::Prepared { life, cause, index, source });
            }
            Action::Deliver { turn, attempt, deadline, .. } => {
                self.tally.deliveries += 1;
                let time_ms = deadline.since(self.clock.now());
                let task = Task { life: self.life, turn, attempt, time_ms };
                agent::work(&mut self.dice, &self.rates, &mut self.clock, task);
            }
            Action::IssueCode { sender, code, .. } => self.owner_sees(&sender, &code),
            Action::Drop { reason, .. } => *self.tally.drops.entry(reason).or_default() += 1,
            Action::Stopped => self.stopped = true,
            _ => {}
        }
        Ok(())
    }

    /// Zalo tries a message again later.
    pub(super) fn again(&mut self, written: usize) {
        let after = self.dice.between(SECOND_MS, 20 * SECOND_MS);
        if self.zalo.webhook.as_deref() == Some(WEBHOOK) {
            self.hooks_ahead += 1;
            self.clock.after(after, Step::Hook { written });
        } else {
            self.zalo.inbox.push_back(written);
            self.clock.after(after, Step::HandOn);
        }
    }

    fn poll(&mut self, call: CallId) -> Check {
        if let Some(open) = self.zalo.poll.replace(call) {
            return broken("calls", format!("a poll is begun while {open} is open"));
        }
        let idle = self.zalo.inbox.is_empty() || self.zalo.webhook.is_some();
        let after = if idle && !self.dice.chance(self.rates.idle_at_once) {
            self.config.polling.timeout_sec * SECOND_MS
        } else {
            self.dice.between(5, 200)
        };
        self.clock.after(after, Step::Poll { call });
        Ok(())
    }

    fn call(&mut self, call: CallId, method: Method, body: &str) -> Done {
        let end = self.zalo.end(&mut self.dice, &self.rates, method, body);
        if let Some(fault) = end.fault {
            self.tally.fault(fault);
        }
        let slow = self.dice.chance(20);
        let after = if slow { self.dice.between(2_000, 30_000) } else { self.dice.between(5, 300) };
        let (life, done, outcome) = (self.life, end.done, end.outcome);
        self.clock.after(after, Step::Call { life, call, done, outcome });
        done
    }

    /// The owner sees a code, and does something about it, or not.
    fn owner_sees(&mut self, sender: &zaloxide_core::SenderId, code: &str) {
        self.tally.codes += 1;
        let typed = match self.dice.below(3) {
            0 => format!("  {} \n", code.to_lowercase()),
            _ => String::from(code),
        };
        let notify = self.dice.chance(500);
        let approve = Verdict::Approve { notify };
        let soon = self.dice.between(SECOND_MS, 10 * MINUTE_MS);
        let decide = |verdict| Step::Decide { code: typed.clone(), verdict };
        match self.dice.below(12) {
            0..=3 => self.clock.after(soon, decide(approve)),
            // An hour is the border.
            4 | 5 => {
                let after = self.dice.between(50 * MINUTE_MS, 70 * MINUTE_MS);
                self.clock.after(after, decide(approve));
            }
            6 => {
                self.clock.after(soon, decide(approve));
                self.clock.after(soon * 2, decide(approve));
            }
            7 => self.clock.after(soon, decide(Verdict::Reject { block: false })),
            8 => self.clock.after(soon, decide(Verdict::Reject { block: true })),
            9 => {
                let sender = sender.clone();
                self.clock.after(soon, Step::Judge { sender, verdict: approve });
            }
            _ => return,
        }
        if self.dice.chance(300) {
            let after = soon + self.dice.between(SECOND_MS, 20 * MINUTE_MS);
            let (sender, verdict) = (sender.clone(), Verdict::Revoke);
            self.clock.after(after, Step::Judge { sender, verdict });
        }
    }

    /// What the owner decides.
    pub(super) fn decide(&mut self, subject: Subject, verdict: Verdict) -> Check {
        let now = self.clock.now();
        let sender = match &subject {
            Subject::Code(code) => self.model.holder(code, now).cloned(),
            Subject::Sender(sender) => Some(sender.clone()),
            _ => None,
        };
        self.approve(subject, sender, verdict)
    }
}
