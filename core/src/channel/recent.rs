//! Keys of updates that came to nothing, in memory only: the last ones, whatever chat they are of.
//! To lose one costs little: the update is judged again, and comes to nothing again.

use alloc::collections::VecDeque;

use crate::hashed::Hashed;
use crate::id::UpdateKey;
use crate::ledger::is_old;
use crate::limits::SEEN_KEYS_MAX;
use crate::time::Time;

/// The last keys, oldest first.
#[derive(Debug, Default)]
pub(super) struct Recent {
    keys: Hashed<UpdateKey, ()>,
    order: VecDeque<(UpdateKey, Time)>,
}

impl Recent {
    /// Whether a key is known and not older than 30 days; older ones are forgotten.
    pub(super) fn contains(&mut self, key: UpdateKey, now: Time) -> bool {
        while self.order.front().is_some_and(|(_, at)| is_old(*at, now)) {
            self.pop();
        }
        self.keys.get(&key).is_some()
    }

    pub(super) fn insert(&mut self, key: UpdateKey, now: Time) {
        if self.keys.insert(key, ()).is_some() {
            return;
        }
        self.order.push_back((key, now));
        if self.order.len() > SEEN_KEYS_MAX {
            self.pop();
        }
    }

    fn pop(&mut self) {
        if let Some((oldest, _)) = self.order.pop_front() {
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
        assert!(!recent.contains(UpdateKey(0), now) && recent.contains(UpdateKey(1), now));
        assert_eq!(recent.order.len(), SEEN_KEYS_MAX);
        recent.insert(UpdateKey(0), now.plus(1));
        let last_moment = now.plus(SEEN_KEYS_AGE_MS - 1);
        assert!(recent.contains(UpdateKey(3), last_moment));
        let later = now.plus(SEEN_KEYS_AGE_MS);
        assert!(!recent.contains(UpdateKey(3), later) && recent.contains(UpdateKey(0), later));
        assert_eq!((recent.order.len(), recent.keys.len()), (1, 1));
    }
}
