//! `Names`: from host names to addresses. A look-up can't be interrupted, so it runs on a thread
//! that is left behind when its time is over or its call is cancelled.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Weak};
use std::{io, thread};

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::time::Duration as Limit;
use ureq::unversioned::transport::{NextTimeout, ShutdownHandle};

use crate::flight::{Flight, Peer, Stage};

/// Addresses that are tried for one host.
pub(crate) const ADDRESSES_MAX: usize = 8;

#[derive(Debug)]
pub(crate) struct Names;

impl Resolver for Names {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let flight = Flight::current().ok_or(Error::ConnectionFailed)?;
        let to_proxy =
            config.proxy().is_some_and(|proxy| proxy.uri().authority() == uri.authority());
        let peer = if to_proxy { Peer::Proxy } else { Peer::Api };
        flight.enter(Stage::Resolve(peer))?;

        let found = addresses(uri, timeout, &flight, |host, port| {
            (host, port).to_socket_addrs().map(Iterator::collect)
        })?;
        let mut addrs = self.empty();
        for addr in found.into_iter().take(ADDRESSES_MAX) {
            addrs.push(addr);
        }
        if addrs.is_empty() {
            return Err(Error::HostNotFound);
        }
        flight.enter(Stage::Connect(peer))?;
        Ok(addrs)
    }
}

/// The address of a URL's host, if it is one, else those that `find` has for the name and port.
pub(crate) fn addresses(
    uri: &Uri,
    timeout: NextTimeout,
    flight: &Flight,
    find: impl FnOnce(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + 'static,
) -> Result<Vec<SocketAddr>, Error> {
    let host = uri.host().ok_or(Error::HostNotFound)?;
    let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let port = uri.port_u16().unwrap_or(match uri.scheme_str() {
        Some("https") => 443,
        Some("http") => 80,
        _ => 1080, // SOCKS
    });
    match bare.parse::<IpAddr>() {
        Ok(ip) => Ok(vec![SocketAddr::new(ip, port)]),
        Err(_) => look_up(timeout, flight, move || find(&bare, port)),
    }
}

/// What the waiting thread may hear: addresses, or that its call was cancelled.
type Found = Option<io::Result<Vec<SocketAddr>>>;

struct Bell(Sender<Found>);

impl ShutdownHandle for Bell {
    fn shutdown(&self) {
        // Nobody listens any more: the look-up has ended.
        let _ = self.0.send(None);
    }
}

fn look_up(
    timeout: NextTimeout,
    flight: &Flight,
    find: impl FnOnce() -> io::Result<Vec<SocketAddr>> + Send + 'static,
) -> Result<Vec<SocketAddr>, Error> {
    let (sender, receiver) = mpsc::channel();
    let bell = Arc::new(Bell(sender.clone()));
    let handle: Weak<Bell> = Arc::downgrade(&bell);
    flight.attach(handle)?;

    thread::Builder::new().name("zaloxide-dns".to_owned()).spawn(move || {
        // Nobody listens any more: the call has ended.
        let _ = sender.send(Some(find()));
    })?;

    let heard = match timeout.after {
        Limit::Exact(left) => receiver.recv_timeout(left),
        Limit::NotHappening => receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
    };
    match heard {
        Ok(Some(Ok(addrs))) => Ok(addrs),
        Ok(Some(Err(_)) | None) | Err(RecvTimeoutError::Disconnected) => Err(Error::HostNotFound),
        Err(RecvTimeoutError::Timeout) => Err(Error::Timeout(timeout.reason)),
    }
}
