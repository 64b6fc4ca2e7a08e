//! `Server`: a listener that bounds what strangers can make it hold.
//!
//! A stranger can hold a connection open for as long as a request's headers and body may take. Of
//! those there are at most [`Limits::connections`]; when one more comes, the one that has shown
//! nothing for longest makes room. A request that has shown a right secret is never cut off so.

mod connections;
#[cfg(feature = "tls")]
mod tls;

use std::fmt;
use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::runtime::{self, Runtime};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::door::{Door, Visitor};
use crate::payload::Payload;
use connections::{Connections, Seat};
#[cfg(feature = "tls")]
pub use tls::{Tls, TlsError};

/// Bytes of a request's line and headers.
const HEAD_BYTES_MAX: usize = 64 << 10;
/// Headers of a request.
const HEADERS_MAX: usize = 64;
/// Pause after the system gave no connection, usually for lack of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How long threads have to end once everything was told to.
const CLOSE_MAX: Duration = Duration::from_secs(1);

/// Answers the requests of a listener.
pub trait Service: Send + Sync + 'static {
    /// Answers one.
    fn answer(
        &self,
        visitor: Visitor,
        request: Request<Incoming>,
    ) -> impl Future<Output = Response<Payload>> + Send;
}

impl Service for Door {
    async fn answer(&self, visitor: Visitor, request: Request<Incoming>) -> Response<Payload> {
        Self::answer(self, visitor, request).await
    }
}

/// Bounds of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Connections at one time.
    pub connections: usize,
    /// How long a request's headers may take, from the end of the one before.
    pub head: Duration,
    /// How long a TLS handshake may take.
    pub handshake: Duration,
    /// Threads.
    pub threads: usize,
}

/// 10,000 connections, 30 s for headers, 10 s for a handshake, as many threads as cores, 4 at most.
impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            head: Duration::from_secs(30),
            handshake: Duration::from_secs(10),
            threads: available_parallelism().map_or(1, |cores| cores.get().min(4)),
        }
    }
}

/// A server that can't be started.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The address can't be listened on.
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// The system gives no threads.
    Threads(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bind { address, error } if error.kind() == io::ErrorKind::AddrInUse => write!(
                f,
                "can't listen on {address}: another program does; end it, or choose another port"
            ),
            Self::Bind { address, error } => write!(f, "can't listen on {address}: {error}"),
            Self::Threads(error) => write!(f, "no threads to serve with: {error}"),
        }
    }
}

impl std::error::Error for StartError {}

/// An address that is listened on: connections wait there until a server takes them.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    #[cfg(feature = "tls")]
    tls: Option<Tls>,
}

impl Listener {
    /// Listens on an address; with port 0 the system chooses one.
    ///
    /// # Errors
    /// The system refuses.
    pub fn bind(address: SocketAddr) -> Result<Self, StartError> {
        let bound = TcpListener::bind(address).and_then(|socket| {
            socket.set_nonblocking(true)?;
            let address = socket.local_addr()?;
            Ok((socket, address))
        });
        let (socket, address) = bound.map_err(|error| StartError::Bind { address, error })?;
        Ok(Self {
            socket,
            address,
            #[cfg(feature = "tls")]
            tls: None,
        })
    }

    /// Speaks HTTPS.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn with_tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Serves until it is stopped or dropped; both wait, so neither is for an async function.
pub struct Server {
    address: SocketAddr,
    connections: Arc<Connections>,
    stop: watch::Sender<bool>,
    accept: Option<JoinHandle<()>>,
    runtime: Option<Runtime>,
}

impl Server {
    /// Serves what comes to a listener, on threads of its own.
    ///
    /// # Errors
    /// The system gives no threads.
    pub fn start<S: Service>(
        listener: Listener,
        limits: Limits,
        service: Arc<S>,
    ) -> Result<Self, StartError> {
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(limits.threads.max(1))
            .thread_name("zaloxide-web")
            .enable_io()
            .enable_time()
            .build()
            .map_err(StartError::Threads)?;
        let address = listener.address;
        let (stop, stopping) = watch::channel(false);
        let connections = Arc::new(Connections::new(limits.connections));
        let socket = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener.socket)
        };
        let socket = socket.map_err(|error| StartError::Bind { address, error })?;
        let house = House {
            limits,
            service,
            connections: Arc::clone(&connections),
            stopping,
            #[cfg(feature = "tls")]
            tls: listener.tls,
        };
        let accept = Some(runtime.spawn(accept(socket, Arc::new(house))));
        Ok(Self { address, connections, stop, accept, runtime: Some(runtime) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Connections that are open.
    pub fn connections(&self) -> usize {
        self.connections.open()
    }

    /// Takes no more connections and requests. Those it has are answered.
    pub fn close(&self) {
        self.stop.send_replace(true);
        if let Some(accept) = &self.accept {
            accept.abort();
        }
    }

    /// As [`close`](Self::close), and waits for the answers to those it has, at most
    /// so long. Whether all were given.
    pub fn stop(mut self, within: Duration) -> bool {
        self.end(within)
    }

    fn end(&mut self, within: Duration) -> bool {
        let Some(runtime) = self.runtime.take() else { return true };
        self.close();
        let empty = async { timeout(within, self.connections.empty()).await.is_ok() };
        let all = runtime.block_on(empty);
        runtime.shutdown_timeout(CLOSE_MAX);
        all
    }
}

/// Ends at once.
impl Drop for Server {
    fn drop(&mut self) {
        self.end(Duration::ZERO);
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

/// What all connections share.
struct House<S> {
    limits: Limits,
    service: Arc<S>,
    connections: Arc<Connections>,
    stopping: watch::Receiver<bool>,
    #[cfg(feature = "tls")]
    tls: Option<Tls>,
}

async fn accept<S: Service>(listener: tokio::net::TcpListener, house: Arc<House<S>>) {
    loop {
        if let Ok((stream, peer)) = listener.accept().await {
            let seat = house.connections.seat().await;
            tokio::spawn(connection(stream, peer, seat, Arc::clone(&house)));
        } else {
            house.connections.make_room();
            sleep(ACCEPT_PAUSE).await;
        }
    }
}

async fn connection<S: Service>(
    stream: TcpStream,
    peer: SocketAddr,
    seat: Seat,
    house: Arc<House<S>>,
) {
    // Without it an answer may wait for the client's acknowledgement.
    let _ = stream.set_nodelay(true);
    let seat = Arc::new(seat);
    let talk = async {
        #[cfg(feature = "tls")]
        if let Some(tls) = &house.tls {
            let shaken = timeout(house.limits.handshake, tls.accept(stream)).await;
            if let Ok(Ok(stream)) = shaken {
                talk(stream, peer, &seat, &house).await;
            }
            return;
        }
        talk(stream, peer, &seat, &house).await;
    };
    tokio::select! {
        () = talk => {}
        () = seat.is_shed() => {}
    }
}

async fn talk<S: Service>(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    peer: SocketAddr,
    seat: &Arc<Seat>,
    house: &House<S>,
) {
    let service = service_fn(|request| async move {
        let visitor = Visitor::with_claim(peer.ip(), Arc::<Seat>::clone(seat));
        let answer = house.service.answer(visitor, request).await;
        seat.is_idle();
        Ok::<_, io::Error>(answer)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(house.limits.head)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let mut stopping = house.stopping.clone();
    // A client that leaves, or breaks the rules, is no news.
    tokio::select! {
        _ended = connection.as_mut() => return,
        // An error: the server is gone.
        _stop = stopping.wait_for(|stop| *stop) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ended = connection.await;
}
