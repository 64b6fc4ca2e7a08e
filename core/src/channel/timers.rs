//! Timers: what is due when. One deadline per name; setting it again moves it.

use alloc::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::id::ChatId;
use crate::time::Time;

/// What a timer is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// The connection: start, next poll, next look at the token or webhook.
    Link,
    /// The poll that waits for a commit.
    Poll,
    /// The store is tried again.
    Journal,
    /// A lane: an attempt's deadline, the next attempt, the end of waiting for more messages, a turn
    /// that has waited too long.
    Lane(ChatId),
    /// A chat's mail: the next try, the chat's pace, a parcel that has waited too long.
    Mail(ChatId),
    /// The account's pace.
    Pace,
    /// "is typing" fades.
    Typing(ChatId),
    /// The month ends.
    Quota,
    /// Stopping has taken long enough.
    Stop,
}

/// Why a `Channel` wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// To start, to look at the token or the webhook again, or to poll after an error.
    Link,
    /// To poll although the last answer is not durable yet.
    Poll,
    /// To offer records to the store again.
    Journal,
    /// For a turn: its attempt's deadline, its next attempt, the end of its waiting for more
    /// messages, or its own end.
    Turn,
    /// To try a chunk again, to keep a chat's pace, or to give a reply up.
    Send,
    /// To keep the account's pace.
    Pace,
    /// To show "is typing" again.
    Typing,
    /// The month's quota begins anew.
    Quota,
    /// Stopping has taken long enough.
    Stop,
}

impl Timer {
    const fn reason(&self) -> Reason {
        match self {
            Self::Link => Reason::Link,
            Self::Poll => Reason::Poll,
            Self::Journal => Reason::Journal,
            Self::Lane(_) => Reason::Turn,
            Self::Mail(_) => Reason::Send,
            Self::Pace => Reason::Pace,
            Self::Typing(_) => Reason::Typing,
            Self::Quota => Reason::Quota,
            Self::Stop => Reason::Stop,
        }
    }
}

/// All deadlines.
#[derive(Debug, Default)]
pub(super) struct Timers {
    due: BTreeMap<Timer, Time>,
    order: BTreeSet<(Time, Timer)>,
}

impl Timers {
    pub(super) fn set(&mut self, timer: Timer, at: Time) {
        if let Some(old) = self.due.insert(timer.clone(), at) {
            if old == at {
                return;
            }
            self.order.remove(&(old, timer.clone()));
        }
        self.order.insert((at, timer));
    }

    pub(super) fn clear(&mut self, timer: Timer) {
        if let Some(old) = self.due.remove(&timer) {
            self.order.remove(&(old, timer));
        }
    }

    /// Sets or clears.
    pub(super) fn set_or_clear(&mut self, timer: Timer, at: Option<Time>) {
        match at {
            Some(at) => self.set(timer, at),
            None => self.clear(timer),
        }
    }

    /// The next deadline.
    pub(super) fn next(&self) -> Option<(Time, Reason)> {
        self.order.first().map(|(at, timer)| (*at, timer.reason()))
    }

    /// Takes one that is due.
    pub(super) fn pop(&mut self, now: Time) -> Option<Timer> {
        if self.order.first()?.0 > now {
            return None;
        }
        let (_, timer) = self.order.pop_first()?;
        self.due.remove(&timer);
        Some(timer)
    }

    pub(super) fn clear_all(&mut self) {
        self.due.clear();
        self.order.clear();
    }
}
