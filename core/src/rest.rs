//! `rest`: what an account at rest gives back. A process may have ten thousand of them.

use alloc::collections::BTreeMap;

/// Gives back the node, with room for eleven entries, that an emptied map keeps.
pub(crate) fn rest<K, V>(map: &mut BTreeMap<K, V>) {
    if map.is_empty() {
        *map = BTreeMap::new();
    }
}
