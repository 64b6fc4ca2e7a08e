//! `Connections`: how many there are, and which one makes room for another.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::door::Claim;

/// The connections of one server.
#[derive(Debug)]
pub(super) struct Connections {
    max: usize,
    state: Mutex<State>,
    left: Notify,
}

#[derive(Debug, Default)]
struct State {
    open: usize,
    last: u64,
    /// Those that have shown nothing yet in their present request, the longest first.
    idle: BTreeMap<u64, Arc<Notify>>,
}

/// One connection's place. Given back when it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    connections: Arc<Connections>,
    shed: Arc<Notify>,
    /// Its number among those that are idle.
    number: Mutex<Option<u64>>,
}

impl Connections {
    pub(super) fn new(max: usize) -> Self {
        Self { max: max.max(1), state: Mutex::default(), left: Notify::new() }
    }

    pub(super) fn open(&self) -> usize {
        lock(&self.state).open
    }

    /// A place for one more. Waits only if all others have shown a right secret.
    pub(super) async fn seat(self: &Arc<Self>) -> Seat {
        loop {
            // Before the look, so that nobody leaves in between unnoticed.
            let left = self.left.notified();
            if lock(&self.state).open < self.max || self.make_room() {
                break;
            }
            left.await;
        }
        let shed = Arc::new(Notify::new());
        lock(&self.state).open += 1;
        let seat = Seat { connections: Arc::clone(self), shed, number: Mutex::default() };
        seat.is_idle();
        seat
    }

    /// Has the one go that has been idle for longest. Whether there was one.
    pub(super) fn make_room(&self) -> bool {
        let longest = lock(&self.state).idle.pop_first();
        longest.is_some_and(|(_, shed)| {
            shed.notify_one();
            true
        })
    }

    /// Waits until there is none.
    pub(super) async fn empty(&self) {
        loop {
            let left = self.left.notified();
            if self.open() == 0 {
                return;
            }
            left.await;
        }
    }
}

impl Seat {
    /// It waits for a request, or for one to show a right secret.
    pub(super) fn is_idle(&self) {
        let mut number = lock(&self.number);
        let mut state = lock(&self.connections.state);
        if let Some(old) = number.take() {
            // Gone from there: it is being shed, and stays so.
            if state.idle.remove(&old).is_none() {
                *number = Some(old);
                return;
            }
        }
        state.last += 1;
        *number = Some(state.last);
        let last = state.last;
        state.idle.insert(last, Arc::clone(&self.shed));
    }

    /// Waits until it has to make room.
    pub(super) async fn is_shed(&self) {
        self.shed.notified().await;
    }
}

impl Claim for Seat {
    fn is_known(&self) {
        let mut number = lock(&self.number);
        if let Some(old) = *number
            && lock(&self.connections.state).idle.remove(&old).is_some()
        {
            *number = None;
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let number = lock(&self.number).take();
        let mut state = lock(&self.connections.state);
        state.open -= 1;
        if let Some(number) = number {
            state.idle.remove(&number);
        }
        drop(state);
        self.connections.left.notify_waiters();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    const NOW: Duration = Duration::ZERO;

    #[tokio::test]
    async fn the_longest_idle_makes_room_and_who_is_known_never_does() {
        let all = Arc::new(Connections::new(3));
        let (a, b, c) = (all.seat().await, all.seat().await, all.seat().await);
        a.is_known();
        let d = all.seat().await;
        timeout(NOW, b.is_shed()).await.expect("a is known, b is next");
        b.is_known();
        b.is_idle();
        a.is_idle();
        let _e = all.seat().await;
        timeout(NOW, c.is_shed()).await.expect("b is going already");
        for seat in [&a, &d] {
            assert!(timeout(NOW, seat.is_shed()).await.is_err());
        }
    }

    #[tokio::test]
    async fn when_all_are_known_another_waits_until_one_leaves() {
        let all = Arc::new(Connections::new(2));
        let (a, b) = (all.seat().await, all.seat().await);
        a.is_known();
        b.is_known();
        assert!(timeout(NOW, all.seat()).await.is_err());
        let waits = tokio::spawn({
            let all = Arc::clone(&all);
            async move { all.seat().await }
        });
        tokio::task::yield_now().await;
        drop(a);
        let c = waits.await.unwrap();
        assert_eq!(all.open(), 2);
        drop((b, c));
        timeout(NOW, all.empty()).await.unwrap();
    }
}
