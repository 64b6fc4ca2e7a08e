//! Acts: what is done when the core asks for something.

use zaloxide_core::{Action, Method, Settled};

use super::Account;
use crate::news::News;
use crate::oracle::{Check, broken};
use crate::settings;
use crate::step::Line;

impl Account {
    /// Does what an action says.
    pub(super) fn perform(&mut self, action: Action) -> Check {
        match action {
            Action::Commit { upto, records } => {
                self.disk.append(upto, &records).or_else(|text| broken("journal", text))?;
                self.news.push(News::Committing);
            }
            Action::Settle { ticket, result } => {
                let Some(update) = self.zalo.hooks.remove(&ticket) else { return Ok(()) };
                if result != Settled::Status(200) {
                    self.unanswered(update);
                }
            }
            Action::StartCall { call, method, body, .. } => {
                let line = match method {
                    Method::GetUpdates => Line::Poll,
                    Method::SendChatAction => Line::Typing,
                    _ => Line::Call,
                };
                if line == Line::Poll && self.zalo.listens() {
                    return broken("calls", format!("{call} polls while another poll is open"));
                }
                self.zalo.begin(line, call, method, body);
                self.news.push(News::Called { line, call, method });
                if line == Line::Poll {
                    self.tell_of_inbox();
                }
            }
            Action::SendChunk { call, chat, method, body, .. } => {
                let line = Line::Chat(self.people.number_of(&chat));
                self.zalo.begin(line, call, method, body);
                self.news.push(News::Called { line, call, method });
            }
            Action::CancelCall { call } => {
                if let Some(line) = self.zalo.cancel(call) {
                    self.news.push(News::Cancelled { line, call });
                }
            }
            Action::FetchMedia { turn, index, .. } => {
                self.downloads.push_back((turn, index));
                self.news.push(News::Fetching);
            }
            Action::PrepareMedia { cause, index, source, .. } => {
                self.preparations.push_back((cause, index, source));
                self.news.push(News::Preparing);
            }
            Action::Deliver { turn, attempt, envelope, deadline } => {
                self.tally.deliveries += 1;
                let chat = self.people.number_of(&envelope.chat.id);
                self.delivered.push((envelope.chat.id.clone(), envelope.text));
                self.agent.turns.insert(envelope.chat.id, (turn, attempt));
                let time_ms = deadline.since(self.watch.now);
                self.news.push(News::Delivered { chat, time_ms });
            }
            Action::IssueCode { sender, code, .. } => {
                self.tally.codes += 1;
                if let Some(person) = self.people.number_of_person(&sender) {
                    self.news.push(News::Code { person });
                }
                self.shown.insert(sender, code);
            }
            Action::Drop { reason, .. } => *self.tally.drops.entry(reason).or_default() += 1,
            Action::Stopped => self.stopped = true,
            _ => {}
        }
        Ok(())
    }

    /// A webhook was not answered 200: Zalo tries again, or never does.
    pub(super) fn unanswered(&mut self, update: usize) {
        if self.zalo.repeats {
            self.zalo.inbox.push_back(update);
            self.tell_of_inbox();
        } else {
            self.tally.fault("webhook not repeated");
        }
    }

    /// Something waits, and the bot can be reached.
    pub(super) fn tell_of_inbox(&mut self) {
        let hooked = self.zalo.webhook.as_ref().is_some_and(|url| settings::is_own(url));
        if !self.zalo.inbox.is_empty() && (hooked || self.zalo.listens()) {
            self.news.push(News::Waiting);
        }
    }
}
