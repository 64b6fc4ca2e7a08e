//! The control socket: how commands reach a running engine, and [`Errand`] for when none runs.
//!
//! A Unix socket of this user alone, in the state directory. Lines of JSON: the first of each side
//! is `{"protocol":1}`, then a [`Request`] a line, and a line `{"ok": ..}` or
//! `{"error": {kind, message}}` for each, in order.

mod answer;
mod client;
mod errand;
mod host;
mod path;
mod questions;
#[cfg(feature = "webhook")]
mod relay;
mod reloader;
mod request;
mod seen;
mod server;

pub use client::{CallError, Client};
pub use errand::Errand;
pub use host::{Failed, Host, Reload, Report};
pub use path::{PathError, socket_path};
#[cfg(feature = "webhook")]
pub use relay::relay;
pub use reloader::Reloader;
pub use request::{Request, Who};
pub use server::{Server, ServerError, Socket};

/// Of the lines' form.
const PROTOCOL: u32 = 1;
/// Bytes of a line: a reply of 1 MiB, escaped.
const LINE_MAX: u64 = 8 << 20;
