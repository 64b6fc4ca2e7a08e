//! `Server`: listens on the control socket.

use std::collections::HashMap;
use std::fmt;
use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::Shutdown;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use serde_json::{Value, json};

use super::answer::{Answerer, fault};
use super::{Host, LINE_MAX, PROTOCOL};
use crate::engine::Handle;

/// Connections at one time.
const CONNECTIONS_MAX: usize = 32;
/// How long a program may take to begin.
const STARTING_MAX: Duration = Duration::from_secs(1);

/// Answers requests until it is dropped.
#[derive(Debug)]
pub struct Server {
    path: PathBuf,
    file: Option<(u64, u64)>,
    /// Closing this end wakes the thread that accepts.
    wake: Option<UnixStream>,
    accept: Option<JoinHandle<()>>,
    connections: Arc<Connections>,
}

/// The connections that are open, and their threads.
#[derive(Debug, Default)]
struct Connections {
    open: Mutex<HashMap<u64, UnixStream>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// A socket that can't be listened on.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServerError {
    /// Another gateway listens there.
    Running {
        /// The socket.
        path: PathBuf,
    },
    /// The directory is not safe.
    Directory {
        /// The directory.
        dir: PathBuf,
        /// What is wrong and what to do.
        reason: &'static str,
    },
    /// The system refuses.
    Io {
        /// The socket or its directory.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running { path } => write!(
                f,
                "another gateway listens at {}: stop it, or use another --state-dir",
                path.display()
            ),
            Self::Directory { dir, reason } => write!(f, "{}: {reason}", dir.display()),
            Self::Io { path, error } => {
                write!(f, "can't listen for commands at {}: {error}", path.display())
            }
        }
    }
}

impl std::error::Error for ServerError {}

/// A control socket that is taken: commands wait there until an engine answers them.
#[derive(Debug)]
pub struct Socket {
    path: PathBuf,
    listener: UnixListener,
}

impl Socket {
    /// Takes the socket at `path`. One that nobody listens on any more is replaced. Whoever has it
    /// is the one gateway of its state directory: take it before an engine starts.
    ///
    /// # Errors
    /// Another gateway listens there, the directory is open to others, or the system refuses.
    pub fn bind(path: &Path) -> Result<Self, ServerError> {
        let refused = |error| ServerError::Io { path: path.to_owned(), error };
        if let Some(dir) = path.parent() {
            guard(dir)?;
        }
        let listener = bind(path)?;
        fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(refused)?;
        Ok(Self { path: path.to_owned(), listener })
    }
}

impl Server {
    /// Listens at `path` for commands to an engine: [`Socket::bind`], then [`Server::serve`].
    ///
    /// # Errors
    /// As these.
    pub fn start(path: &Path, handle: Handle, host: Host) -> Result<Self, ServerError> {
        Self::serve(Socket::bind(path)?, handle, host)
    }

    /// Answers the commands that come to a socket.
    ///
    /// # Errors
    /// The system refuses a thread.
    pub fn serve(socket: Socket, handle: Handle, host: Host) -> Result<Self, ServerError> {
        let Socket { path, listener } = socket;
        let refused = |error| ServerError::Io { path: path.clone(), error };
        let (wake, woken) = UnixStream::pair().map_err(refused)?;
        let connections = Arc::new(Connections::default());
        let answerer = Arc::new(Answerer::new(handle, host));
        let theirs = Arc::clone(&connections);
        let accept = thread::Builder::new()
            .name("zaloxide-control".into())
            .spawn(move || accept(&listener, &woken, &theirs, &answerer))
            .map_err(refused)?;
        let file = file(&path);
        Ok(Self { path, file, wake: Some(wake), accept: Some(accept), connections })
    }

    /// Where it listens.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Takes no more connections, ends those that are open, and removes the socket. End the engine
/// first: requests that wait for it are then answered.
impl Drop for Server {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(accept) = self.accept.take() {
            let _ = accept.join();
        }
        for stream in lock(&self.connections.open).values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        let threads = std::mem::take(&mut *lock(&self.connections.threads));
        for connection in threads {
            let _ = connection.join();
        }
        // Another gateway's, if this one stood still for long and was replaced.
        if file(&self.path) == self.file {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Which file a path names.
fn file(path: &Path) -> Option<(u64, u64)> {
    fs::metadata(path).map(|meta| (meta.dev(), meta.ino())).ok()
}

/// Makes the directory, or sees that nobody else may write in it.
fn guard(dir: &Path) -> Result<(), ServerError> {
    let refused = |error| ServerError::Io { path: dir.to_owned(), error };
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(refused)?;
    let meta = fs::metadata(dir).map_err(refused)?;
    let wrong = |reason| Err(ServerError::Directory { dir: dir.to_owned(), reason });
    if meta.uid() != rustix::process::geteuid().as_raw() {
        return wrong("belongs to another user: use another --state-dir");
    }
    if meta.mode() & 0o022 != 0 {
        return wrong("others may write here: chmod 700 it, or use another --state-dir");
    }
    Ok(())
}

fn bind(path: &Path) -> Result<UnixListener, ServerError> {
    let refused = |error| ServerError::Io { path: path.to_owned(), error };
    match UnixListener::bind(path) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
        bound => return bound.map_err(refused),
    }
    // What a killed gateway was just starting holds its socket until it has begun.
    let until = Instant::now() + STARTING_MAX;
    while UnixStream::connect(path).is_ok() {
        if Instant::now() > until {
            return Err(ServerError::Running { path: path.to_owned() });
        }
        thread::sleep(STARTING_MAX / 10);
    }
    fs::remove_file(path).map_err(refused)?;
    UnixListener::bind(path).map_err(refused)
}

fn accept(
    listener: &UnixListener,
    woken: &UnixStream,
    connections: &Arc<Connections>,
    answerer: &Arc<Answerer>,
) {
    for id in 0_u64.. {
        let mut fds = [PollFd::new(listener, PollFlags::IN), PollFd::new(woken, PollFlags::IN)];
        match poll(&mut fds, None) {
            Err(rustix::io::Errno::INTR) => continue,
            Err(_) => return,
            Ok(_) if !fds[1].revents().is_empty() => return,
            Ok(_) => {}
        }
        let Ok((stream, _)) = listener.accept() else { continue };
        let Ok(kept) = stream.try_clone() else { continue };
        if !is_ours(&stream) || lock(&connections.open).len() >= CONNECTIONS_MAX {
            continue;
        }
        lock(&connections.open).insert(id, kept);
        let (theirs, answerer) = (Arc::clone(connections), Arc::clone(answerer));
        let serve = move || {
            // A connection that breaks is its client's to report.
            let _ = converse(&stream, &answerer);
            let _ = stream.shutdown(Shutdown::Both);
            lock(&theirs.open).remove(&id);
        };
        let thread = thread::Builder::new().name("zaloxide-command".into()).spawn(serve);
        let mut threads = lock(&connections.threads);
        threads.retain(|thread| !thread.is_finished());
        match thread {
            Ok(thread) => threads.push(thread),
            Err(_) => drop(lock(&connections.open).remove(&id)),
        }
    }
}

/// Whether the other side is this user, or root.
#[cfg(target_os = "linux")]
fn is_ours(stream: &UnixStream) -> bool {
    let own = rustix::process::geteuid();
    rustix::net::sockopt::socket_peercred(stream)
        .is_ok_and(|peer| peer.uid == own || peer.uid.is_root())
}

/// Elsewhere the modes of the socket and its directory are the guard.
#[cfg(not(target_os = "linux"))]
fn is_ours(_stream: &UnixStream) -> bool {
    true
}

fn converse(stream: &UnixStream, answerer: &Answerer) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    let mut greeted = false;
    loop {
        line.clear();
        (&mut reader).take(LINE_MAX).read_until(b'\n', &mut line)?;
        if line.last() != Some(&b'\n') {
            // The end, or a line too long to go on after it.
            return Ok(());
        }
        let answer = if greeted { answerer.answer(&line) } else { greet(&line) };
        (&*stream).write_all(format!("{answer}\n").as_bytes())?;
        if !greeted && answer.get("error").is_some() {
            return Ok(());
        }
        greeted = true;
    }
}

fn greet(line: &[u8]) -> Value {
    let theirs: Option<Value> = serde_json::from_slice(line).ok();
    match theirs.as_ref().and_then(|theirs| theirs.get("protocol")?.as_u64()) {
        Some(version) if version == u64::from(PROTOCOL) => json!({
            "protocol": PROTOCOL,
            "version": env!("CARGO_PKG_VERSION"),
            "pid": std::process::id(),
        }),
        _ => fault("protocol", format!("this gateway speaks protocol {PROTOCOL}")),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
