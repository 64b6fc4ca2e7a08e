//! `BotError`: why a bot does not run, or does not run any more.

use std::fmt;

use crate::engine::{Ended, StartError};
use crate::store::StoreError;

/// Why a bot does not run, or does not run any more. Each says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BotError {
    /// What it is to be can't be used: all that is wrong with it, a line each.
    Config(String),
    /// There is no account with a token.
    NoToken,
    /// Another process runs it.
    AlreadyRunning {
        /// Which one, and what to do.
        reason: String,
        /// Whether that one can be asked, through its control socket.
        reachable: bool,
    },
    /// It could not be started.
    Start(String),
    /// It could not go on: another process took it over, or its store failed for good.
    Failed(String),
    /// It ended with work under way, for its time to end was over. What was durable goes on at the
    /// next start.
    CutShort(String),
}

impl fmt::Display for BotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoToken => f.write_str(
                "there is no bot to run: give its token, as `token`, in the configuration file, or \
                 in the environment as ZALO_BOT_TOKEN",
            ),
            Self::Config(reason)
            | Self::AlreadyRunning { reason, .. }
            | Self::Start(reason)
            | Self::Failed(reason)
            | Self::CutShort(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for BotError {}

impl BotError {
    pub(super) fn start(error: &impl ToString) -> Self {
        Self::Start(error.to_string())
    }
}

impl From<StartError> for BotError {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Store { error: StoreError::Held { .. }, .. } => {
                Self::AlreadyRunning { reason: error.to_string(), reachable: false }
            }
            _ => Self::start(&error),
        }
    }
}

impl Ended {
    /// What this end means to who waited for it.
    ///
    /// # Errors
    /// It could not go on, or was cut short.
    pub fn into_result(self) -> Result<(), BotError> {
        if let Some(failed) = self.failed {
            return Err(BotError::Failed(failed));
        }
        if self.cut_short.is_empty() {
            return Ok(());
        }
        let names = self.cut_short.join(", ");
        Err(BotError::CutShort(format!("cut short, with work under way: {names}")))
    }
}
