//! The public door: Zalo's webhooks come in here, the files that Zalo is to fetch go out, and on a
//! listener of its own, health and metrics.
//!
//! - [`Door`] answers one request: who may come in, in what order it is looked at, and what each is
//!   told. It is a plain async function of a request and where it comes from, so it can be mounted
//!   in any server; `examples/axum.rs` does that.
//! - [`Mount`] is the same for a server in another language: a request in, its body when the door
//!   wants it, an answer out.
//! - [`Routes`] says which path and secret belong to whom. It can change at any time.
//! - [`Taker`] is whoever takes updates in, [`Files`] whoever has files to be fetched. What an
//!   update means is decided there, not here.
//! - [`Server`] is a listener that bounds what strangers can make it hold: connections, headers,
//!   bodies, time. [`Ops`] is what it can serve besides a door.

mod door;
mod mount;
mod ops;
mod payload;
mod routes;
mod server;
mod taker;

pub use door::{Door, Proxies, ProxiesError, Visitor};
pub use mount::{Mount, Pieces, Plain, PlainAnswer, PlainBody, is_read};
pub use ops::{Health, Ops};
pub use payload::Payload;
pub use routes::{Routes, Taken};
pub use server::{Limits, Listener, Server, Service, StartError};
#[cfg(feature = "tls")]
pub use server::{Tls, TlsError};
pub use taker::{Answer, File, Files, Status, Taker};
