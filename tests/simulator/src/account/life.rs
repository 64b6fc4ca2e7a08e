//! Life: how the program begins, dies and stops, and that a journal restores what lived.

use zaloxide_core::{Action, Channel, Record};

use super::Account;
use crate::news::News;
use crate::oracle::{Check, Violation, bounds, broken};

impl Account {
    /// The program begins, with what the disk has kept.
    pub(super) fn start(&mut self) -> Check {
        self.life += 1;
        self.stopped = false;
        let (seed, now) = (self.seeds.seed(), self.watch.now);
        let records = self.disk.journal();
        if let Some(papers) = &mut self.papers {
            papers.beginning(&self.config, &seed, now, &records);
        }
        let whole = self.restored(seed, records)?;
        let channel = match self.disk.compacted() {
            None => whole,
            Some(journal) => {
                // A snapshot goes through its JSON form, as it does on a disk.
                let json = serde_json::to_string(&journal).expect("records have a JSON form");
                let journal: Vec<(u64, Record)> = match serde_json::from_str(&json) {
                    Ok(journal) => journal,
                    Err(error) => return broken("restore", format!("{error}: {json}")),
                };
                let (mut whole, mut short) = (whole, self.restored(seed, journal)?);
                self.same(&mut whole, &mut short, "from a snapshot and from the records")?;
                self.restored(seed, self.disk.compacted().unwrap_or_default())?
            }
        };
        self.model.restart(now);
        self.oracle.restart(now);
        self.channel = Some(channel);
        self.drain(false, false, &[])
    }

    fn restored(&self, seed: [u8; 32], journal: Vec<(u64, Record)>) -> Result<Channel, Violation> {
        let now = self.watch.now;
        Channel::restore(self.config.clone(), seed, now, journal)
            .or_else(|damaged| broken("restore", damaged.to_string()))
    }

    /// Two channels are the same: they hold the same and do the same.
    fn same(&mut self, one: &mut Channel, other: &mut Channel, how: &str) -> Check {
        self.tally.compared += 1;
        if one.snapshot() != other.snapshot() {
            let (one, other) = (format!("{:?}", one.snapshot()), format!("{:?}", other.snapshot()));
            return broken("restore", format!("{how}: {}", difference(&one, &other)));
        }
        loop {
            match (one.poll_action(), other.poll_action()) {
                (None, None) => return Ok(()),
                (one, other) if one == other => {}
                (one, other) => {
                    return broken("restore", format!("{how}: {one:?} and {other:?}"));
                }
            }
        }
    }

    /// What the journal restores is what lives: both are begun anew, and hold and do the same.
    pub(super) fn compare(&mut self) -> Check {
        let Some(channel) = &self.channel else { return Ok(()) };
        bounds::at_large(channel)?;
        let snapshot = channel.snapshot();
        if snapshot.upto != self.disk.records.len() as u64 {
            // Some record is not offered yet: the store does not work.
            return Ok(());
        }
        let seed = [7; 32];
        let mut live = self.restored(seed, vec![(snapshot.upto, snapshot.record)])?;
        let mut journal = self.restored(seed, self.disk.journal())?;
        self.same(&mut live, &mut journal, "live and from the journal")
    }

    /// A snapshot is written. The next start makes use of it once it is covered.
    pub(super) fn compact(&mut self) {
        if let Some(channel) = &self.channel {
            let snapshot = channel.snapshot();
            self.disk.snapshot.get_or_insert(snapshot);
        }
    }

    /// The program dies. What was under way is lost, and what the disk had not stored may be.
    pub(super) fn die(&mut self) {
        let Some(doom) = self.doom.take() else { return };
        self.tally.crashes += 1;
        self.disk.crash(doom.keeps);
        self.end_life(doom.down_ms);
        if let Some(papers) = &mut self.papers {
            papers.remark(&self.config.account, "the program dies");
        }
    }

    /// The channel has stopped of its own accord: nobody waits any more.
    pub(super) fn stop(&mut self) -> Check {
        self.tally.stops += 1;
        if let Some(Action::Commit { .. }) = self.channel.as_mut().and_then(Channel::poll_action) {
            return broken("stop", "a Commit after Stopped");
        }
        if !self.oracle.tickets.is_idle() {
            let waiting = self.oracle.tickets.waiting();
            return broken("tickets", format!("stopped, and somebody waits: {waiting}"));
        }
        self.disk.crash(0);
        self.end_life(self.down_ms);
        Ok(())
    }

    fn end_life(&mut self, down_ms: u64) {
        self.channel = None;
        self.doom = None;
        self.strays.extend(self.zalo.hang_up());
        self.downloads.clear();
        self.preparations.clear();
        for update in std::mem::take(&mut self.zalo.hooks).into_values() {
            self.unanswered(update);
        }
        self.oracle.crash(&self.disk.records);
        self.catch_up();
        self.model = self.stored.0.clone();
        self.starts_at = self.starts_at.and(Some(self.watch.at + down_ms.max(1)));
        self.news.push(News::Ended);
    }

    /// Has the model of the journal read all there is.
    pub(super) fn catch_up(&mut self) {
        let (stored, upto) = &mut self.stored;
        for record in self.disk.records.iter().skip(*upto) {
            stored.replay(record);
        }
        *upto = self.disk.records.len();
    }
}

/// The first place at which two texts differ.
fn difference(one: &str, other: &str) -> String {
    let same = one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
    let around = |text: &str| text.chars().skip(same.saturating_sub(100)).take(200).collect();
    let (one, other): (String, String) = (around(one), around(other));
    format!("..{one}.. is not ..{other}..")
}
