//! Chats that a person has taken over, and the messages that came meanwhile.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::id::{ChatId, SenderId};
use crate::limits::PAUSED_LISTED_MAX;
use crate::record::Incoming;
use crate::time::Time;

/// A chat that a person has taken over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PausedChat {
    /// Since when.
    pub since: Time,
    /// The latest messages that came meanwhile.
    pub listed: VecDeque<Arc<Incoming>>,
}

/// All such chats.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Paused {
    chats: BTreeMap<ChatId, PausedChat>,
}

impl Paused {
    pub(crate) fn contains(&self, chat: &ChatId) -> bool {
        self.chats.contains_key(chat)
    }

    pub(crate) fn len(&self) -> usize {
        self.chats.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&ChatId, &PausedChat)> {
        self.chats.iter()
    }

    pub(super) fn pause(&mut self, chat: &ChatId, at: Time) {
        let fresh = || PausedChat { since: at, listed: VecDeque::new() };
        self.chats.entry(chat.clone()).or_insert_with(fresh);
    }

    pub(super) fn resume(&mut self, chat: &ChatId) {
        self.chats.remove(chat);
    }

    pub(super) fn list(&mut self, incoming: Arc<Incoming>) {
        if let Some(chat) = self.chats.get_mut(&incoming.chat.id) {
            if chat.listed.len() >= PAUSED_LISTED_MAX {
                chat.listed.pop_front();
            }
            chat.listed.push_back(incoming);
        }
    }

    pub(super) fn forget(&mut self, sender: &SenderId) {
        for chat in self.chats.values_mut() {
            chat.listed.retain(|incoming| incoming.sender.id != *sender);
        }
    }

    pub(super) fn pull_back(&mut self, now: Time) {
        for chat in self.chats.values_mut() {
            chat.since = chat.since.min(now);
        }
    }
}
