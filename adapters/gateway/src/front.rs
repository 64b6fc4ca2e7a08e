//! `Front`: the side that strangers come to: where Zalo's webhooks arrive, and beside it, for the
//! operator, health and metrics. In a build without the feature `webhook` nobody comes in.

#[cfg(feature = "webhook")]
mod certificate;
#[cfg(feature = "webhook")]
mod listeners;
#[cfg(not(feature = "webhook"))]
mod shut;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

#[cfg(feature = "webhook")]
pub use zaloxide_webhook::{Mount, Pieces, Plain, PlainAnswer, PlainBody, Proxies, is_read};

#[cfg(feature = "webhook")]
pub(crate) use listeners::Front;
#[cfg(not(feature = "webhook"))]
pub(crate) use shut::Front;

/// Where a gateway listens. Nothing is listened on before an account needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FrontConfig {
    /// For Zalo: 127.0.0.1:8787 if nothing else is said, with a proxy in front that speaks HTTPS.
    pub listen: SocketAddr,
    /// The certificates and the private key, to speak HTTPS without a proxy; both PEM.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Proxies whose word on a client's address is believed.
    #[cfg(feature = "webhook")]
    pub trusted_proxies: Proxies,
    /// For health and metrics; off if nothing is said.
    pub ops: Option<SocketAddr>,
    /// Nothing is listened on for Zalo: a server of the host's hands requests in, see
    /// `Handle::mount`.
    pub mounted: bool,
}

impl Default for FrontConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8787)),
            tls: None,
            #[cfg(feature = "webhook")]
            trusted_proxies: Proxies::default(),
            ops: None,
            mounted: false,
        }
    }
}

/// Something that can't be listened on, or not that way. Says what and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrontError {
    what: &'static str,
    reason: String,
}

impl FrontError {
    pub(crate) fn new(what: &'static str, reason: &impl ToString) -> Self {
        Self { what, reason: reason.to_string() }
    }
}

impl fmt::Display for FrontError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.reason)
    }
}

impl std::error::Error for FrontError {}
