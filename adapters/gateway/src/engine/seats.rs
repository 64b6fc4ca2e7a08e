//! `Seats`: the accounts that are at work just now.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::seat::Seat;

/// The accounts at work, by name and by number. They may come and go.
#[derive(Default)]
pub(crate) struct Seats(RwLock<Table>);

#[derive(Default)]
struct Table {
    /// In the order in which they came.
    order: Vec<Arc<Seat>>,
    by_name: HashMap<String, Arc<Seat>>,
    by_index: HashMap<usize, Arc<Seat>>,
    /// The engine has ended: there will be none any more.
    over: bool,
}

impl Seats {
    pub(super) fn add(&self, seat: Arc<Seat>) {
        let mut table = self.write();
        table.by_index.insert(seat.index, Arc::clone(&seat));
        table.by_name.insert(seat.name.clone(), Arc::clone(&seat));
        table.order.push(seat);
    }

    pub(super) fn remove(&self, seat: &Seat) {
        let mut table = self.write();
        table.by_index.remove(&seat.index);
        table.by_name.remove(&seat.name);
        table.order.retain(|other| other.index != seat.index);
    }

    /// The engine has ended. Each seat holds all that the seats share, which holds them: from here
    /// on nobody holds either.
    pub(super) fn end(&self) {
        *self.write() = Table { over: true, ..Table::default() };
    }

    /// Whether the engine has ended.
    pub(super) fn is_over(&self) -> bool {
        self.read().over
    }

    pub(super) fn named(&self, name: &str) -> Option<Arc<Seat>> {
        self.read().by_name.get(name).cloned()
    }

    pub(super) fn numbered(&self, index: usize) -> Option<Arc<Seat>> {
        self.read().by_index.get(&index).cloned()
    }

    /// All of them, as they are now.
    pub(super) fn all(&self) -> Vec<Arc<Seat>> {
        self.read().order.clone()
    }

    fn read(&self) -> RwLockReadGuard<'_, Table> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Table> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}
