//! Calls: how they end, and what the disk and downloads say.

use zaloxide_core::{Cause, Event, Fetched, Prepared};

use super::Account;
use crate::oracle::{Check, broken};
use crate::step::{Ending, Line, Luck, Written};
use crate::zalo::{End, Known};

impl Account {
    /// A call is carried out; its answer is on its way.
    pub(super) fn arrives(&mut self, line: Line) -> Check {
        let Some(open) = self.zalo.arrives(line) else { return Ok(()) };
        self.tally.chunks += u64::from(matches!(line, Line::Chat(_)));
        self.oracle.chunks.done(open.call, Known::Told)?;
        self.tell_of_inbox();
        Ok(())
    }

    /// A call ends.
    pub(super) fn ends(&mut self, line: Line, ending: Ending) -> Check {
        let Some(open) = self.zalo.oldest(line).cloned() else { return Ok(()) };
        let updates = &self.updates;
        let json = |update: usize| updates[update].json.clone();
        let Some(end) = self.zalo.end(line, ending, json) else { return Ok(()) };
        if let Some(fault) = end.fault {
            self.tally.fault(fault);
        }
        let End { call, known, outcome, updates, .. } = end;
        let quota = end.fault == Some("quota");
        let chunk = matches!(line, Line::Chat(_));
        if chunk && !open.arrived {
            self.tally.chunks += u64::from(known != Known::Not);
            self.oracle.chunks.done(call, known)?;
        }
        let event = Event::CallFinished { call, outcome };
        let taken = self.hand(event, |account| {
            if chunk {
                let now = account.watch.now;
                if let (Known::Told, Some(Cause::Code { sender })) =
                    (known, account.oracle.chunks.cause(call))
                {
                    account.model.tell(sender, &open.body, now);
                }
                account.oracle.chunks.heard(call, known);
                if quota {
                    account.oracle.quota.used_up(now);
                }
            }
            account.expect(&updates)
        })?;
        if !taken {
            return broken("calls", format!("the end of {call} is refused"));
        }
        self.tell_of_inbox();
        Ok(())
    }

    /// An answer from before a crash comes to the new run: it matches nothing.
    pub(super) fn stray(&mut self, ending: Ending) -> Check {
        if self.channel.is_none() {
            return Ok(());
        }
        let Some(call) = self.strays.pop_front() else { return Ok(()) };
        let reason = format!("{ending:?}");
        let outcome = zaloxide_core::Outcome::Unknown { reason };
        if self.hand(Event::CallFinished { call, outcome }, |_| Vec::new())? {
            return broken("calls", format!("an answer of another run is taken: {call}"));
        }
        Ok(())
    }

    /// The disk completes the oldest Commit.
    pub(super) fn disk_answers(&mut self, written: Written) -> Check {
        if self.channel.is_none() {
            return Ok(());
        }
        let Some((upto, well)) = self.disk.complete(written) else { return Ok(()) };
        let event = if well {
            self.oracle.book.told = self.oracle.book.told.max(upto);
            Event::Committed { upto }
        } else {
            self.tally.fault("commit failed");
            Event::CommitFailed { upto, reason: String::from("no space left on device") }
        };
        if self.hand(event, |_| Vec::new())? {
            return Ok(());
        }
        broken("journal", format!("the end of Commit {upto} is refused"))
    }

    /// The oldest download ends.
    pub(super) fn fetched(&mut self, luck: Luck) -> Check {
        let Some((turn, index)) = self.downloads.pop_front() else { return Ok(()) };
        let result = match luck {
            Luck::Ill => {
                self.tally.fault("download failed");
                Fetched::Failed { reason: String::from("404") }
            }
            Luck::Well => Fetched::Kept {
                path: format!("/state/media/{turn}-{index}"),
                content_type: String::from("image/jpeg"),
                bytes: 9,
            },
        };
        self.hand(Event::MediaFetched { turn, index, result }, |_| Vec::new())?;
        Ok(())
    }

    /// The oldest medium to be sent is there, or refused.
    pub(super) fn prepared(&mut self, luck: Luck) -> Check {
        let Some((cause, index, source)) = self.preparations.pop_front() else { return Ok(()) };
        let result = match luck {
            Luck::Ill => {
                self.tally.fault("medium refused");
                Prepared::Refused { reason: String::from("not a picture") }
            }
            Luck::Well => Prepared::Url { url: source },
        };
        self.hand(Event::MediaPrepared { cause, index, result }, |_| Vec::new())?;
        Ok(())
    }
}
