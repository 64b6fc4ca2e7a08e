//! Carrying actions out: each is handed to whoever does it, and what comes of it is reported.

use std::sync::Arc;
use std::time::Instant;

use zaloxide_core::{Action, Event, NoteCode, Record};
use zaloxide_store::StoreError;

use super::line::{Call, End};
use super::seat::{Job, Seat};
use crate::agents::{Responder, Turn};

impl Seat {
    /// Does one thing. Never waits for the network or the disk.
    pub(super) fn perform(self: &Arc<Self>, job: Job) {
        if self.is_given_up() {
            return;
        }
        match job {
            Job::Record(line) => {
                if let Some(recorder) = &self.shared.recorder {
                    recorder.write(&line);
                }
            }
            Job::Compact(snapshot) => {
                let account = self.name.clone();
                let done = Box::new(move |result: Result<(), StoreError>| {
                    if let Err(error) = result {
                        tracing::warn!(account, %error, "the journal could not be compacted");
                    }
                });
                self.shared.store.compact(&self.lease, snapshot.upto, snapshot.record, done);
            }
            Job::Act(now, action) => {
                self.shared.observer.action(&self.name, now, &action);
                self.act(action);
            }
        }
    }

    fn act(self: &Arc<Self>, action: Action) {
        match action {
            Action::Commit { upto, records } => self.commit(upto, records),
            Action::Settle { ticket, result } => self.tickets.settle(ticket, result),
            Action::StartCall { call: id, method, body, timeout_ms }
            | Action::SendChunk { call: id, method, body, timeout_ms, .. } => {
                let seat = Arc::clone(self);
                let end = End::new(move |outcome| {
                    seat.report(Event::CallFinished { call: id, outcome });
                });
                self.line.start(Call { id, method, body, timeout_ms }, end);
            }
            Action::CancelCall { call } => self.line.cancel(call),
            Action::FetchMedia { turn, index, url, bytes_max } => {
                self.fetch(turn, index, url, bytes_max);
            }
            Action::PrepareMedia { cause, index, source, bytes_max } => {
                self.prepare(cause, index, source, bytes_max);
            }
            Action::Deliver { turn, attempt, envelope, deadline } => {
                let seat = Arc::clone(self);
                let responder = Responder::new(move |answer| {
                    seat.report(match answer {
                        Ok(reply) => Event::Replied { turn, attempt, reply },
                        Err(reason) => Event::TurnFailed { turn, attempt, reason },
                    });
                });
                self.shared.agent.deliver(Turn::new(envelope, deadline, responder));
            }
            Action::Abandon { turn, attempt } => self.shared.agent.abandon(turn, attempt),
            Action::Stopped => self.shared.ending.stopped(&self.name),
            Action::Note(note) => match note.code {
                NoteCode::WebhookSet => self.shared.front.settle(&self.name),
                NoteCode::WebhookRemoved => self.shared.front.unroute(&self.name),
                _ => {}
            },
            // For the observer alone.
            Action::IssueCode { .. } | Action::Drop { .. } => {}
            // Not shown: nobody knows what is in it.
            _ => tracing::error!(account = %self.name, "an action of an unknown kind"),
        }
    }

    fn commit(self: &Arc<Self>, upto: u64, records: Vec<Record>) {
        let seat = Arc::clone(self);
        let first = (upto + 1).saturating_sub(records.len() as u64);
        let began = Instant::now();
        let done = Box::new(move |result: Result<(), StoreError>| {
            seat.shared.commits.took(began.elapsed());
            seat.report(match result {
                Ok(()) => {
                    seat.report(Event::Committed { upto });
                    return seat.clear_attachments();
                }
                Err(StoreError::Failed { reason }) => Event::CommitFailed { upto, reason },
                // It was on its way when the one before it failed.
                Err(gap @ StoreError::Gap { .. }) => {
                    Event::CommitFailed { upto, reason: gap.to_string() }
                }
                Err(lasting) => return seat.give_up(&lasting),
            });
        });
        self.shared.store.append(&self.lease, first, records, done);
    }
}
