//! `Disk`: a fake journal. Commits complete later and in order, or fail; a crash leaves any
//! beginning of what was not complete.

use std::collections::VecDeque;

use zaloxide_core::{Record, Snapshot};

use crate::step::Written;

/// All records that were ever offered and not lost, and how many of them are stored.
#[derive(Debug, Default)]
pub struct Disk {
    /// Record `n` is at place `n - 1`. Those behind `stored` are on their way.
    pub records: Vec<Record>,
    /// The number of the last record that survives whatever happens.
    pub stored: u64,
    /// A snapshot that a compaction may use once it is covered.
    pub snapshot: Option<Snapshot>,
    /// The first and the last number of each Commit on its way.
    queue: VecDeque<(u64, u64)>,
}

impl Disk {
    /// Takes a Commit. The records' numbers follow on those that are there, or repeat them.
    pub fn append(&mut self, upto: u64, records: &[Record]) -> Result<(), String> {
        let first = upto + 1 - records.len() as u64;
        if records.is_empty() || first > self.records.len() as u64 + 1 {
            return Err(format!("a Commit of {first}..={upto} after {}", self.records.len()));
        }
        for (number, record) in (first..).zip(records) {
            let place = usize::try_from(number - 1).unwrap_or(usize::MAX);
            match self.records.get(place) {
                None => self.records.push(record.clone()),
                Some(there) if there == record => {}
                Some(_) => return Err(format!("record {number} is offered again and is another")),
            }
        }
        self.queue.push_back((first, upto));
        Ok(())
    }

    /// Completes the oldest Commit; tells its number, and whether it is durable.
    pub fn complete(&mut self, written: Written) -> Option<(u64, bool)> {
        let (first, upto) = self.queue.pop_front()?;
        if first > self.stored + 1 {
            // One before it failed: a journal has no gaps.
            return Some((upto, false));
        }
        if let Written::Part(part) = written
            && upto > self.stored
        {
            // What was reported as failed may be there all the same, in part or whole.
            self.stored += u64::from(part) % (upto - self.stored + 1);
            return Some((upto, false));
        }
        self.stored = self.stored.max(upto);
        Some((upto, true))
    }

    /// The program dies. Keeps what is stored and any beginning of what was being written.
    pub fn crash(&mut self, keeps: u16) {
        let written = self.queue.back().map_or(0, |(_, upto)| *upto).max(self.stored);
        self.stored += u64::from(keeps) % (written - self.stored + 1);
        self.records.truncate(usize::try_from(self.stored).unwrap_or(usize::MAX));
        self.queue.clear();
        if self.snapshot.as_ref().is_some_and(|snapshot| snapshot.upto > self.stored) {
            self.snapshot = None;
        }
    }

    /// The whole journal.
    pub fn journal(&self) -> Vec<(u64, Record)> {
        (1..).zip(self.records.iter().cloned()).collect()
    }

    /// The journal as it is after a compaction, if there is a snapshot.
    pub fn compacted(&self) -> Option<Vec<(u64, Record)>> {
        let snapshot = self.snapshot.as_ref()?;
        let rest = (1..).zip(&self.records).skip(usize::try_from(snapshot.upto).ok()?);
        let rest = rest.map(|(number, record)| (number, record.clone()));
        Some([(snapshot.upto, snapshot.record.clone())].into_iter().chain(rest).collect())
    }

    /// Commits on their way.
    pub fn under_way(&self) -> usize {
        self.queue.len()
    }

    /// Nothing is on its way.
    pub fn is_idle(&self) -> bool {
        self.queue.is_empty()
    }
}
