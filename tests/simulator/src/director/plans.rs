//! Plans: how and when what is under way ends.

use zaloxide_core::{CallId, MINUTE_MS, Method, SECOND_MS};

use super::{Custom, Director, Plan};
use crate::news::News;
use crate::settings;
use crate::step::{About, By, Deed, Done, Ending, Errand, Line, Luck, Ruling, Says, Step, Written};
use crate::world::World;

impl Director {
    /// Hears what is under way now, and plans its end.
    pub fn hear(&mut self, world: &mut World) {
        for (account, news) in world.news() {
            self.plan(world, account, news);
        }
    }

    fn plan(&mut self, world: &World, account: u8, news: News) {
        let now = world.now();
        let life = world.account(account).life;
        match news {
            News::Called { line: Line::Poll, call, .. } => {
                let window = world.account(account).config().polling.timeout_sec * SECOND_MS;
                let haunted = world.account(account).zalo.haunted.is_some();
                let after = if haunted || self.dice.chance(self.rates.idle_at_once) {
                    self.dice.between(5, 2_000)
                } else {
                    window
                };
                let ending = self.ending(false);
                self.at(now + after, Plan::OfCall(account, call, Deed::Ends(Line::Poll, ending)));
            }
            News::Called { line, call, method } => self.call_ends(now, account, line, call, method),
            News::Cancelled { line, call } => {
                let ending =
                    if self.dice.chance(500) { Ending::Well(0) } else { Ending::LostBefore };
                let after = self.dice.below(50);
                self.at(now + after, Plan::OfCall(account, call, Deed::Ends(line, ending)));
            }
            News::Committing => {
                let slow = self.dice.chance(self.rates.commit_slow);
                let after = if slow { self.dice.between(50, 8_000) } else { self.dice.below(15) };
                // The disk writes in order.
                let busy = self.disks.entry(account).or_default();
                *busy = (*busy).max(now) + after;
                let at = *busy;
                let fails = self.dice.chance(self.rates.commit_fails);
                let written = if fails { Written::Part(self.dice.salt()) } else { Written::Whole };
                self.at(at, Plan::InLife(account, life, Deed::Disk(written)));
            }
            News::Fetching => {
                let (after, luck) = (self.dice.between(5, 5_000), self.media_luck());
                self.at(now + after, Plan::InLife(account, life, Deed::Fetched(luck)));
            }
            News::Preparing => {
                let (after, luck) = (self.dice.between(1, 2_000), self.media_luck());
                self.at(now + after, Plan::InLife(account, life, Deed::Prepared(luck)));
            }
            News::Delivered { chat, time_ms } => self.agent_works(now, account, chat, time_ms),
            News::Code { person } => self.owner_sees(world, account, person),
            News::Waiting => {
                let after = self.dice.between(1, 300);
                self.hand_on(now + after, account);
            }
            // What the dead run had on its disk is gone.
            News::Ended => {
                self.disks.remove(&account);
            }
        }
    }

    fn media_luck(&mut self) -> Luck {
        if self.dice.chance(self.rates.media_fails) { Luck::Ill } else { Luck::Well }
    }

    fn call_ends(&mut self, now: u64, account: u8, line: Line, call: CallId, method: Method) {
        let send = matches!(line, Line::Chat(_));
        let ending = self.ending(send);
        let slow = self.dice.chance(20) && !self.calm;
        let after = if slow { self.dice.between(2_000, 30_000) } else { self.dice.between(5, 300) };
        let done = matches!(
            ending,
            Ending::Well(_)
                | Ending::LostAfter
                | Ending::Truncated
                | Ending::Json500(Done::Yes)
                | Ending::Html502(Done::Yes)
                | Ending::Html504(Done::Yes)
        );
        if done && method != Method::SendChatAction && self.dice.chance(self.rates.arrives_first) {
            let at = now + self.dice.below(after);
            self.at(at, Plan::OfCall(account, call, Deed::Arrives(line)));
        }
        self.at(now + after, Plan::OfCall(account, call, Deed::Ends(line, ending)));
    }

    /// How a call ends. `send`: also by what only sends meet.
    pub(super) fn ending(&mut self, send: bool) -> Ending {
        let (dice, rates) = (&mut self.dice, &self.rates);
        if self.calm {
            return Ending::Well(5);
        }
        let how = if dice.chance(500) { Done::Yes } else { Done::No };
        if dice.chance(rates.not_sent) {
            Ending::NotSent
        } else if dice.chance(rates.lost_before) {
            Ending::LostBefore
        } else if dice.chance(rates.html_429) {
            Ending::Html429
        } else if dice.chance(rates.gateway_502) {
            if dice.chance(500) { Ending::Html502(how) } else { Ending::Html504(how) }
        } else if dice.chance(rates.json_500) {
            Ending::Json500(how)
        } else if dice.chance(rates.lost_after) {
            Ending::LostAfter
        } else if dice.chance(rates.truncated) {
            Ending::Truncated
        } else if dice.chance(rates.later_429) {
            Ending::Later429(dice.byte(20))
        } else if dice.chance(rates.odd) {
            dice.pick(&[
                Ending::Internal403,
                Ending::Missing404,
                Ending::TooOften426,
                Ending::Timeout408(how),
            ])
        } else if send && dice.chance(rates.quota) {
            Ending::Quota
        } else if send && dice.chance(rates.refused_400) {
            Ending::Refused400
        } else {
            Ending::Well(dice.byte(255))
        }
    }

    /// All that the agent will say about a turn.
    fn agent_works(&mut self, now: u64, account: u8, chat: u8, time_ms: u64) {
        if self.dice.chance(self.rates.agent_dead) {
            return;
        }
        let late = self.dice.chance(self.rates.agent_slow);
        let after = if late {
            time_ms + self.dice.between(1, 30_000)
        } else if self.calm || self.dice.chance(800) {
            self.dice.between(1, 2_000).min(time_ms.saturating_sub(1))
        } else {
            self.dice.between(2_000, 20_000).min(time_ms.saturating_sub(1))
        };
        let fails = self.dice.chance(self.rates.agent_fails);
        let says = if fails { Says::Failure } else { Says::Reply(self.dice.salt()) };
        let say = |about, says| Plan::Deed(account, Deed::Agent { chat, about, says });
        self.at(now + after, say(About::This, says));
        if self.dice.chance(self.rates.agent_twice) {
            let (at, salt) = (now + after + self.dice.below(3_000), self.dice.salt());
            self.at(at, say(About::This, Says::Reply(salt)));
        }
        if self.dice.chance(self.rates.agent_stray) {
            let about = self.dice.pick(&[About::Last, About::Next, About::Nothing]);
            let salt = self.dice.salt();
            let says = if self.dice.chance(700) { Says::Reply(salt) } else { Says::Failure };
            let at = now + self.dice.below(after);
            self.at(at, say(about, says));
        }
    }

    /// The owner sees a code, and does something about it, or not, sooner or later.
    fn owner_sees(&mut self, world: &World, account: u8, person: u8) {
        if self.calm {
            return;
        }
        let now = world.now();
        let soon = self.dice.between(SECOND_MS, 10 * MINUTE_MS);
        let by = self.dice.pick(&[By::Code, By::Code, By::SloppyCode]);
        let decide = |by, ruling| Plan::Deed(account, Deed::Decide { person, by, ruling });
        let approve = self.dice.pick(&[Ruling::Approve, Ruling::ApproveAndTell]);
        match self.dice.below(13) {
            0..=3 => self.at(now + soon, decide(by, approve)),
            // An hour is the border.
            4 | 5 => {
                let after = self.dice.between(50 * MINUTE_MS, 70 * MINUTE_MS);
                self.at(now + after, decide(by, approve));
            }
            6 => {
                self.at(now + soon, decide(by, approve));
                self.at(now + 2 * soon, decide(by, approve));
            }
            7 => self.at(now + soon, decide(by, Ruling::Reject)),
            8 => self.at(now + soon, decide(by, Ruling::Block)),
            9 => self.at(now + soon, decide(By::Id, approve)),
            10 => {
                // In the wrong account it is no code.
                let other = self.dice.index(world.accounts.len());
                let other = u8::try_from(other).unwrap_or(0);
                let by = By::CodeOf(account);
                let plan = Plan::Deed(other, Deed::Decide { person, by, ruling: approve });
                self.at(now + soon, plan);
            }
            _ => return,
        }
        if self.dice.chance(300) {
            let after = soon + self.dice.between(SECOND_MS, 20 * MINUTE_MS);
            self.at(now + after, decide(By::Id, Ruling::Revoke));
        }
    }

    /// What was planned becomes a step, if it still makes sense.
    pub(super) fn carry_out(&mut self, world: &World, plan: Plan) {
        let now = world.now();
        let step = match plan {
            Plan::Deed(account, deed) => Step::At(account, deed),
            Plan::InLife(account, life, deed) => {
                if world.account(account).life != life {
                    return;
                }
                Step::At(account, deed)
            }
            Plan::OfCall(account, call, deed) => {
                let (Deed::Ends(line, _) | Deed::Arrives(line)) = deed else { return };
                let oldest = world.account(account).zalo.oldest(line);
                // Calls of these kinds are many at a time; whichever is the oldest will do.
                let any = matches!(line, Line::Call | Line::Typing);
                if oldest
                    .is_none_or(|open| open.call != call && !(any && open.call.run == call.run))
                {
                    return;
                }
                Step::At(account, deed)
            }
            Plan::HandOn(account) => {
                self.handing_on.remove(&account);
                let zalo = &world.account(account).zalo;
                if zalo.inbox.is_empty() {
                    return;
                }
                if zalo.webhook.as_ref().is_some_and(|url| settings::is_own(url)) {
                    let form = if self.calm { 5 } else { self.dice.byte(255) };
                    let at = now + self.dice.between(1, 2_000);
                    self.hand_on(at, account);
                    Step::At(account, Deed::Push(form))
                } else if zalo.listens() {
                    let ending = self.ending(false);
                    Step::At(account, Deed::Ends(Line::Poll, ending))
                } else {
                    return;
                }
            }
            Plan::Write(person) => return self.write(world, person),
            Plan::Habitual(account, custom, often_ms) => {
                let after = self.dice.between(SECOND_MS.min(often_ms), often_ms);
                self.at(now + after, Plan::Habitual(account, custom, often_ms));
                self.habitual(account, custom)
            }
            Plan::Heal => {
                self.over = true;
                return;
            }
        };
        self.ready.push_back(step);
    }

    fn hand_on(&mut self, at: u64, account: u8) {
        if self.handing_on.insert(account) {
            self.at(at, Plan::HandOn(account));
        }
    }

    fn habitual(&mut self, account: u8, custom: Custom) -> Step {
        let any = self.dice.byte(255);
        let deed = match custom {
            Custom::Mend => Deed::Errand(Errand::Mend),
            Custom::Send => Deed::Send { chat: any, salt: self.dice.salt() },
            Custom::Change => Deed::Change(self.dice.salt()),
            Custom::Operate => Deed::Errand(match self.dice.below(16) {
                0..=2 => Errand::Retry(any),
                3 | 4 => Errand::Drop(any),
                5 => Errand::ResumeSends,
                6 => Errand::Forget(any),
                7 => Errand::Pause(any),
                8..=10 => Errand::Resume(any),
                11 => Errand::AskMe,
                12 => Errand::AskWebhook,
                13 => Errand::TestWebhook,
                14 => Errand::DeleteWebhook,
                _ => Errand::SetWebhook,
            }),
        };
        Step::At(account, deed)
    }
}
