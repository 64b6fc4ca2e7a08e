//! A Zalo bot engine: it polls, pairs strangers, hands messages to your agent, and sends the
//! answers, across restarts, for any number of bots.
//!
//! # A bot
//!
//! ```no_run
//! # #[cfg(feature = "polling")] fn main() -> Result<(), Box<dyn std::error::Error>> {
//! zaloxide::Bot::builder()
//!     .token(std::env::var("ZALO_BOT_TOKEN")?)
//!     .agent(|turn| async move { format!("Bạn nói: {}", turn.text) })
//!     .run()?;
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "polling"))] fn main() {}
//! ```
//!
//! `Bot::builder` has the rest: who is let in, a function that may block, an
//! [`Agent`] of your own, webhooks, where state lies, how it ends. What is written to the bot while
//! an answer is on its way waits in its chat; other chats go on.
//!
//! # In tests
//!
//! With the feature `testing` there is a Zalo platform in your process:
//!
//! ```
//! # #[cfg(feature = "testing")] {
//! use std::time::Duration;
//! use zaloxide::Bot;
//! use zaloxide::testing::{Emulator, Options};
//!
//! let zalo = Emulator::start(Options::default())?;
//! let bot = Bot::builder()
//!     .local(&zalo)
//!     .allow_from(["6ede9afa66b88fe6d6a9"])
//!     .agent_blocking(|turn| format!("You said: {}", turn.text))
//!     .start()?;
//!
//! let patience = Duration::from_secs(30);
//! assert!(zalo.wait_for_poll(None, patience)?);
//! zalo.user("6ede9afa66b88fe6d6a9").sends_text("Xin chào")?;
//! let sent = zalo.wait_for_call(0, patience, |call| call.method == "sendMessage").unwrap();
//! assert_eq!(sent.params["text"], "You said: Xin chào");
//! bot.stop();
//! bot.wait()?;
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! | | brings | on |
//! |---|---|---|
//! | `polling` | bots whose updates are polled | yes |
//! | `webhook` | bots whose updates are pushed; health, metrics, hosted files: hyper and tokio | |
//! | `sqlite` | state that survives a restart: `SQLite`, which needs a C compiler | yes |
//! | `tls` | https: rustls | yes |
//! | `socks` | SOCKS5 proxies | |
//! | `signals` | `BotBuilder::stop_on_signals` | |
//! | `testing` | the local Zalo platform, and a store that fails on request | |
//! | `full` | all but `testing` | |
//!
//! `polling` and `webhook` bring `engine`, which has all the rest. Without any of them there are the
//! [`core`], the [`store`] trait with a store in memory, and the [`agents`]: what drivers of one's
//! own are made of.
//!
//! # The layers
//!
//! A `Bot` is an `Engine` with a configuration, a store, a log and a control socket. `Engine::builder`
//! is the full form: several accounts, a store of your own, observers. Under it all, what is decided,
//! and why, is decided in [`core`], which does no I/O and can be driven by other means; the
//! repository has examples of that, on threads, on tokio and in axum.

#[cfg(feature = "engine")]
pub mod accounts;
pub mod agents;
#[cfg(feature = "engine")]
pub mod bot;
#[cfg(feature = "engine")]
mod clock;
#[cfg(feature = "engine")]
mod commits;
#[cfg(feature = "engine")]
pub mod config;
#[cfg(all(feature = "engine", unix))]
pub mod control;
#[cfg(all(feature = "webhook", unix))]
pub mod embedded;
#[cfg(feature = "engine")]
pub mod engine;
pub mod escape;
#[cfg(feature = "engine")]
pub mod front;
#[cfg(feature = "engine")]
pub mod identity;
pub mod log;
#[cfg(feature = "engine")]
pub mod media;
pub mod observer;
#[cfg(feature = "engine")]
pub mod record_file;
#[cfg(all(feature = "engine", feature = "signals"))]
pub mod signals;
#[cfg(feature = "webhook")]
mod vitals;

#[cfg(feature = "engine")]
pub use accounts::Account;
pub use agents::{Agent, Async, Callback, IntoReply};
#[cfg(feature = "engine")]
pub use bot::Bot;
#[cfg(feature = "engine")]
pub use config::Config;
#[cfg(feature = "engine")]
pub use engine::{Engine, Handle};
pub use observer::Observer;
pub use zaloxide_core as core;
pub use zaloxide_core::{
    Action, AllowList, ChatId, DmPolicy, DropReason, Envelope, GroupPolicy, Message, Op, Raw,
    Reply, SenderId, Settled, Subject, Time, TurnId, Verdict,
};
#[cfg(feature = "engine")]
pub use zaloxide_polling::{Reach, Settings, Token};
pub use zaloxide_store as store;

/// For tests of bots: a Zalo platform on this machine, and a store that fails on request.
#[cfg(feature = "testing")]
pub mod testing {
    pub use zaloxide_emulator as emulator;
    pub use zaloxide_emulator::{DEFAULT_TOKEN, Emulator, Fault, FaultKind, Options};
    pub use zaloxide_store::faulty;
}

/// Compiles the README's examples as tests.
#[cfg(all(doctest, feature = "full"))]
#[doc = include_str!("../../../README.md")]
#[doc = include_str!("../README.md")]
struct Readme;
