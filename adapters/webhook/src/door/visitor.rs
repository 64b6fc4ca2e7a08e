//! `Visitor`: whoever knocks: their address, and their connection's claim to stay.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

/// A connection's claim to stay.
pub(crate) trait Claim: Send + Sync {
    /// Its request has shown a right secret.
    fn is_known(&self);
}

/// Who knocks.
pub struct Visitor {
    pub(crate) address: IpAddr,
    claim: Option<Arc<dyn Claim>>,
}

impl Visitor {
    /// Somebody who connects from here.
    pub fn new(address: IpAddr) -> Self {
        Self { address, claim: None }
    }

    /// Somebody whose connection is wanted once they have shown a right secret.
    pub(crate) fn with_claim(address: IpAddr, claim: Arc<dyn Claim>) -> Self {
        Self { address, claim: Some(claim) }
    }

    /// The visitor has shown a right secret.
    pub(crate) fn is_known(&self) {
        if let Some(claim) = &self.claim {
            claim.is_known();
        }
    }
}

impl fmt::Debug for Visitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Visitor").field(&self.address).finish()
    }
}

/// What counts as one address: nobody has a single IPv6 address, but a network of them.
pub(crate) fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let network = u128::from(address) >> 64 << 64;
            Ipv6Addr::from(network).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_ipv6_is_one_household() {
        let of = |text: &str| household(text.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of("2001:db8:1:2:ffff::"), of("2001:db8:1:2::1"));
        assert_ne!(of("2001:db8:1:3::1"), of("2001:db8:1:2::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.2"), of("192.0.2.1"));
    }
}
