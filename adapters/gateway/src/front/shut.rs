//! The front of a build without the feature `webhook`: nothing is listened on.

use std::net::SocketAddr;

use super::{FrontConfig, FrontError};

/// Where nobody comes in.
pub(crate) struct Front;

#[expect(
    clippy::unused_self,
    clippy::unnecessary_wraps,
    reason = "the other build's has listeners, and can fail"
)]
impl Front {
    pub(crate) fn new(config: &FrontConfig) -> Result<Self, FrontError> {
        if config.ops.is_some() {
            let help = "this build listens on nothing; add the feature `webhook` of the crate";
            return Err(FrontError::new("ops.listen", &help));
        }
        Ok(Self)
    }

    pub(crate) fn listen(&self) -> Result<(), FrontError> {
        Ok(())
    }

    pub(crate) fn serve(&self) -> Result<(), FrontError> {
        Ok(())
    }

    pub(crate) fn addresses(&self) -> (Option<SocketAddr>, Option<SocketAddr>) {
        (None, None)
    }

    pub(crate) fn reload(&self) -> Result<(), FrontError> {
        Ok(())
    }

    pub(crate) fn settle(&self, _: &str) {}

    pub(crate) fn unroute(&self, _: &str) {}

    pub(crate) fn close(&self) {}

    pub(crate) fn end(&self) {}
}
