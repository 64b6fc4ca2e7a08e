//! `Wire`: how a connection to the API comes about: direct, or through a proxy, then TLS. It
//! tells the [`Flight`] of the call how far it got.

mod line;
mod names;
mod watched;

use std::io;
use std::sync::Arc;

use ureq::Error;
use ureq::unversioned::transport::{
    ConnectProxyConnector, ConnectionDetails, Connector, Either, Transport,
};

use crate::flight::{Flight, Peer, Stage};
use crate::tls::Lock;

pub(crate) use names::{ADDRESSES_MAX, Names, addresses};

use line::Line;
use watched::Watched;

/// Makes every connection of one `Api`. A download that must look at the address before it
/// connects brings a resolver of its own in place of [`Names`].
#[derive(Debug)]
pub(crate) struct Wire {
    /// All calls go through a proxy, so a connection without one is the way to the proxy itself.
    proxied: bool,
    lock: Lock,
    tunnel: ConnectProxyConnector,
    #[cfg(feature = "socks")]
    socks: ureq::unversioned::transport::SocksConnector,
}

impl Wire {
    pub(crate) fn new(proxied: bool) -> Self {
        Self {
            proxied,
            lock: Lock::default(),
            tunnel: ConnectProxyConnector::default(),
            #[cfg(feature = "socks")]
            socks: ureq::unversioned::transport::SocksConnector::default(),
        }
    }

    /// A connection without TLS, and whether it counts the bytes that it writes.
    fn plain(
        &self,
        details: &ConnectionDetails,
        peer: Peer,
        flight: &Arc<Flight>,
    ) -> Result<(Box<dyn Transport>, bool), Error> {
        let Some(proxy) = details.config.proxy() else {
            flight.enter(Stage::Connect(peer))?;
            return Ok((Box::new(Line::open(details, flight)?), true));
        };
        if matches!(proxy.uri().scheme_str(), Some("http" | "https")) {
            // This comes back here for the connection to the proxy, and asks it to go on.
            let tunnel = self.tunnel.connect(details, None::<()>)?;
            return Ok((only(tunnel)?, true));
        }
        flight.enter(Stage::Connect(Peer::Proxy))?;
        // The connection is ureq's own, which does not tell how much of a failed write went out.
        Ok((self.by_socks(details)?, false))
    }

    #[cfg(feature = "socks")]
    fn by_socks(&self, details: &ConnectionDetails) -> Result<Box<dyn Transport>, Error> {
        only(self.socks.connect(details, None::<()>)?)
    }

    /// Settings with such a proxy are refused before.
    #[cfg(not(feature = "socks"))]
    #[expect(clippy::unused_self, reason = "the other build's has a connector")]
    fn by_socks(&self, _: &ConnectionDetails) -> Result<Box<dyn Transport>, Error> {
        Err(Error::ConnectionFailed)
    }
}

impl Connector<()> for Wire {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        _: Option<()>,
    ) -> Result<Option<Self::Out>, Error> {
        let flight = Flight::current().ok_or(Error::ConnectionFailed)?;
        let to_proxy = self.proxied && details.config.proxy().is_none();
        let peer = if to_proxy { Peer::Proxy } else { Peer::Api };
        let details = with_flight(details, &flight);

        let (plain, counted) = self.plain(&details, peer, &flight)?;
        flight.enter(if details.needs_tls() { Stage::Tls(peer) } else { Stage::Ready })?;
        let secure = self.lock.secure(&details, plain)?;
        if to_proxy {
            flight.enter(Stage::Tunnel)?;
            return Ok(Some(secure));
        }
        Ok(Some(Box::new(Watched::new(secure, flight.handle(), counted))))
    }
}

/// The same details, but a connection that ureq makes by itself is attached to the flight, and the
/// TLS settings count as the agent's: they are, and only those are kept from call to call.
fn with_flight<'a>(details: &ConnectionDetails<'a>, flight: &Arc<Flight>) -> ConnectionDetails<'a> {
    let mut addrs = details.resolver.empty();
    for addr in &details.addrs {
        addrs.push(*addr);
    }
    let flight = Arc::clone(flight);
    ConnectionDetails {
        uri: details.uri,
        addrs,
        config: details.config,
        request_level: false,
        resolver: details.resolver,
        now: details.now,
        timeout: details.timeout,
        current_time: Arc::clone(&details.current_time),
        run_connector: Arc::clone(&details.run_connector),
        register_shutdown: Arc::new(move |handle| {
            // Only the way to a SOCKS proxy registers; its handshake comes next.
            flight.enter(Stage::Tunnel)?;
            Ok(flight.attach(handle)?)
        }),
    }
}

/// The transport of a connector that got none to begin with.
fn only<T: Transport>(made: Option<Either<(), T>>) -> Result<Box<dyn Transport>, Error> {
    match made {
        Some(Either::B(transport)) => Ok(Box::new(transport)),
        _ => Err(Error::ConnectionFailed),
    }
}

/// Time-outs of sockets come as `WouldBlock` on Unix and as `TimedOut` on Windows.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}
