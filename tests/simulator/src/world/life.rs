//! Life: how the program begins, dies and stops, and that a journal restores what lived.

use zaloxide_core::{Action, Channel, MINUTE_MS, Record, SECOND_MS};

use super::World;
use crate::oracle::{Check, broken};
use crate::step::Step;

impl World {
    /// The program begins, with what the disk has kept.
    pub(super) fn start(&mut self) -> Check {
        if self.channel.is_some() {
            return Ok(());
        }
        self.life += 1;
        self.stopped = false;
        let (seed, now) = (self.dice.seed(), self.clock.now());
        let whole = self.restored(seed, self.disk.journal())?;
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
        self.channel = Some(channel);
        self.disk_busy_until = now;
        self.drain(false, false, None)
    }

    fn restored(
        &self,
        seed: [u8; 32],
        journal: Vec<(u64, Record)>,
    ) -> Result<Channel, crate::oracle::Violation> {
        let now = self.clock.now();
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
        let snapshot = channel.snapshot();
        if snapshot.upto != self.disk.records.len() as u64 {
            // Some record is not offered yet: the store does not work.
            return Ok(());
        }
        let seed = self.dice.seed();
        let mut live = self.restored(seed, vec![(snapshot.upto, snapshot.record)])?;
        let mut journal = self.restored(seed, self.disk.journal())?;
        self.same(&mut live, &mut journal, "live and from the journal")
    }

    /// The program dies. What was under way is lost, and what the disk had not stored may be.
    pub(super) fn die(&mut self) {
        if let Some(channel) = &self.channel
            && self.dice.chance(300)
        {
            let snapshot = channel.snapshot();
            self.disk.snapshot.get_or_insert(snapshot);
        }
        self.disk.crash(&mut self.dice);
        self.end_life();
    }

    fn end_life(&mut self) {
        self.channel = None;
        self.zalo.poll = None;
        self.told.clear();
        for written in std::mem::take(&mut self.zalo.hooks).into_values() {
            self.again(written);
        }
        self.oracle.crash(&self.disk.records);
        let (stored, upto) = &mut self.stored;
        for record in self.disk.records.iter().skip(*upto) {
            stored.replay(record);
        }
        *upto = self.disk.records.len();
        self.model = stored.clone();
        let healing = self.healing_since.is_some();
        if !healing && self.dice.chance(50) {
            let back = self.dice.below(90 * MINUTE_MS);
            self.clock.set_back(back);
        }
        let after = self.dice.between(50, 10 * SECOND_MS);
        self.clock.after(after, Step::Start);
        if let Some(log) = &mut self.log {
            log.push_str("{\"dead\":true}\n");
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
        self.disk.crash(&mut self.dice);
        self.end_life();
        Ok(())
    }
}

/// The first place at which two texts differ.
fn difference(one: &str, other: &str) -> String {
    let same = one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
    let around = |text: &str| text.chars().skip(same.saturating_sub(100)).take(200).collect();
    let (one, other): (String, String) = (around(one), around(other));
    format!("..{one}.. is not ..{other}..")
}
