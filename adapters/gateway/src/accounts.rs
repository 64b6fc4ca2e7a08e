//! `Account`: one bot as the engine runs it: what the core decides on, and how to reach Zalo.

use zaloxide_core::AccountConfig;
use zaloxide_polling::{BadToken, Settings};

/// One bot account.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Account {
    /// What the core decides on. `account` names it, also in the store; `token_tag` is set by the
    /// engine.
    pub config: AccountConfig,
    /// The token, the API's address, the proxy.
    pub settings: Settings,
}

impl Account {
    /// An account with every default: polled, strangers are given a pairing code.
    ///
    /// # Errors
    /// The text is no token.
    pub fn new(name: &str, token: &str) -> Result<Self, BadToken> {
        let settings = Settings::new(token.parse()?);
        Ok(Self { config: AccountConfig::new(name, settings.token.bot_id()), settings })
    }
}
