//! `Supervisor`: whoever started this program and wants to hear how it is: systemd, or another that
//! speaks its protocol. A text a datagram, to the socket that `NOTIFY_SOCKET` names; without one,
//! nothing is said.

#[cfg(not(unix))]
pub(crate) use elsewhere::Supervisor;
#[cfg(unix)]
pub(crate) use unix::Supervisor;

#[cfg(unix)]
mod unix {
    use std::env;
    use std::ffi::OsStr;
    use std::io;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::net::{SocketAddr, UnixDatagram};
    use std::process;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
    use std::thread;
    use std::time::Duration;

    use rustix::time::{ClockId, clock_gettime};

    /// A manager that takes nothing for so long is not waited for.
    const SEND_MAX: Duration = Duration::from_secs(1);
    /// Signs of life in the time in which one is wanted: one or two may come late.
    const PINGS: u32 = 3;

    /// Who wants to hear how the program is.
    #[derive(Debug)]
    pub(crate) struct Supervisor {
        socket: Option<Arc<UnixDatagram>>,
        /// In which time it wants a sign of life.
        watchdog: Option<Duration>,
        stopping: AtomicBool,
    }

    /// Gives signs of life until it is dropped.
    #[derive(Debug)]
    pub(crate) struct Watchdog {
        /// Closed, it ends the thread. That is not waited for: what it looks at may be stuck.
        _open: Option<Sender<()>>,
    }

    impl Supervisor {
        /// The one that the environment names, if it names one.
        pub(crate) fn from_environment() -> Self {
            let socket = env::var_os("NOTIFY_SOCKET").filter(|name| !name.is_empty());
            let socket = socket.and_then(|name| {
                let connected = connect(&name);
                let log = |error: &io::Error| {
                    tracing::warn!("the service manager can't be told anything: {error}");
                };
                connected.inspect_err(log).ok()
            });
            let ours = number("WATCHDOG_PID").is_none_or(|pid| pid == u64::from(process::id()));
            let watchdog = number("WATCHDOG_USEC").filter(|us| ours && *us > 0);
            Self::new(socket, watchdog.map(Duration::from_micros))
        }

        fn new(socket: Option<UnixDatagram>, watchdog: Option<Duration>) -> Self {
            Self { socket: socket.map(Arc::new), watchdog, stopping: AtomicBool::new(false) }
        }

        /// The program is at work.
        pub(crate) fn ready(&self, status: &str) {
            // One line: a line end would begin another word of the protocol.
            let status = zaloxide::escape::shown(status);
            self.say(&format!("READY=1\nSTATUS={status}"));
        }

        /// The configuration is being read again.
        pub(crate) fn reloading(&self) {
            // So that the manager can tell this reload from one before.
            let now = clock_gettime(ClockId::Monotonic);
            let us = i128::from(now.tv_sec) * 1_000_000 + i128::from(now.tv_nsec) / 1_000;
            self.say(&format!("RELOADING=1\nMONOTONIC_USEC={us}"));
        }

        /// It has been.
        pub(crate) fn ready_again(&self) {
            if !self.stopping.load(Ordering::SeqCst) {
                self.say("READY=1");
            }
        }

        /// The program is on its way to the end. Said once.
        pub(crate) fn stopping(&self) {
            if !self.stopping.swap(true, Ordering::SeqCst) {
                self.say("STOPPING=1");
            }
        }

        /// Gives signs of life, if they are wanted, as long as `is_alive` says so in time.
        pub(crate) fn watchdog(&self, is_alive: impl Fn() -> bool + Send + 'static) -> Watchdog {
            let (Some(socket), Some(within)) = (&self.socket, self.watchdog) else {
                return Watchdog { _open: None };
            };
            let socket = Arc::clone(socket);
            let (open, closed) = channel::<()>();
            let ping = move || {
                while closed.recv_timeout(within / PINGS) == Err(RecvTimeoutError::Timeout) {
                    if is_alive() {
                        send(&socket, "WATCHDOG=1");
                    } else {
                        tracing::error!("the engine is stuck: the watchdog is not told otherwise");
                    }
                }
            };
            let started = thread::Builder::new().name("zaloxide-watchdog".into()).spawn(ping);
            if let Err(error) = started {
                // Without signs of life the manager starts the program anew: it may have more luck.
                tracing::error!("the watchdog's thread can't be started: {error}");
            }
            Watchdog { _open: Some(open) }
        }

        fn say(&self, text: &str) {
            if let Some(socket) = &self.socket {
                send(socket, text);
            }
        }
    }

    fn send(socket: &UnixDatagram, text: &str) {
        if let Err(error) = socket.send(text.as_bytes()) {
            tracing::warn!("the service manager can't be told anything: {error}");
        }
    }

    fn number(name: &str) -> Option<u64> {
        env::var(name).ok()?.parse().ok()
    }

    fn connect(name: &OsStr) -> io::Result<UnixDatagram> {
        let socket = UnixDatagram::unbound()?;
        socket.connect_addr(&address(name)?)?;
        socket.set_write_timeout(Some(SEND_MAX))?;
        Ok(socket)
    }

    /// A path, or with `@` before it a name in the abstract space.
    fn address(name: &OsStr) -> io::Result<SocketAddr> {
        match name.as_bytes() {
            [b'/', ..] => SocketAddr::from_pathname(name),
            [b'@', name @ ..] => abstract_address(name),
            _ => Err(io::Error::other("NOTIFY_SOCKET is neither a path nor a name with @")),
        }
    }

    #[cfg(target_os = "linux")]
    fn abstract_address(name: &[u8]) -> io::Result<SocketAddr> {
        use std::os::linux::net::SocketAddrExt;

        SocketAddr::from_abstract_name(name)
    }

    #[cfg(not(target_os = "linux"))]
    fn abstract_address(_: &[u8]) -> io::Result<SocketAddr> {
        Err(io::Error::other("NOTIFY_SOCKET has a name that only Linux knows"))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn signs_of_life_are_given_as_long_as_there_is_life() {
            let (ours, manager) = UnixDatagram::pair().unwrap();
            let supervisor = Supervisor::new(Some(ours), Some(Duration::from_millis(3)));
            let alive = Arc::new(AtomicBool::new(false));
            let (asked, seen) = channel();
            let life = Arc::clone(&alive);
            let watchdog = supervisor.watchdog(move || {
                let alive = life.load(Ordering::SeqCst);
                asked.send(()).unwrap_or_default();
                alive
            });
            (0..5).for_each(|_| seen.recv().unwrap());
            manager.set_nonblocking(true).unwrap();
            let mut text = [0; 100];
            let nothing = manager.recv(&mut text).unwrap_err();
            assert_eq!(nothing.kind(), io::ErrorKind::WouldBlock);
            alive.store(true, Ordering::SeqCst);
            manager.set_nonblocking(false).unwrap();
            let length = manager.recv(&mut text).unwrap();
            assert_eq!(&text[..length], b"WATCHDOG=1");
            drop(watchdog);
            // Its end closes what it asks through.
            while seen.recv().is_ok() {}
        }

        #[test]
        fn a_status_is_one_line_and_the_end_is_said_once() {
            let (ours, manager) = UnixDatagram::pair().unwrap();
            let supervisor = Supervisor::new(Some(ours), None);
            supervisor.ready("running: a\nMAINPID=1");
            supervisor.stopping();
            supervisor.stopping();
            supervisor.ready_again();
            drop(supervisor.watchdog(|| true));
            drop(supervisor);
            let mut said = Vec::new();
            let mut text = [0; 100];
            manager.set_nonblocking(true).unwrap();
            while let Ok(length @ 1..) = manager.recv(&mut text) {
                said.push(String::from_utf8_lossy(&text[..length]).into_owned());
            }
            assert_eq!(said, ["READY=1\nSTATUS=running: a\\nMAINPID=1", "STOPPING=1"]);
        }

        #[test]
        fn a_name_is_a_path_or_abstract() {
            assert!(address(OsStr::new("/run/systemd/notify")).unwrap().as_pathname().is_some());
            assert_eq!(address(OsStr::new("@x")).is_ok(), cfg!(target_os = "linux"));
            for name in ["vsock:2:1", "relative", "/\0"] {
                assert!(address(OsStr::new(name)).is_err(), "{name}");
            }
        }
    }
}

#[cfg(not(unix))]
mod elsewhere {
    /// Nobody wants to hear anything here.
    #[derive(Debug)]
    pub(crate) struct Supervisor;

    // As on other systems.
    #[allow(clippy::unused_self)]
    impl Supervisor {
        pub(crate) fn from_environment() -> Self {
            Self
        }

        pub(crate) fn ready(&self, _: &str) {}

        pub(crate) fn reloading(&self) {}

        pub(crate) fn ready_again(&self) {}

        pub(crate) fn stopping(&self) {}

        pub(crate) fn watchdog(&self, _: impl Fn() -> bool + Send + 'static) {}
    }
}
