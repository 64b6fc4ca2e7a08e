//! `Account`: one bot as the engine runs it: what the core decides on, and how to reach Zalo.

use std::path::PathBuf;

use zaloxide_core::{AccountConfig, Duty};
use zaloxide_polling::{BadToken, MediaProxy, Settings};

use crate::media::HostLimits;

/// One bot account.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Account {
    /// What the core decides on. `account` names it, also in the store; `token_tag` is set by the
    /// engine.
    pub config: AccountConfig,
    /// The token, the API's address, the proxy.
    pub settings: Settings,
    /// The path at which this program finds the account's webhooks, when a proxy in front calls it
    /// otherwise than the webhook's URL does.
    pub webhook_path: Option<String>,
    /// Folders from which the agent may send pictures; none: it may send URLs alone.
    pub media_roots: Vec<PathBuf>,
    /// How much may be hosted for Zalo to fetch, and for how long.
    pub hosting: HostLimits,
    /// The way out for downloads; `settings.proxy` is never used for them.
    pub media_proxy: Option<MediaProxy>,
}

impl Account {
    /// An account with every default: polled, strangers are given a pairing code.
    ///
    /// # Errors
    /// The text is no token.
    pub fn new(name: &str, token: &str) -> Result<Self, BadToken> {
        let settings = Settings::new(token.parse()?);
        Ok(Self {
            config: AccountConfig::new(name, settings.token.bot_id()),
            settings,
            webhook_path: None,
            media_roots: Vec::new(),
            hosting: HostLimits::default(),
            media_proxy: None,
        })
    }

    /// Whether Zalo pushes this account's updates here.
    pub(crate) fn receives_webhooks(&self) -> bool {
        self.config.webhook_url.is_some() && self.config.duty == Duty::Serve
    }

    /// The path of its webhooks: `webhook_path`, else the URL's.
    pub fn path(&self) -> Option<&str> {
        let url = self.config.webhook_url.as_deref()?;
        self.webhook_path.as_deref().or_else(|| {
            let (_, rest) = url.split_once("://")?;
            let path = rest.find('/').map_or("/", |at| &rest[at..]);
            path.split(['?', '#']).next()
        })
    }
}
