//! `Hashed`: a map by keys that are hashes already. They are not hashed again, and one of ten
//! thousand is found in a look or two, where a tree takes five, each a miss of the processor's cache.
//!
//! A hash order would be a hidden input, so nobody sees it: there is no way to go through them all.
#![allow(clippy::disallowed_types, reason = "the one place, whose order stays in it")]

use core::hash::{BuildHasherDefault, Hash, Hasher};

use hashbrown::HashMap;

/// A map by numbers of evenly spread bits.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Hashed<K: Eq + Hash, V>(HashMap<K, V, BuildHasherDefault<AsItIs>>);

impl<K: Eq + Hash, V> Default for Hashed<K, V> {
    fn default() -> Self {
        Self(HashMap::default())
    }
}

impl<K: Eq + Hash, V> Hashed<K, V> {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.0.get(key)
    }

    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.0.get_mut(key)
    }

    /// The value that was there before.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.0.insert(key, value)
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        self.0.remove(key)
    }

    /// Changes every value, each by itself.
    pub(crate) fn change_each(&mut self, change: impl Fn(&mut V)) {
        self.0.values_mut().for_each(change);
    }
}

/// A hasher that takes a number as its hash.
///
/// Whoever could choose many keys of one hash would make a search long, but no longer than the map:
/// each of them is bounded.
#[derive(Clone, Copy, Default)]
pub(crate) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    #[allow(
        clippy::cast_possible_truncation,
        reason = "one half of a hash is as good as the other"
    )]
    fn write_u128(&mut self, hash: u128) {
        self.0 = hash as u64;
    }

    /// No key that is a number comes here; one that did would be found all the same.
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_one_half_are_told_apart() {
        let (mut up, mut down) = (Hashed::default(), Hashed::default());
        for n in 0..1_000_u128 {
            assert_eq!(up.insert(n << 60, n), None);
            assert_eq!(down.insert((999 - n) << 60, 999 - n), None);
        }
        assert_eq!(up, down, "whatever went in first");
        assert_eq!((up.insert(0, 7), up.remove(&(5 << 60)), up.len()), (Some(0), Some(5), 999));
        up.change_each(|value| *value += 1);
        up.get_mut(&0).into_iter().for_each(|value| *value += 1);
        assert_eq!(
            (up.get(&0), up.get(&(4 << 60)), up.get(&(5 << 60))),
            (Some(&9), Some(&5), None)
        );
    }
}
