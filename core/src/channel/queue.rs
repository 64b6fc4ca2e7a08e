//! A queue of chats in which each stands once.

use alloc::collections::{BTreeSet, VecDeque};

use crate::id::ChatId;

/// First come, first served; who stands in it keeps their place.
#[derive(Debug, Default)]
pub(super) struct Queue {
    order: VecDeque<ChatId>,
    members: BTreeSet<ChatId>,
}

impl Queue {
    pub(super) fn push(&mut self, chat: &ChatId) {
        if self.members.insert(chat.clone()) {
            self.order.push_back(chat.clone());
        }
    }

    pub(super) fn pop(&mut self) -> Option<ChatId> {
        let chat = self.order.pop_front()?;
        self.members.remove(&chat);
        Some(chat)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.order.clear();
        self.members.clear();
    }
}
