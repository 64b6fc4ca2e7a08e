//! `Front`: the side that strangers come to: where Zalo's webhooks arrive, and beside it, for the
//! operator, health and metrics.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use zaloxide_webhook::{
    Door, Files, Health, Limits, Listener, Ops, Proxies, Routes, Server, Taken, Taker, Tls,
};

pub use zaloxide_webhook::{Mount, Pieces, Plain, PlainAnswer, PlainBody, is_read};

/// How long answers to accepted requests are waited for at the end.
const CLOSE_MAX: Duration = Duration::from_secs(2);

/// Where a gateway listens. Nothing is listened on before an account needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FrontConfig {
    /// For Zalo: 127.0.0.1:8787 if nothing else is said, with a proxy in front that speaks HTTPS.
    pub listen: SocketAddr,
    /// The certificates and the private key, to speak HTTPS without a proxy; both PEM.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Proxies whose word on a client's address is believed.
    pub trusted_proxies: Proxies,
    /// For health and metrics; off if nothing is said.
    pub ops: Option<SocketAddr>,
    /// Nothing is listened on for Zalo: a server of the host's hands requests in, see
    /// [`Handle::mount`](crate::Handle::mount).
    pub mounted: bool,
}

impl Default for FrontConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8787)),
            tls: None,
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

/// The listeners of a gateway.
pub(crate) struct Front {
    config: FrontConfig,
    routes: Arc<Routes>,
    files: Option<Arc<dyn Files>>,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    door: Side,
    ops: Side,
    tls: Option<Tls>,
}

/// One listener on its way.
#[derive(Default)]
enum Side {
    #[default]
    Shut,
    /// Connections wait there.
    Bound(Listener),
    Served(Server),
    /// Somebody else listens.
    Mounted(Arc<Mount>),
}

impl Front {
    pub(crate) fn new(
        config: FrontConfig,
        files: Option<Arc<dyn Files>>,
    ) -> Result<Self, FrontError> {
        let routes = Routes::new().map_err(|error| FrontError::new("no random bytes", &error))?;
        Ok(Self { config, routes: Arc::new(routes), files, open: Mutex::default() })
    }

    /// Listens for Zalo, if that is not done yet. Connections wait until [`Self::serve`].
    pub(crate) fn listen(&self) -> Result<(), FrontError> {
        let mut open = self.lock();
        if !matches!(open.door, Side::Shut) {
            return Ok(());
        }
        if self.config.mounted {
            let mount = Mount::start(self.door());
            let mount = mount.map_err(|error| FrontError::new("webhooks", &error))?;
            open.door = Side::Mounted(Arc::new(mount));
            return Ok(());
        }
        let tls = self.config.tls.as_ref().map(|(cert, key)| Tls::load(cert, key)).transpose();
        open.tls = tls.map_err(|error| FrontError::new("webhook.tls", &error))?;
        let bound = Listener::bind(self.config.listen);
        let bound = bound.map_err(|error| FrontError::new("webhook.listen", &error))?;
        open.door = Side::Bound(match &open.tls {
            Some(tls) => bound.with_tls(tls.clone()),
            None => bound,
        });
        Ok(())
    }

    /// Answers what comes to where [`Self::listen`] listens.
    pub(crate) fn serve(&self) -> Result<(), FrontError> {
        let mut open = self.lock();
        open.door = match std::mem::take(&mut open.door) {
            Side::Bound(listener) => {
                let server = Server::start(listener, Limits::default(), Arc::new(self.door()));
                let server = server.map_err(|error| FrontError::new("webhook.listen", &error))?;
                tracing::info!("webhooks arrive at {}", server.address());
                Side::Served(server)
            }
            other => other,
        };
        Ok(())
    }

    fn door(&self) -> Door {
        let door = Door::new(Arc::clone(&self.routes)).proxies(self.config.trusted_proxies.clone());
        match &self.files {
            Some(files) => door.files(Arc::clone(files)),
            None => door,
        }
    }

    /// Where a server of the host's hands requests in.
    pub(crate) fn mount(&self) -> Option<Arc<Mount>> {
        match &self.lock().door {
            Side::Mounted(mount) => Some(Arc::clone(mount)),
            _ => None,
        }
    }

    /// Listens for who asks after health and metrics, if that is wanted.
    pub(crate) fn serve_ops(&self, health: Arc<dyn Health>) -> Result<(), FrontError> {
        let Some(address) = self.config.ops else { return Ok(()) };
        // Whoever asks is one of few.
        let mut limits = Limits::default();
        (limits.threads, limits.connections) = (1, 64);
        let server = Listener::bind(address)
            .and_then(|listener| Server::start(listener, limits, Arc::new(Ops::new(health))));
        let server = server.map_err(|error| FrontError::new("ops.listen", &error))?;
        tracing::info!("health and metrics are at http://{}", server.address());
        self.lock().ops = Side::Served(server);
        Ok(())
    }

    /// Where Zalo's webhooks arrive, if they do, and where health and metrics are.
    pub(crate) fn addresses(&self) -> (Option<SocketAddr>, Option<SocketAddr>) {
        let open = self.lock();
        (open.door.address(), open.ops.address())
    }

    /// Reads the certificates again.
    pub(crate) fn reload(&self) -> Result<(), FrontError> {
        let tls = self.lock().tls.clone();
        tls.map_or(Ok(()), |tls| {
            tls.reload().map_err(|error| FrontError::new("webhook.tls", &error))
        })
    }

    /// Lets an account's webhooks in, beside those it had before.
    pub(crate) fn route(
        &self,
        account: &str,
        path: &str,
        secret: &[u8],
        taker: Arc<dyn Taker>,
    ) -> Result<(), Taken> {
        self.routes.add(account, path, secret, taker)
    }

    /// Zalo uses what was routed last.
    pub(crate) fn settle(&self, account: &str) {
        self.routes.settle(account);
    }

    /// Lets none of the account's webhooks in any more.
    pub(crate) fn unroute(&self, account: &str) {
        self.routes.remove(account);
    }

    /// Takes nothing new from Zalo. What was accepted is still answered.
    pub(crate) fn close(&self) {
        if let Side::Served(server) = &self.lock().door {
            server.close();
        }
    }

    /// Ends. What was accepted is waited for, but not for long.
    pub(crate) fn end(&self) {
        let Open { door, ops, .. } = std::mem::take(&mut *self.lock());
        if let Side::Served(server) = door
            && !server.stop(CLOSE_MAX)
        {
            tracing::warn!("some webhooks were not answered: Zalo may send them again");
        }
        drop(ops);
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Side {
    fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Shut | Self::Mounted(_) => None,
            Self::Bound(listener) => Some(listener.address()),
            Self::Served(server) => Some(server.address()),
        }
    }
}
