//! Calls to hand-made peers on this machine: every fault, and what the call says of it.

mod answers;
mod cancels;
mod downloads;
mod endpoint;
mod faults;
mod peer;
mod proxies;
mod secrets;
