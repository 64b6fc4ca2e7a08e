//! `Bell`: how the event loop hears that there is something to pull. It is not rung for what the loop
//! itself brings about: whoever calls in looks afterwards, which costs less than to be woken.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

use napi::Status;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode::NonBlocking};

/// One call that waits is enough: all that is there is pulled then. It keeps no process alive.
pub(super) type Wake = ThreadsafeFunction<(), (), (), Status, false, true, 1>;

thread_local! {
    /// The number of the engine that this thread has called into.
    static CALLED: Cell<u64> = const { Cell::new(0) };
}

/// One engine's.
pub(super) struct Bell {
    number: u64,
    wake: Wake,
}

impl Bell {
    pub(super) fn new(wake: Wake) -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        Self { number: LAST.fetch_add(1, Ordering::Relaxed) + 1, wake }
    }

    /// By which [`quietly`] knows it.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// There is something to pull.
    pub(super) fn ring(&self) {
        if CALLED.get() != self.number {
            self.wake.call((), NonBlocking);
        }
    }
}

/// Calls into an engine whose bell is not rung by that.
pub(super) fn quietly<T>(number: u64, call: impl FnOnce() -> T) -> T {
    let before = CALLED.replace(number);
    let done = call();
    CALLED.set(before);
    done
}
