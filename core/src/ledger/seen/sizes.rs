//! `Sizes`: chats by how many keys they have. A chat that gets one more, or loses one, moves in a
//! step, whatever else there is.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::ChatTag;

/// Chats of each size, in an order that comes of what has happened to them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sizes(BTreeMap<usize, Vec<ChatTag>>);

/// Where a chat is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    /// How many keys it has.
    pub(super) size: usize,
    /// Among those of its size.
    index: usize,
}

impl Sizes {
    /// A chat that is nowhere yet, or has left, has so many keys.
    pub(super) fn enter(&mut self, chat: ChatTag, size: usize) -> Place {
        let chats = self.0.entry(size).or_default();
        chats.push(chat);
        Place { size, index: chats.len() - 1 }
    }

    /// A chat leaves. Another one may take its place, and is named.
    pub(super) fn leave(&mut self, place: Place) -> Option<ChatTag> {
        let chats = self.0.get_mut(&place.size)?;
        if place.index < chats.len() {
            chats.swap_remove(place.index);
        }
        let moved = chats.get(place.index).copied();
        if chats.is_empty() {
            self.0.remove(&place.size);
        }
        moved
    }

    /// The chat that holds most; of several the one that has come to hold so many last.
    pub(super) fn largest(&self) -> Option<ChatTag> {
        self.0.last_key_value()?.1.last().copied()
    }

    /// All chats, those that hold fewest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = ChatTag> {
        self.0.values().flatten().copied()
    }
}
