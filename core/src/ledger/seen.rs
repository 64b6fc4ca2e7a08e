//! Keys by which duplicates are known: bounded, fair between chats, forgotten after 30 days.

mod sizes;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::hash::Hasher;

use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher13;

use self::sizes::{Place, Sizes};
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
    keys: Hashed<UpdateKey, Link>,
    chats: Hashed<ChatTag, Chain>,
    /// Every chat by the number of its keys, to find the one that holds most.
    sizes: Sizes,
    /// Keys that were forgotten before their time.
    evicted: u64,
}

/// What is known of a key.
#[derive(Clone, Debug, PartialEq)]
struct Link {
    /// When it came.
    at: Time,
    /// The one that came to its chat after it; itself if none did.
    newer: UpdateKey,
}

/// The keys of a chat: each knows the next.
#[derive(Clone, Debug, PartialEq)]
struct Chain {
    oldest: UpdateKey,
    newest: UpdateKey,
    place: Place,
}

/// How it is written: each chat's keys with their times, oldest first; chats as they are in `sizes`.
#[derive(Clone, Serialize, Deserialize)]
struct Listed {
    evicted: u64,
    chats: Vec<(String, Vec<(UpdateKey, Time)>)>,
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
        let written = |chat| (format!("{chat:016x}"), seen.chain(chat).collect());
        Self { evicted: seen.evicted, chats: seen.sizes.iter().map(written).collect() }
    }
}

impl Seen {
    /// Whether a key is known and not older than 30 days.
    pub(crate) fn contains(&self, key: UpdateKey, now: Time) -> bool {
        self.keys.get(&key).is_some_and(|link| !is_old(link.at, now))
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
        if self.keys.get(&key).is_some() {
            return;
        }
        self.keys.insert(key, Link { at, newer: key });
        let Some(chain) = self.chats.get_mut(&chat) else {
            let place = self.sizes.enter(chat, 1);
            self.chats.insert(chat, Chain { oldest: key, newest: key, place });
            return;
        };
        if let Some(link) = self.keys.get_mut(&chain.newest) {
            link.newer = key;
        }
        chain.newest = key;
        let place = chain.place;
        self.resize(chat, place, place.size + 1);
    }

    /// Forgets what is too old in one chat: the one that grows pays for its own tidiness.
    fn expire(&mut self, chat: ChatTag, now: Time) {
        while let Some(chain) = self.chats.get(&chat)
            && self.keys.get(&chain.oldest).is_some_and(|link| is_old(link.at, now))
        {
            self.pop(chat);
        }
    }

    fn evict(&mut self, now: Time) {
        let Some(chat) = self.sizes.largest() else { return };
        if self.pop(chat).is_some_and(|at| !is_old(at, now)) {
            self.evicted = self.evicted.saturating_add(1);
        }
    }

    /// Removes the oldest key of a chat; says when it came.
    fn pop(&mut self, chat: ChatTag) -> Option<Time> {
        let chain = self.chats.get_mut(&chat)?;
        let link = self.keys.remove(&chain.oldest)?;
        chain.oldest = link.newer;
        let place = chain.place;
        self.resize(chat, place, place.size - 1);
        if place.size == 1 {
            self.chats.remove(&chat);
        }
        Some(link.at)
    }

    /// A chat has more keys, or fewer.
    fn resize(&mut self, chat: ChatTag, from: Place, size: usize) {
        if let Some(moved) = self.sizes.leave(from) {
            self.put(moved, from);
        }
        if size > 0 {
            let place = self.sizes.enter(chat, size);
            self.put(chat, place);
        }
    }

    fn put(&mut self, chat: ChatTag, place: Place) {
        if let Some(chain) = self.chats.get_mut(&chat) {
            chain.place = place;
        }
    }

    /// The keys of a chat with their times, oldest first.
    fn chain(&self, chat: ChatTag) -> impl Iterator<Item = (UpdateKey, Time)> {
        let mut next = self.chats.get(&chat).map(|chain| chain.oldest);
        core::iter::from_fn(move || {
            let key = next?;
            let link = self.keys.get(&key)?;
            next = Some(link.newer).filter(|newer| *newer != key);
            Some((key, link.at))
        })
    }

    pub(crate) fn pull_back(&mut self, now: Time) {
        self.keys.change_each(|link| link.at = link.at.min(now));
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
        assert_eq!(
            seen.sizes.iter().map(|chat| seen.chain(chat).count()).sum::<usize>(),
            SEEN_KEYS_MAX
        );
        let written = serde_json::to_string(&seen).unwrap();
        assert_eq!(serde_json::from_str::<Seen>(&written).unwrap(), seen, "as it was written");
    }

    #[test]
    fn a_restored_one_forgets_what_the_live_one_does() {
        let mut live = Seen::default();
        let take = |seen: &mut Seen, n: u64| {
            // Uneven, and many of one size.
            let chat = n * n % 151;
            let key =
                UpdateKey(u128::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
            seen.insert(key, &ChatId::from(format!("c{chat}").as_str()), Time::from_ms(n));
        };
        (0..21_000).for_each(|n| take(&mut live, n));
        let written = serde_json::to_string(&live).unwrap();
        let mut restored: Seen = serde_json::from_str(&written).unwrap();
        assert_eq!(restored, live);
        for n in 21_000..24_000 {
            take(&mut live, n);
            take(&mut restored, n);
        }
        assert_eq!(restored, live);
        assert_eq!((live.len(), live.evicted()), (SEEN_KEYS_MAX, 4_000));
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
        assert_eq!((seen.chats.len(), seen.sizes.iter().count()), (1, 1));
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
