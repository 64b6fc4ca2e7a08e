//! The native half of the Node package `zaloxide`. The hand-written half in `lib/` is what people
//! import; nothing here is for them.

#![cfg_attr(test, allow(dead_code, reason = "in a test nothing is registered with Node"))]
#![allow(clippy::needless_pass_by_value, reason = "arguments come from JavaScript as values")]

mod channel;
mod emulator;
mod engine;
mod fault;
mod json;
mod plan;
mod program;
mod promise;
mod wire;

use mimalloc::MiMalloc;
use napi_derive::napi;

/// As the program has it: a message is a few dozen small allocations, on whichever thread.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The version of the package that this belongs to.
#[napi]
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
