//! `Trust` and `Lock`: how connections are made secure. The one place that differs between builds
//! with the feature `tls` and builds without, which refuse every https URL.

use ureq::Error;
use ureq::config::ConfigBuilder;
use ureq::typestate::AgentScope;
use ureq::unversioned::transport::{ConnectionDetails, Transport};

/// Added to what is said of an https URL where it can't be used.
pub(crate) const MISSING: &str =
    "is https, and this build has no TLS; add the feature `tls` of the crate";

/// Whether https can be spoken.
pub(crate) const HAS_TLS: bool = cfg!(feature = "tls");

/// Whose certificates are believed: those of the public authorities, if nothing else is said.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trust {
    #[cfg(feature = "tls")]
    pub(crate) config: ureq::tls::TlsConfig,
}

impl Trust {
    /// Has an agent trust the same.
    #[cfg(feature = "tls")]
    pub(crate) fn apply(&self, to: ConfigBuilder<AgentScope>) -> ConfigBuilder<AgentScope> {
        to.tls_config(self.config.clone())
    }

    /// There is nothing to say.
    #[cfg(not(feature = "tls"))]
    #[expect(clippy::unused_self, reason = "the other build's has something to say")]
    pub(crate) fn apply(&self, to: ConfigBuilder<AgentScope>) -> ConfigBuilder<AgentScope> {
        to
    }
}

/// Secures connections.
#[derive(Debug, Default)]
pub(crate) struct Lock {
    #[cfg(feature = "tls")]
    connector: ureq::unversioned::transport::RustlsConnector,
}

impl Lock {
    /// The same connection, secured if its URL asks for that.
    #[cfg(feature = "tls")]
    pub(crate) fn secure(
        &self,
        details: &ConnectionDetails,
        plain: Box<dyn Transport>,
    ) -> Result<Box<dyn Transport>, Error> {
        use ureq::unversioned::transport::Connector;

        let secure = self.connector.connect(details, Some(plain))?;
        Ok(Box::new(secure.ok_or(Error::ConnectionFailed)?))
    }

    /// The same connection; one that would have to be secured is refused.
    #[cfg(not(feature = "tls"))]
    #[expect(clippy::unused_self, reason = "the other build's has a connector")]
    pub(crate) fn secure(
        &self,
        details: &ConnectionDetails,
        plain: Box<dyn Transport>,
    ) -> Result<Box<dyn Transport>, Error> {
        if details.needs_tls() { Err(Error::TlsRequired) } else { Ok(plain) }
    }
}
