//! `View`: all that can be seen of a `Channel` from outside, and nothing can be changed through it.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;

use crate::channel::Channel;
use crate::counters::Counters;
use crate::id::{ChatId, SenderId, TurnId};
use crate::ledger::{
    Admitted, DeadLetter, HistoryEntry, Ledger, Parcel, PausedChat, Request, Turn,
};
use crate::limits::{COMPACT_AFTER_RECORDS_MAX, COMPACT_AFTER_RECORDS_MIN, SMALL_SNAPSHOT_ENTRIES};
use crate::time::Time;

/// What an account is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum State {
    /// Asking Zalo who the bot is and whether a webhook is set.
    Starting,
    /// Long polling.
    Polling,
    /// Updates are pushed.
    Webhook,
    /// Nothing is received: it is there for what an operator asks.
    Errands,
    /// A webhook that was not set from here takes the updates.
    ForeignWebhook {
        /// Its URL.
        url: String,
    },
    /// The token is refused; asked again every 10 minutes.
    AuthFailed,
    /// The token is another bot's.
    WrongBot {
        /// That bot.
        id: String,
    },
    /// `Stop` came.
    Stopping,
    /// All is done.
    Stopped,
}

/// What becomes of what somebody writes to the bot in private.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Admission {
    /// It goes to the agent.
    Admitted,
    /// It is dropped; the sender has a code that waits to be approved.
    Pending,
    /// It is dropped; the sender gets a code.
    Stranger,
    /// It is dropped, and no code is given: an operator has rejected the sender.
    Rejected,
    /// It is dropped: the sender is not in `allowFrom`.
    NotAllowed,
    /// It is dropped: the bot takes nothing in private.
    Disabled,
}

/// The account at a glance.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// Its name in the configuration.
    pub account: String,
    /// The bot's public number.
    pub bot_id: String,
    /// The name people see, once `getMe` has answered.
    pub bot_name: Option<String>,
    /// What it is doing.
    pub state: State,
    /// Where Zalo is to push updates; from the configuration.
    pub webhook_url: Option<String>,
    /// The store can't be written: nothing new is taken.
    pub intake_closed: bool,
    /// Open turns.
    pub turns: usize,
    /// Turns the agent works on.
    pub turns_running: usize,
    /// Chunks that wait to be sent.
    pub chunks: usize,
    /// Lines of the bot's own that wait to be sent: codes, notices.
    pub notices: usize,
    /// Calls under way.
    pub calls: usize,
    /// Dead letters.
    pub dead_letters: usize,
    /// Strangers with a code.
    pub pairing_pending: usize,
    /// Messages sent this month, in Vietnam's calendar.
    pub quota_sent: u64,
    /// Of how many; from the configuration.
    pub quota_monthly: u64,
    /// So many of them are sent that they may not last the month.
    pub quota_is_low: bool,
    /// Until when sends pause because the quota is used up.
    pub quota_paused_until: Option<Time>,
    /// Keys by which duplicates are known.
    pub seen_keys: usize,
    /// Such keys that were forgotten before their time.
    pub seen_keys_evicted: u64,
    /// Several people may write in private, and all of them share the agent's session `main`.
    pub main_is_shared: bool,
    /// Numbers since the start.
    pub counters: Counters,
    /// What an operator may want to do something about, each a sentence.
    pub warnings: Vec<String>,
}

/// Read only access to a [`Channel`].
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    channel: &'a Channel,
    ledger: &'a Ledger,
}

impl<'a> View<'a> {
    pub(crate) fn new(channel: &'a Channel, ledger: &'a Ledger) -> Self {
        Self { channel, ledger }
    }

    /// The account at a glance.
    pub fn status(&self) -> Status {
        self.channel.status()
    }

    /// Strangers whose codes are alive.
    pub fn pending(self) -> impl Iterator<Item = (&'a SenderId, &'a Request)> {
        self.ledger.pairing.pending(self.channel.now())
    }

    /// Whom pairing has let in.
    pub fn approved(self) -> impl Iterator<Item = (&'a SenderId, &'a Admitted)> {
        self.ledger.pairing.approved()
    }

    /// What would become now of what this sender writes in private.
    pub fn admission(self, sender: &SenderId) -> Admission {
        self.channel.admission(sender)
    }

    /// What was decided about strangers, oldest first.
    pub fn history(self) -> impl Iterator<Item = &'a HistoryEntry> {
        self.ledger.pairing.history()
    }

    /// Open turns.
    pub fn turns(self) -> impl Iterator<Item = &'a Turn> {
        self.ledger.turns.iter()
    }

    /// Replies and sends on their way.
    pub fn parcels(self) -> impl Iterator<Item = &'a Parcel> {
        self.ledger.posts.iter()
    }

    /// What was given up, oldest first.
    pub fn dead_letters(self) -> impl Iterator<Item = &'a DeadLetter> {
        self.ledger.dead.iter()
    }

    /// Whether this turn is open, or lies among what was given up and can be tried again.
    pub fn knows(self, turn: TurnId) -> bool {
        self.ledger.turns.get(turn).is_some() || self.ledger.dead.find(turn).is_some()
    }

    /// Chats with open turns, and how many.
    pub fn lanes(self) -> impl Iterator<Item = (&'a ChatId, usize)> {
        self.ledger.turns.lanes().map(|(chat, lane)| (chat, lane.len()))
    }

    /// Chats that people have taken over.
    pub fn paused_chats(self) -> impl Iterator<Item = (&'a ChatId, &'a PausedChat)> {
        self.ledger.paused.iter()
    }

    /// How many records since the last snapshot make another one worth its while: about as many as
    /// the snapshot has entries. So a busy account does not write more of them than of records. One
    /// of few entries is no larger than a few records: ten thousand quiet accounts keep no long
    /// journals.
    pub fn compact_after(self) -> usize {
        let ledger = self.ledger;
        let people = ledger.pairing.approved().len();
        let entries = ledger.seen.len() + ledger.turns.len() + ledger.dead.len() + people;
        if entries < SMALL_SNAPSHOT_ENTRIES {
            COMPACT_AFTER_RECORDS_MIN
        } else {
            entries.min(COMPACT_AFTER_RECORDS_MAX)
        }
    }

    /// The number of the last record, and of the last one that is durable.
    pub fn records(&self) -> (u64, u64) {
        self.channel.records()
    }
}
