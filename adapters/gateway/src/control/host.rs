//! `Host`: what the program around the engine adds to what commands can ask.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Request;
use super::answer::Answerer;
use super::client::{CallError, read};
use crate::engine::{Handle, Reloaded};

/// Reads the configuration again and does what it says now; or why not, for people.
pub type Reload = Arc<dyn Fn() -> Result<Report, String> + Send + Sync>;

/// The program that the engine runs in, as commands see it.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Host {
    /// Meant by requests that name no account.
    pub default_account: Option<String>,
    /// How `config reload` is done; without it, it can't be.
    pub reload: Option<Reload>,
    /// Through which door approvals come, for the history; `None` is `cli`.
    pub source: Option<&'static str>,
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("default_account", &self.default_account)
            .finish_non_exhaustive()
    }
}

impl Host {
    /// One that can only name an account.
    pub fn new(default_account: Option<String>) -> Self {
        Self { default_account, ..Self::default() }
    }

    /// What a running engine answers, asked without a socket.
    ///
    /// # Errors
    /// It says no.
    pub fn ask(&self, handle: &Handle, request: Request) -> Result<Value, CallError> {
        read(Answerer::new(handle.clone(), self.clone()).request(request))
    }

    /// Has the history say through which door approvals came.
    #[must_use]
    pub fn source(mut self, source: &'static str) -> Self {
        self.source = Some(source);
        self
    }

    /// And one that can read its configuration again.
    #[must_use]
    pub fn reloads(mut self, reload: Reload) -> Self {
        self.reload = Some(reload);
        self
    }
}

/// What a reload has done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Report {
    /// Accounts at work now that were not before.
    pub added: Vec<String>,
    /// Accounts that work by a new configuration.
    pub changed: Vec<String>,
    /// Accounts that have ended.
    pub removed: Vec<String>,
    /// What could not be done.
    pub failed: Vec<Failed>,
    /// Keys that have changed and need a restart.
    pub restart: Vec<String>,
}

/// Something that a reload could not do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// The account, or the key.
    pub what: String,
    /// Why.
    pub reason: String,
}

impl Report {
    /// What has become of the accounts, and the keys that need a restart.
    pub fn new(accounts: Reloaded, restart: &[&str]) -> Self {
        let failed = |(what, error): (String, crate::engine::StartError)| Failed {
            what,
            reason: error.to_string(),
        };
        Self {
            added: accounts.added,
            changed: accounts.changed,
            removed: accounts.removed,
            failed: accounts.failed.into_iter().map(failed).collect(),
            restart: restart.iter().map(ToString::to_string).collect(),
        }
    }

    /// Whether nothing was to be done.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
