//! A Zalo bot engine: it polls, pairs strangers, hands messages to your agent, and sends the
//! answers, across restarts, for any number of bots.
//!
//! 1. Make an [`Account`] from a bot token, or read a [`Config`].
//! 2. Choose who answers: a [`Callback`]; a program, run once a turn ([`Exec`](agents::Exec)) or all
//!    the time ([`Stdio`](agents::Stdio)); a server ([`Http`](agents::Http)); a model
//!    ([`OpenAi`](agents::OpenAi)); or your own [`Agent`].
//! 3. Start an [`Engine`]. Its [`Handle`] approves strangers, sends messages, shows what goes on.
//! 4. Wait for its end, or stop it.
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//! use zaloxide::{Account, AllowList, Callback, DmPolicy, Engine, Reply};
//! use zaloxide_emulator::{DEFAULT_TOKEN, Emulator, Options};
//!
//! // A Zalo platform on this machine. A real bot needs a real token, and not the next lines.
//! let zalo = Emulator::start(Options::default())?;
//! let mut account = Account::new("default", DEFAULT_TOKEN)?;
//! account.settings.api_url = zalo.url();
//! account.config.dm_policy = DmPolicy::Open;
//! account.config.allow_from = AllowList::from_entries(["*"]);
//!
//! let agent = Callback::new(|message| Ok(Reply::text(format!("You said: {}", message.text))));
//! let engine = Engine::builder().account(account).agent(Arc::new(agent)).start()?;
//!
//! let patience = Duration::from_secs(30);
//! assert!(zalo.wait_for_poll(None, patience)?);
//! zalo.user("6ede9afa66b88fe6d6a9").sends_text("Xin chào")?;
//! let sent = zalo.wait_for_call(0, patience, |call| call.method == "sendMessage").unwrap();
//! assert_eq!(sent.params["text"], "You said: Xin chào");
//! assert!(engine.stop().cut_short.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What is decided, and why, is decided in `zaloxide-core`, which does no I/O. The threads, the
//! network and the store are here; nothing is asynchronous.

pub mod accounts;
pub mod agents;
mod clock;
pub mod config;
#[cfg(unix)]
pub mod control;
#[cfg(all(unix, feature = "sqlite"))]
pub mod embedded;
pub mod engine;
pub mod escape;
pub mod front;
pub mod identity;
pub mod log;
pub mod media;
pub mod observer;
pub mod record_file;
mod vitals;

pub use accounts::Account;
pub use agents::{Agent, Callback};
pub use config::Config;
pub use engine::{Engine, Handle};
pub use observer::Observer;
pub use zaloxide_core as core;
pub use zaloxide_core::{
    Action, AllowList, ChatId, DmPolicy, DropReason, Envelope, GroupPolicy, Message, Op, Reply,
    SenderId, Settled, Subject, Time, TurnId, Verdict,
};
pub use zaloxide_polling::{Reach, Settings, Token};
pub use zaloxide_store as store;

/// For tests of bots: a Zalo platform on this machine, and a store that fails on request.
#[cfg(feature = "testing")]
pub mod testing {
    pub use zaloxide_emulator as emulator;
    pub use zaloxide_store::faulty;
}

/// Compiles the README's example as a test.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
