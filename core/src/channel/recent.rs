//! Keys of updates that came to nothing, in memory only: the last ones, whatever chat they are of.
//! To lose one costs little: the update is judged again, and comes to nothing again.

use alloc::collections::{BTreeSet, VecDeque};

use crate::id::UpdateKey;
use crate::limits::{SEEN_KEYS_AGE_MS, SEEN_KEYS_MAX};
use crate::time::Time;

/// The last keys, oldest first.
#[derive(Debug, Default)]
pub(super) struct Recent {
    keys: BTreeSet<UpdateKey>,
    order: VecDeque<(UpdateKey, Time)>,
}

impl Recent {
    pub(super) fn contains(&self, key: UpdateKey) -> bool {
        self.keys.contains(&key)
    }

    pub(super) fn insert(&mut self, key: UpdateKey, now: Time) {
        if !self.keys.insert(key) {
            return;
        }
        self.order.push_back((key, now));
        while let Some((oldest, at)) = self.order.front().copied()
            && (now.since(at) >= SEEN_KEYS_AGE_MS || self.order.len() > SEEN_KEYS_MAX)
        {
            self.order.pop_front();
            self.keys.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Recent;
    use crate::id::UpdateKey;
    use crate::limits::{SEEN_KEYS_AGE_MS, SEEN_KEYS_MAX};
    use crate::time::Time;

    #[test]
    fn the_oldest_keys_make_room_and_all_end_after_thirty_days() {
        let mut recent = Recent::default();
        let now = Time::from_ms(7);
        for n in 0..=SEEN_KEYS_MAX as u128 {
            recent.insert(UpdateKey(n), now);
            recent.insert(UpdateKey(n), now);
        }
        assert!(!recent.contains(UpdateKey(0)) && recent.contains(UpdateKey(1)));
        assert_eq!(recent.order.len(), SEEN_KEYS_MAX);
        recent.insert(UpdateKey(0), now.plus(SEEN_KEYS_AGE_MS));
        assert_eq!((recent.order.len(), recent.keys.len()), (1, 1));
    }
}
