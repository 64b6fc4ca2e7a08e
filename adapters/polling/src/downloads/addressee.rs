//! `Addressee`: from a host's name to addresses that may be connected to. The connection goes to
//! these and to no others: no name is looked up between the check and the connect.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::guard::Reach;
use crate::flight::{Flight, Peer, Stage};
use crate::wire::{ADDRESSES_MAX, Names, addresses};

/// How names become addresses. It may block: it runs on a thread of its own that is left behind
/// when the download's time is over.
pub type LookUp = dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync;

/// As the system does it.
pub(super) fn system() -> Arc<LookUp> {
    Arc::new(|host| Ok((host, 0).to_socket_addrs()?.map(|found| found.ip()).collect()))
}

/// A host has no address that may be connected to; the first of those it has.
#[derive(Debug)]
pub(super) struct NotAdmitted(pub(super) IpAddr);

impl std::fmt::Display for NotAdmitted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is no address of the public internet", self.0)
    }
}

impl std::error::Error for NotAdmitted {}

/// Looks names up and drops every address that is out of reach.
pub(super) struct Addressee {
    pub(super) reach: Reach,
    pub(super) look_up: Arc<LookUp>,
}

impl Resolver for Addressee {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        if is_proxy(uri, config) {
            // The operator's own word, wherever it points.
            return Names.resolve(uri, config, timeout);
        }
        let flight = Flight::current().ok_or(Error::ConnectionFailed)?;
        flight.enter(Stage::Resolve(Peer::Api))?;
        let look_up = Arc::clone(&self.look_up);
        let found = addresses(uri, timeout, &flight, move |host, port| {
            Ok(look_up(host)?.into_iter().map(|ip| SocketAddr::new(ip, port)).collect())
        })?;
        let first = found.first().ok_or(Error::HostNotFound)?.ip();
        let mut admitted = self.empty();
        for addr in found.into_iter().filter(|addr| self.reach.admits(addr.ip())) {
            if admitted.len() < ADDRESSES_MAX {
                admitted.push(addr);
            }
        }
        if admitted.is_empty() {
            return Err(Error::Other(Box::new(NotAdmitted(first))));
        }
        flight.enter(Stage::Connect(Peer::Api))?;
        Ok(admitted)
    }
}

/// With a proxy of this kind, targets may be resolved here too: those are told by their scheme.
fn is_proxy(uri: &Uri, config: &Config) -> bool {
    config
        .proxy()
        .map(ureq::Proxy::uri)
        .is_some_and(|proxy| proxy.scheme() == uri.scheme() && proxy.authority() == uri.authority())
}

impl std::fmt::Debug for Addressee {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Addressee").field("reach", &self.reach).finish_non_exhaustive()
    }
}
