//! The report: what was done, and what came of the promises.

use serde_json::{Value, json};

/// What was done, and what came of it.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// What was done how often.
    pub(crate) done: Vec<(String, u32)>,
    /// Messages that Zalo handed out.
    pub(crate) messages: u32,
    /// Of these, not answered although they were durable.
    pub(crate) lost: u32,
    /// Of these, handed out in a poll whose commit had not finished.
    pub(crate) lost_uncommitted: u32,
    /// Deliveries of a turn after its first.
    pub(crate) doubled_to_the_agent: u32,
    /// Chunks that arrived again.
    pub(crate) doubled_to_the_user: u32,
    pub(crate) approvals: u32,
    pub(crate) approvals_lost: u32,
    /// Databases that were refused by name.
    pub(crate) refused: u32,
    /// Why something could not be done here.
    pub(crate) skipped: Vec<String>,
    /// Promises that were broken.
    pub(crate) broken: Vec<String>,
    /// Where to look, when one was.
    pub(crate) kept: Vec<String>,
}

impl Report {
    pub(crate) fn broken(&mut self, what: String) {
        self.broken.push(what);
    }

    /// Counts something that was done.
    pub(crate) fn did(&mut self, what: &str) {
        match self.done.iter_mut().find(|(name, _)| name == what) {
            Some((_, times)) => *times += 1,
            None => self.done.push((what.into(), 1)),
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        for (what, times) in other.done {
            match self.done.iter_mut().find(|(name, _)| *name == what) {
                Some((_, all)) => *all += times,
                None => self.done.push((what, times)),
            }
        }
        self.messages += other.messages;
        self.lost += other.lost;
        self.lost_uncommitted += other.lost_uncommitted;
        self.doubled_to_the_agent += other.doubled_to_the_agent;
        self.doubled_to_the_user += other.doubled_to_the_user;
        self.approvals += other.approvals;
        self.approvals_lost += other.approvals_lost;
        self.refused += other.refused;
        self.skipped.extend(other.skipped);
        self.broken.extend(other.broken);
        self.kept.extend(other.kept);
    }

    /// Whether every promise was kept.
    pub(crate) fn is_kept(&self) -> bool {
        self.broken.is_empty()
    }

    pub(crate) fn json(&self) -> Value {
        let done: Value = self.done.iter().map(|(what, times)| (what.clone(), *times)).collect();
        json!({
            "done": done,
            "messages": self.messages,
            "lost": self.lost,
            "lost_uncommitted": self.lost_uncommitted,
            "doubled_to_the_agent": self.doubled_to_the_agent,
            "doubled_to_the_user": self.doubled_to_the_user,
            "approvals": self.approvals,
            "approvals_lost": self.approvals_lost,
            "refused": self.refused,
            "skipped": self.skipped,
            "broken": self.broken,
            "kept": self.kept,
        })
    }

    pub(crate) fn text(&self) -> String {
        let mut lines = Vec::new();
        for (what, times) in &self.done {
            lines.push(format!("{times:>7} {what}"));
        }
        for (number, what) in [
            (self.messages, "messages in"),
            (self.lost, "lost although durable"),
            (self.lost_uncommitted, "lost in a poll whose commit had not finished"),
            (self.doubled_to_the_agent, "doubled to the agent, each with its attempt raised"),
            (self.doubled_to_the_user, "chunks doubled to the user"),
            (self.approvals, "approvals"),
            (self.approvals_lost, "approvals lost"),
            (self.refused, "databases refused by name"),
        ] {
            lines.push(format!("{number:>7} {what}"));
        }
        lines.extend(self.skipped.iter().map(|why| format!("SKIPPED: {why}")));
        lines.extend(self.broken.iter().map(|what| format!("BROKEN: {what}")));
        lines.extend(self.kept.iter().map(|place| format!("kept for a look: {place}")));
        lines.join("\n")
    }
}
