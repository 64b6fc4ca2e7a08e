//! `Connections`: how many there are, and which one makes room for another.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::door::Claim;

/// The longest idle are looked for among all, so many at once.
const LOOKED_FOR: usize = 64;

/// The connections of one server.
#[derive(Debug)]
pub(super) struct Connections {
    max: usize,
    state: Mutex<State>,
    /// How often one of them has come to be idle.
    idled: AtomicU64,
    left: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// By their numbers: since when each was idle at first.
    open: BTreeMap<u64, Arc<Mark>>,
    /// Those that had been idle for longest at the last look, the longest first. One that has shown
    /// something since then is passed over.
    longest: VecDeque<(u64, Arc<Mark>)>,
}

/// What a connection shows. Changed twice a request, and without a lock: it is looked at only when
/// room has to be made.
#[derive(Debug)]
struct Mark {
    /// Since when it has shown nothing in its present request, by `Connections::idled`, or one of
    /// the two below.
    idle: AtomicU64,
    shed: Notify,
}

/// It has shown a right secret.
const KNOWN: u64 = 0;
/// It goes, or is gone, and stays so.
const SHED: u64 = u64::MAX;

impl Mark {
    fn set(&self, idle: u64) {
        let change = |now: u64| (now != SHED).then_some(idle);
        // One that goes is left as it is.
        let _ = self.idle.fetch_update(Ordering::Relaxed, Ordering::Relaxed, change);
    }

    fn shed(&self, idle: u64) -> bool {
        let (from, to) = (Ordering::Relaxed, Ordering::Relaxed);
        let was_idle = self.idle.compare_exchange(idle, SHED, from, to).is_ok();
        if was_idle {
            self.shed.notify_one();
        }
        was_idle
    }
}

/// One connection's place. Given back when it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    connections: Arc<Connections>,
    number: u64,
    mark: Arc<Mark>,
}

impl Connections {
    pub(super) fn new(max: usize) -> Self {
        let (state, idled, left) = (Mutex::default(), AtomicU64::new(KNOWN), Notify::new());
        Self { max: max.max(1), state, idled, left }
    }

    pub(super) fn open(&self) -> usize {
        lock(&self.state).open.len()
    }

    /// A place for one more. Waits only if all others have shown a right secret.
    pub(super) async fn seat(self: &Arc<Self>) -> Seat {
        loop {
            // Before the look, so that nobody leaves in between unnoticed.
            let left = self.left.notified();
            if self.open() < self.max || self.make_room() {
                break;
            }
            left.await;
        }
        let number = self.now();
        let mark = Arc::new(Mark { idle: AtomicU64::new(number), shed: Notify::new() });
        lock(&self.state).open.insert(number, Arc::clone(&mark));
        Seat { connections: Arc::clone(self), number, mark }
    }

    /// Has the one go that has been idle for longest. Whether there was one.
    pub(super) fn make_room(&self) -> bool {
        let mut state = lock(&self.state);
        loop {
            while let Some((idle, mark)) = state.longest.pop_front() {
                if mark.shed(idle) {
                    return true;
                }
            }
            state.look();
            if state.longest.is_empty() {
                return false;
            }
        }
    }

    fn now(&self) -> u64 {
        self.idled.fetch_add(1, Ordering::Relaxed) + 1
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

impl State {
    /// Looks for the longest idle.
    fn look(&mut self) {
        let idle = self.open.values().filter_map(|mark| {
            let idle = mark.idle.load(Ordering::Relaxed);
            (idle != KNOWN && idle != SHED).then(|| (idle, Arc::clone(mark)))
        });
        let mut idle: Vec<_> = idle.collect();
        if idle.len() > LOOKED_FOR {
            idle.select_nth_unstable_by_key(LOOKED_FOR, |(idle, _)| *idle);
            idle.truncate(LOOKED_FOR);
        }
        idle.sort_unstable_by_key(|(idle, _)| *idle);
        self.longest = idle.into();
    }
}

impl Seat {
    /// It waits for a request, or for one to show a right secret.
    pub(super) fn is_idle(&self) {
        self.mark.set(self.connections.now());
    }

    /// Waits until it has to make room.
    pub(super) async fn is_shed(&self) {
        self.mark.shed.notified().await;
    }
}

impl Claim for Seat {
    fn is_known(&self) {
        self.mark.set(KNOWN);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.mark.set(SHED);
        lock(&self.connections.state).open.remove(&self.number);
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
    async fn of_many_the_longest_idle_goes_first() {
        let all = Arc::new(Connections::new(1_000));
        let mut seats = Vec::new();
        for _ in 0..3 * LOOKED_FOR {
            seats.push(all.seat().await);
        }
        // Every third shows something new each time, and every other third has shown enough.
        let mut going = Vec::new();
        for (n, seat) in seats.iter().enumerate() {
            match n % 3 {
                0 => seat.is_known(),
                1 => going.push(n),
                _ => {}
            }
        }
        for at in going {
            seats.iter().skip(2).step_by(3).for_each(Seat::is_idle);
            assert!(all.make_room());
            timeout(NOW, seats[at].is_shed()).await.expect("each in its turn");
        }
        seats.iter().skip(2).step_by(3).for_each(Seat::is_known);
        assert!(!all.make_room(), "all others are known, or go already");
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
