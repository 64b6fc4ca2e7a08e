//! `Driver`: the shortest way around a channel: every Commit is durable at once, every call is
//! answered well, nobody waits.

use zaloxide_core::{
    AccountConfig, Action, AllowList, Channel, DmPolicy, DropReason, Envelope, Event, GroupPolicy,
    Method, Outcome, Record, Refused, Reply, Settled, Ticket, Time,
};

/// The bot of all targets.
pub const BOT_ID: &str = "1459232241454765289";
/// When it all begins.
pub const NOW: Time = Time::from_ms(1_795_000_000_000);
/// More actions than a few events can come to.
const ACTIONS_MAX: usize = 20_000;

/// An account that lets everybody in, also in groups.
pub fn open_account() -> AccountConfig {
    let mut config = AccountConfig::new("default", BOT_ID);
    config.dm_policy = DmPolicy::Open;
    config.allow_from = AllowList::from_entries(["*"]);
    config.group_policy = GroupPolicy::Open;
    config
}

/// A channel, and what came of it.
pub struct Driver {
    /// The channel.
    pub channel: Channel,
    /// What its clock says.
    pub now: Time,
    /// All records it has offered.
    pub journal: Vec<(u64, Record)>,
    /// Who was answered, and how.
    pub settled: Vec<(Ticket, Settled)>,
    /// What the agent was given.
    pub delivered: Vec<Envelope>,
    /// Why updates came to nothing.
    pub dropped: Vec<DropReason>,
}

impl Driver {
    /// Drives a channel until nothing is left to be done.
    pub fn new(channel: Channel, now: Time) -> Self {
        let mut driver = Self {
            channel,
            now,
            journal: Vec::new(),
            settled: Vec::new(),
            delivered: Vec::new(),
            dropped: Vec::new(),
        };
        driver.drain();
        driver
    }

    /// Hands an event in and does what comes of it.
    ///
    /// # Errors
    /// The channel refuses it.
    pub fn hand(&mut self, event: Event<'_>) -> Result<(), Refused> {
        self.channel.handle(self.now, event)?;
        self.drain();
        Ok(())
    }

    /// Lets the next timer fire, so many times.
    pub fn wait(&mut self, times: usize) {
        for _ in 0..times {
            let Some((due, _)) = self.channel.poll_timeout() else { return };
            self.now = self.now.max(due);
            self.hand(Event::TimerFired).expect("a timer is never refused");
        }
    }

    fn drain(&mut self) {
        for _ in 0..ACTIONS_MAX {
            let Some(action) = self.channel.poll_action() else { return };
            if let Some(event) = self.act(action) {
                self.channel.handle(self.now, event).expect("a completion is never refused");
            }
        }
        panic!("no end of actions");
    }

    /// Does what an action says; what comes of it is an event.
    fn act(&mut self, action: Action) -> Option<Event<'static>> {
        match action {
            Action::Commit { upto, records } => {
                let first = upto + 1 - records.len() as u64;
                self.journal.extend((first..).zip(records));
                Some(Event::Committed { upto })
            }
            Action::StartCall { call, method, .. } => {
                let body = match method {
                    Method::GetMe => r#"{"ok":true,"result":{"id":"1459232241454765289"}}"#,
                    // Nobody writes: it stays open.
                    Method::GetUpdates => return None,
                    Method::GetWebhookInfo => r#"{"ok":false,"error_code":404}"#,
                    _ => r#"{"ok":true}"#,
                };
                Some(Event::CallFinished { call, outcome: answered(body) })
            }
            Action::SendChunk { call, .. } => {
                let outcome = answered(r#"{"ok":true,"result":{"message_id":"m"}}"#);
                Some(Event::CallFinished { call, outcome })
            }
            Action::CancelCall { call } => {
                let reason = String::from("cancelled");
                Some(Event::CallFinished { call, outcome: Outcome::Unknown { reason } })
            }
            Action::FetchMedia { turn, index, .. } => {
                let result = zaloxide_core::Fetched::Failed { reason: String::from("404") };
                Some(Event::MediaFetched { turn, index, result })
            }
            Action::Deliver { turn, attempt, envelope, .. } => {
                let reply = Reply::text(envelope.text.clone());
                self.delivered.push(*envelope);
                Some(Event::Replied { turn, attempt, reply })
            }
            Action::Settle { ticket, result } => {
                self.settled.push((ticket, result));
                None
            }
            Action::Drop { reason, .. } => {
                self.dropped.push(reason);
                None
            }
            _ => None,
        }
    }
}

fn answered(body: &'static str) -> Outcome<'static> {
    Outcome::Answered { status: 200, retry_after_ms: None, body: body.into() }
}
