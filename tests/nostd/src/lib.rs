//! A program for a machine without an operating system: core, a panic handler, an allocator.
//!
//! It has a panic handler of its own. So does std: as soon as any dependency of core pulls std in,
//! there are two, and the build fails with "found duplicate lang item `panic_impl`". The feature
//! `std-control` pulls it in on purpose, to see that it does fail; `tests/run nostd` builds both.
#![no_std]

#[cfg(feature = "std-control")]
extern crate std;

extern crate alloc;

use core::alloc::{GlobalAlloc, Layout};
use core::panic::PanicInfo;

use zaloxide_core::{AccountConfig, Channel, Event, Time};

/// Has nothing to give: the program is linked, never run.
struct Nothing;

// SAFETY: a null pointer is how an allocator says that there is no memory, and what was never
// given is never given back.
unsafe impl GlobalAlloc for Nothing {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        core::ptr::null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static ALLOCATOR: Nothing = Nothing;

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}

/// Turns the loop once, so that all of the machine is linked. Returns the number of actions.
#[unsafe(no_mangle)]
pub extern "C" fn zaloxide_nostd_turn(now: u64) -> usize {
    let now = Time::from_ms(now);
    let mut channel = Channel::new(AccountConfig::new("default", "1"), [0; 32], now);
    let taken = channel.handle(now, Event::TimerFired).is_ok();
    let mut actions = usize::from(taken);
    while channel.poll_action().is_some() {
        actions += 1;
    }
    actions + usize::from(channel.poll_timeout().is_some())
}
