//! `Bodies`: the bodies of requests that are on their way to the door, by number.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::front::Pieces;

/// As many as there are requests in the host's server: it bounds them.
#[derive(Default)]
pub(super) struct Bodies(Mutex<HashMap<u64, Pieces>>);

impl Bodies {
    pub(super) fn begin(&self, number: u64, pieces: Pieces) {
        self.lock().insert(number, pieces);
    }

    /// What comes after the answer is nobody's.
    pub(super) fn give(&self, number: u64, piece: Vec<u8>, is_last: bool) {
        if let Some(pieces) = self.lock().get(&number) {
            pieces.give(piece, is_last);
        }
    }

    /// Nothing more will come, or is wanted.
    pub(super) fn end(&self, number: u64) {
        self.lock().remove(&number);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Pieces>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
