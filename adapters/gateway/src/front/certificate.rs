//! `Certificate`: HTTPS of this program's own, without a proxy in front. Refused in a build without
//! the feature `tls`.

use std::path::Path;

use zaloxide_webhook::Listener;

use super::FrontError;

/// A certificate in use.
#[derive(Clone)]
pub(super) struct Certificate {
    #[cfg(feature = "tls")]
    tls: zaloxide_webhook::Tls,
}

#[cfg(feature = "tls")]
impl Certificate {
    pub(super) fn load(cert: &Path, key: &Path) -> Result<Self, FrontError> {
        let tls = zaloxide_webhook::Tls::load(cert, key);
        Ok(Self { tls: tls.map_err(|error| FrontError::new("webhook.tls", &error))? })
    }

    /// The same listener, speaking HTTPS.
    pub(super) fn show(&self, listener: Listener) -> Listener {
        listener.with_tls(self.tls.clone())
    }

    pub(super) fn reload(&self) -> Result<(), FrontError> {
        self.tls.reload().map_err(|error| FrontError::new("webhook.tls", &error))
    }
}

#[cfg(not(feature = "tls"))]
#[expect(clippy::unused_self, reason = "the other build's has a certificate")]
impl Certificate {
    pub(super) fn load(_: &Path, _: &Path) -> Result<Self, FrontError> {
        let help = "this build has no TLS; add the feature `tls` of the crate, or leave HTTPS to a \
                    proxy in front";
        Err(FrontError::new("webhook.tls", &help))
    }

    pub(super) fn show(&self, listener: Listener) -> Listener {
        listener
    }

    #[expect(clippy::unnecessary_wraps, reason = "the other build's can fail")]
    pub(super) fn reload(&self) -> Result<(), FrontError> {
        Ok(())
    }
}
