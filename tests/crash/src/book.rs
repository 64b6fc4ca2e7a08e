//! The book: what people wrote, what Zalo handed out, what the agent and people saw, who was let in.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::Path;

use serde_json::Value;
use zaloxide_emulator::{Call, Emulator};

use crate::Result;
use crate::agent::{CHUNKS, chunk};
use crate::report::Report;
use crate::stage::Stage;

/// A message that must be answered.
#[derive(Debug)]
struct Message {
    chat: String,
    handed_out: bool,
    /// It was handed out and could not be made durable any more.
    lost: bool,
}

/// What was written, by its text; and what came of it.
#[derive(Debug, Default)]
pub(crate) struct Book {
    /// Replies may be doubled after a crash, else their rest is given up.
    at_most_once: bool,
    disk_may_fail: bool,
    /// The intervals in which a process that had stood still woke up, after another had taken over:
    /// what it was sending goes out then, long after its place.
    woke_up: BTreeSet<u32>,
    messages: BTreeMap<String, Message>,
    /// When each chunk arrived, as intervals between crashes.
    arrived: HashMap<(String, String), Vec<u32>>,
    /// Chunks in the order in which they first arrived in their chat.
    order: BTreeMap<String, Vec<String>>,
    codes: BTreeMap<String, String>,
    approved: BTreeSet<String>,
    read: HashSet<u64>,
    read_from: u64,
    crashes: u32,
    pub(crate) report: Report,
}

/// Calls are read again from so far back: their answers may have come since.
const READ_BACK: u64 = 1_000;

impl Book {
    pub(crate) fn new(at_most_once: bool) -> Self {
        Self { at_most_once, ..Self::default() }
    }

    /// More than one message may be lost a crash: several polls may wait for a disk that fails.
    pub(crate) fn disk_may_fail(&mut self) {
        self.disk_may_fail = true;
    }

    /// Somebody who was let in writes.
    pub(crate) fn writes(&mut self, chat: &str, text: &str) {
        let message = Message { chat: chat.into(), handed_out: false, lost: false };
        self.messages.insert(text.into(), message);
    }

    /// The code that a stranger was told.
    pub(crate) fn code(&self, stranger: &str) -> Option<&str> {
        self.codes.get(stranger).map(String::as_str)
    }

    /// The operator was told that this one is let in.
    pub(crate) fn approved(&mut self, sender: &str) {
        self.approved.insert(sender.into());
    }

    /// Reads what Zalo has seen. A call without an answer counts as arrived once its caller is
    /// `gone`: it may have been.
    pub(crate) fn read(&mut self, zalo: &Emulator, gone: bool) {
        for call in zalo.calls_since(self.read_from) {
            let is_ok = call.response.as_ref().is_some_and(|response| response["ok"] == true);
            if (call.status.is_none() && !gone) || !self.read.insert(call.n) {
                continue;
            }
            match call.method.as_str() {
                "getUpdates" if is_ok => self.handed_out(&call),
                "sendMessage" if is_ok || call.status.is_none() => self.sent(&call),
                _ => {}
            }
        }
        self.read_from = zalo.last_call().saturating_sub(READ_BACK);
    }

    fn handed_out(&mut self, call: &Call) {
        let text = call
            .response
            .as_ref()
            .and_then(|response| response.pointer("/result/message/text").and_then(Value::as_str));
        if let Some(message) = text.and_then(|text| self.messages.get_mut(text)) {
            message.handed_out = true;
            self.report.messages += 1;
        }
    }

    fn sent(&mut self, call: &Call) {
        let text = call.params["text"].as_str().unwrap_or_default();
        let chat = call.params["chat_id"].as_str().unwrap_or_default();
        if let Some((_, code)) = text.rsplit_once("approve zalo ") {
            self.codes.insert(chat.into(), code.trim().into());
            return;
        }
        let times = self.arrived.entry((chat.into(), text.into())).or_default();
        if times.is_empty() {
            self.order.entry(chat.into()).or_default().push(text.into());
        }
        times.push(self.crashes);
    }

    fn is_answered(&self, text: &str, message: &Message) -> bool {
        let has = |index| self.arrived.contains_key(&(message.chat.clone(), chunk(text, index)));
        (0..CHUNKS).all(has)
    }

    /// Whether everything that can be answered is.
    pub(crate) fn is_all_answered(&self) -> bool {
        let mut owed = self.messages.iter().filter(|(_, message)| !message.lost);
        owed.all(|(text, message)| self.is_answered(text, message))
    }

    /// So many processes are gone, however: what was handed out and is not in the journal is lost.
    /// That may be what was on its way to each, and nothing that the agent has seen.
    pub(crate) fn crashed(&mut self, stage: &Stage, processes: u32) -> Result<()> {
        let journal = stage.journal();
        self.read(&stage.zalo, true);
        if processes > 1 {
            self.woke_up.insert(self.crashes);
        }
        self.crashes += 1;
        let mut seen: HashSet<String> = HashSet::new();
        for turn in turns(&stage.agent()) {
            seen.insert(turn.text);
        }
        let open = self.messages.iter().filter(|(text, message)| {
            message.handed_out && !message.lost && !self.is_answered(text, message)
        });
        let open: Vec<String> = open.map(|(text, _)| text.clone()).collect();
        let mut lost = 0;
        for text in open {
            if journal.holds(&text)? {
                continue;
            }
            if seen.contains(&text) {
                self.report.broken(format!("{text} was delivered, and the journal has it no more"));
            }
            lost += 1;
            if let Some(message) = self.messages.get_mut(&text) {
                message.lost = true;
            }
        }
        self.report.lost_uncommitted += lost;
        if lost > processes && !self.disk_may_fail {
            self.report.broken(format!("{lost} messages were lost in crash {}", self.crashes));
        }
        Ok(())
    }

    /// Looks at every promise. `approved` and `dead` are what the program says at the end.
    pub(crate) fn close(&mut self, agent: &Path, approved: &[String], dead: &[String]) {
        for (text, message) in &self.messages {
            let given_up = self.at_most_once && dead.contains(text);
            if !message.lost && !given_up && !self.is_answered(text, message) {
                self.report.lost += 1;
                self.report.broken.push(format!("{text} in {} was never answered", message.chat));
            }
        }
        if !self.at_most_once && !dead.is_empty() {
            self.report.broken(format!("given up without a reason: {dead:?}"));
        }
        self.close_chunks();
        self.close_turns(agent);
        for sender in &self.approved {
            self.report.approvals += 1;
            if !approved.contains(sender) {
                self.report.approvals_lost += 1;
                self.report.broken.push(format!("{sender} was let in, and is not any more"));
            }
        }
    }

    fn close_chunks(&mut self) {
        let mut doubled: BTreeMap<(&str, u32), Vec<&str>> = BTreeMap::new();
        for ((chat, text), times) in &self.arrived {
            for crash in times.iter().skip(1) {
                doubled.entry((chat, *crash)).or_default().push(text);
            }
        }
        for ((chat, crash), chunks) in doubled {
            self.report.doubled_to_the_user += u32::try_from(chunks.len()).unwrap_or(u32::MAX);
            if chunks.len() > 1 || self.at_most_once {
                let message = format!("doubled in {chat} after crash {crash}: {chunks:?}");
                self.report.broken.push(message);
            }
        }
        for (chat, chunks) in &self.order {
            // The texts are numbered, and so are their chunks. One a chat comes late when somebody
            // wakes up.
            let mut excused = self.woke_up.clone();
            let came = |chunk: &String| self.arrived[&(chat.clone(), chunk.clone())][0];
            if late(chunks).any(|chunk| !excused.remove(&came(chunk))) {
                self.report.broken.push(format!("out of order in {chat}: {chunks:?}"));
            }
        }
    }

    fn close_turns(&mut self, agent: &Path) {
        let mut attempts: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
        let mut turn_of: BTreeMap<String, String> = BTreeMap::new();
        for Turn { id, attempt, text } in turns(agent) {
            if !attempts.entry(id.clone()).or_default().insert(attempt) {
                let message = format!("turn {id} was delivered twice as attempt {attempt}");
                self.report.broken.push(message);
            }
            let known = turn_of.entry(text.clone()).or_insert_with(|| id.clone());
            if *known != id {
                self.report.broken.push(format!("{text} became two turns: {known} and {id}"));
            }
        }
        let doubled: usize = attempts.values().map(|attempts| attempts.len() - 1).sum();
        self.report.doubled_to_the_agent += u32::try_from(doubled).unwrap_or(u32::MAX);
    }
}

/// What the agent has written down.
struct Turn {
    id: String,
    attempt: u64,
    text: String,
}

/// Those that came after one that belongs behind them.
fn late(chunks: &[String]) -> impl Iterator<Item = &String> {
    let mut last: Option<&String> = None;
    chunks.iter().filter(move |chunk| {
        let late = last.is_some_and(|last| *chunk < last);
        last = last.max(Some(chunk));
        late
    })
}

fn turns(agent: &Path) -> Vec<Turn> {
    let lines = fs::read_to_string(agent).unwrap_or_default();
    let read = |line: &str| {
        let line: Value = serde_json::from_str(line).ok()?;
        Some(Turn {
            id: line["turn"].as_str()?.into(),
            attempt: line["attempt"].as_u64()?,
            text: line["text"].as_str()?.into(),
        })
    };
    lines.lines().filter_map(read).collect()
}
