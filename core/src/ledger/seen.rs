//! Keys by which duplicates are known: bounded, fair between chats, forgotten after 30 days.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::hash::Hasher;

use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher13;

use crate::hashed::Hashed;
use crate::id::{ChatId, UpdateKey};
use crate::limits::{SEEN_KEYS_AGE_MS, SEEN_KEYS_MAX};
use crate::time::Time;

/// A chat, by a hash of its id. Two chats of one hash only share their room.
type ChatTag = u64;

/// A set of keys. When it is full, the chat that holds most loses its oldest: a flood in one chat
/// can't push another chat's keys out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Listed", into = "Listed")]
pub(crate) struct Seen {
    keys: Hashed<UpdateKey, Time>,
    chats: Hashed<ChatTag, VecDeque<(UpdateKey, Time)>>,
    /// Every chat with the number of its keys, to find the one that holds most.
    sizes: BTreeSet<(usize, ChatTag)>,
    /// Keys that were forgotten before their time.
    evicted: u64,
}

/// How it is written: per chat its keys with their times, oldest first.
#[derive(Clone, Serialize, Deserialize)]
struct Listed {
    evicted: u64,
    chats: BTreeMap<String, Vec<(UpdateKey, Time)>>,
}

impl TryFrom<Listed> for Seen {
    type Error = &'static str;

    fn try_from(listed: Listed) -> Result<Self, Self::Error> {
        let mut seen = Self { evicted: listed.evicted, ..Self::default() };
        for (chat, keys) in listed.chats {
            let chat =
                u64::from_str_radix(&chat, 16).map_err(|_| "a chat's tag is 16 hex digits")?;
            for (key, at) in keys {
                seen.add(key, chat, at);
            }
        }
        Ok(seen)
    }
}

impl From<Seen> for Listed {
    fn from(seen: Seen) -> Self {
        let Seen { chats, evicted, .. } = seen;
        let written = |(chat, list): (ChatTag, VecDeque<_>)| (format!("{chat:016x}"), list.into());
        Self { evicted, chats: chats.sorted().into_iter().map(written).collect() }
    }
}

impl Seen {
    /// Whether a key is known and not older than 30 days.
    pub(crate) fn contains(&self, key: UpdateKey, now: Time) -> bool {
        self.keys.get(&key).is_some_and(|at| !is_old(*at, now))
    }

    /// Keys that were forgotten before their time.
    pub(crate) fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Keys that are known.
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    pub(crate) fn insert(&mut self, key: UpdateKey, chat: &ChatId, now: Time) {
        let chat = tag(chat);
        self.expire(chat, now);
        if self.keys.len() >= SEEN_KEYS_MAX {
            self.evict(now);
        }
        self.add(key, chat, now);
    }

    fn add(&mut self, key: UpdateKey, chat: ChatTag, at: Time) {
        if self.keys.insert(key, at).is_some() {
            return;
        }
        let list = self.chats.or_default(chat);
        list.push_back((key, at));
        let size = list.len();
        if size > 1 {
            self.sizes.remove(&(size - 1, chat));
        }
        self.sizes.insert((size, chat));
    }

    /// Forgets what is too old in one chat: the one that grows pays for its own tidiness.
    fn expire(&mut self, chat: ChatTag, now: Time) {
        while let Some(list) = self.chats.get(&chat)
            && list.front().is_some_and(|(_, at)| is_old(*at, now))
        {
            let size = list.len();
            self.sizes.remove(&(size, chat));
            self.pop(size, chat);
        }
    }

    fn evict(&mut self, now: Time) {
        let Some((size, chat)) = self.sizes.pop_last() else { return };
        if self.pop(size, chat).is_some_and(|at| !is_old(at, now)) {
            self.evicted = self.evicted.saturating_add(1);
        }
    }

    /// Removes the oldest key of a chat that has been taken from the sizes; says when it came.
    fn pop(&mut self, size: usize, chat: ChatTag) -> Option<Time> {
        let oldest = self.chats.get_mut(&chat)?.pop_front();
        if size > 1 {
            self.sizes.insert((size - 1, chat));
        } else {
            self.chats.remove(&chat);
        }
        let (key, at) = oldest?;
        self.keys.remove(&key);
        Some(at)
    }

    pub(crate) fn pull_back(&mut self, now: Time) {
        let pull = |at: &mut Time| *at = (*at).min(now);
        self.keys.change_each(pull);
        self.chats.change_each(|list| list.iter_mut().for_each(|(_, at)| pull(at)));
    }
}

/// Whether a key that came then is forgotten by now.
pub(crate) fn is_old(at: Time, now: Time) -> bool {
    now.since(at) >= SEEN_KEYS_AGE_MS
}

/// The keys are fixed: a restored set has to be the same.
fn tag(chat: &ChatId) -> ChatTag {
    let mut hasher = SipHasher13::new_with_keys(0x6368, 0x6174);
    hasher.write(chat.as_str().as_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::boxed::Box;
    use std::format;

    use super::Seen;
    use crate::id::{ChatId, UpdateKey};
    use crate::ledger::Ledger;
    use crate::limits::{SEEN_KEYS_AGE_MS, SEEN_KEYS_MAX};
    use crate::record::Record;
    use crate::time::Time;

    fn key(chat: u64, n: u64) -> UpdateKey {
        UpdateKey((u128::from(chat) << 64) | u128::from(n))
    }

    #[test]
    fn a_flood_in_one_chat_costs_only_its_own_keys() {
        let mut seen = Seen::default();
        let now = Time::from_ms(1);
        let (quiet, loud) = (ChatId::from("quiet"), ChatId::from("loud"));
        for n in 0..100 {
            seen.insert(key(1, n), &quiet, now);
        }
        for n in 0..25_000 {
            seen.insert(key(2, n), &loud, now);
        }
        assert_eq!(seen.len(), SEEN_KEYS_MAX);
        assert!((0..100).all(|n| seen.contains(key(1, n), now)), "the quiet chat keeps its keys");
        assert!(!seen.contains(key(2, 0), now) && seen.contains(key(2, 24_999), now));
        assert_eq!(seen.evicted(), 25_100 - SEEN_KEYS_MAX as u64);
        assert_eq!(seen.sizes.iter().map(|(size, _)| size).sum::<usize>(), SEEN_KEYS_MAX);
        let written = serde_json::to_string(&seen).unwrap();
        assert_eq!(serde_json::from_str::<Seen>(&written).unwrap(), seen, "as it was written");
    }

    #[test]
    fn keys_end_after_thirty_days() {
        let mut seen = Seen::default();
        let chat = ChatId::from("c");
        for n in [1, 3, 4] {
            seen.insert(key(1, n), &chat, Time::from_ms(5));
        }
        assert!(seen.contains(key(1, 1), Time::from_ms(4 + SEEN_KEYS_AGE_MS)));
        let later = Time::from_ms(5 + SEEN_KEYS_AGE_MS);
        assert!(!seen.contains(key(1, 1), later));
        seen.insert(key(1, 2), &chat, later);
        assert_eq!((seen.len(), seen.evicted()), (1, 0));
        assert_eq!((seen.chats.len(), seen.sizes.len()), (1, 1));
    }

    #[test]
    fn what_a_fast_clock_wrote_is_pulled_back() {
        let mut seen = Seen::default();
        let now = Time::from_ms(5);
        seen.insert(key(1, 1), &ChatId::from("c"), now.plus(9));
        seen.pull_back(now);
        assert!(seen.contains(key(1, 1), now.plus(SEEN_KEYS_AGE_MS - 1)));
        assert!(!seen.contains(key(1, 1), now.plus(SEEN_KEYS_AGE_MS)));
        seen.insert(key(1, 2), &ChatId::from("c"), now.plus(SEEN_KEYS_AGE_MS));
        assert_eq!(seen.len(), 1, "in the list of its chat too");
    }

    #[test]
    fn its_json_restores_it() {
        let mut seen = Seen::default();
        for n in 0..9 {
            let chat = ChatId::from(format!("c{}", n % 2).as_str());
            seen.insert(key(n % 2, n), &chat, Time::from_ms(n));
        }
        // Through a record, as journals hold it: serde buffers what is inside a tagged enum.
        let ledger = Box::new(Ledger { seen, ..Ledger::default() });
        let record = Record::Snapshot { ledger };
        let json = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<Record>(&json).unwrap(), record);
    }
}
