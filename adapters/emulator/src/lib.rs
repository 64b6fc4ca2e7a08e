//! A faithful local Zalo Bot Platform.
//!
//! It speaks the Bot API as the real service was seen to speak it: errors inside HTTP 200, one
//! update a poll, 408 for an idle one, flat webhooks, a URL that is saved though its verification
//! failed, nothing kept for a bot that does not listen. Clients in any language work against it
//! unchanged: point their base URL at [`Emulator::url`].
//!
//! ```
//! use std::time::Duration;
//! use zaloxide_emulator::{Emulator, Fault, FaultKind, Options};
//!
//! let emulator = Emulator::start(Options::default())?;
//! // 1. A bot calls `emulator.url()`; here nobody polls, and Zalo keeps nothing.
//! assert!(!emulator.user("6ede9afa66b88fe6d6a9").sends_text("Xin chào")?.is_delivered());
//! // 2. Make something go wrong.
//! emulator.fault(Fault::new(FaultKind::Http502Html).times(2))?;
//! // 3. See what the bot did.
//! let call = emulator.wait_for_call(0, Duration::from_millis(1), |call| call.method == "getMe");
//! assert!(call.is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! People, faults and the list of calls are driven by the methods of [`Emulator`] or over HTTP
//! under `/_control/`: one implementation, two doors. `GET /_control/` shows the routes.
//!
//! What it chooses where the service is silent: polls of one token compete, the one that waits
//! longest gets the update; `chat_id` may be anybody's; lengths count UTF-16 code units;
//! `testWebhook` works 100 times a day. It never calls a URL that a bot registers or sends:
//! webhooks go to [`Options::deliver_to`] alone.

mod answer;
mod calls;
mod control;
mod deliver;
mod faults;
mod files;
mod options;
mod payload;
mod platform;
mod server;

use std::fmt;
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::oneshot;

pub use calls::Call;
pub use control::{Delivery, Refused, User};
pub use faults::{Fault, FaultKind, Target};
pub use options::{DEFAULT_TOKEN, Options, Quirks, StartError};
pub use platform::update::{Content, Media};

use control::Shared;
use platform::Platform;

/// The README's example, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// Threads that post webhooks and answer control requests, at most; more requests wait.
const BLOCKING_THREADS_MAX: usize = 32;
/// How long a stop waits for posts under way before it leaves them behind.
const STOP_PATIENCE: Duration = Duration::from_millis(100);

/// A running emulator. Clones are the same one; it stops with [`Emulator::stop`], or when the last
/// of them is dropped.
#[derive(Clone)]
pub struct Emulator(Arc<Running>);

struct Running {
    shared: Arc<Shared>,
    addr: SocketAddr,
    server: Mutex<Option<Server>>,
}

struct Server {
    /// Dropped to stop it.
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Emulator {
    /// Starts one on a thread of its own and returns when it listens.
    pub fn start(options: Options) -> Result<Self, StartError> {
        options.check()?;
        let listen = options.listen;
        let failed = |error| StartError::Listen(listen, error);
        let listener = TcpListener::bind(listen).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let addr = listener.local_addr().map_err(failed)?;

        let port_file = options.port_file.clone();
        let shared = Arc::new(Shared::new(Platform::new(options, url(addr))));
        let server = Server::start(listener, Arc::clone(&shared)).map_err(StartError::Runtime)?;
        let running = Running { shared, addr, server: Mutex::new(Some(server)) };
        if let Some(path) = port_file {
            write_port(&path, addr.port()).map_err(|error| StartError::PortFile(path, error))?;
        }
        Ok(Self(Arc::new(running)))
    }

    /// The address it listens on, with its real port.
    pub fn addr(&self) -> SocketAddr {
        self.0.addr
    }

    /// `http://host:port`, to be used as a client's base URL.
    pub fn url(&self) -> String {
        url(self.0.addr)
    }

    /// Stops it: open connections end, also those that wait for an update. What it saw stays
    /// readable. Stopping again does nothing.
    pub fn stop(&self) {
        self.0.stop();
    }

    fn shared(&self) -> &Shared {
        &self.0.shared
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator").field("addr", &self.0.addr).finish_non_exhaustive()
    }
}

impl Running {
    fn stop(&self) {
        let server = self.server.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Server { stop, thread }) = server {
            drop(stop);
            // A panic of the server's thread was printed; there is nothing to add.
            let _ended = thread.join();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Server {
    fn start(listener: TcpListener, shared: Arc<Shared>) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .max_blocking_threads(BLOCKING_THREADS_MAX)
            .build()?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let (stop, stopped) = oneshot::channel();
        let serve = move || {
            runtime.spawn(server::serve(listener, shared));
            // Ends by the sender's drop, which is an error to the channel and the signal to us.
            let _signal = runtime.block_on(stopped);
            runtime.shutdown_timeout(STOP_PATIENCE);
        };
        let thread = thread::Builder::new().name("zalo-emulator".to_owned()).spawn(serve)?;
        Ok(Self { stop, thread })
    }
}

/// The URL for an address; one that means "every interface" is reached over loopback.
fn url(addr: SocketAddr) -> String {
    let ip = match addr.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, addr.port()))
}

/// Writes beside the file and renames: who reads it never meets half a number.
fn write_port(path: &Path, port: u16) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", std::process::id()));
    let beside = path.with_file_name(name);
    fs::write(&beside, format!("{port}\n"))?;
    fs::rename(&beside, path).inspect_err(|_| {
        // The rename's error is the one to report.
        let _gone = fs::remove_file(&beside);
    })
}
