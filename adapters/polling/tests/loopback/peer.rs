//! `Peer`: a server on loopback that does exactly what a test tells it, byte by byte.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use socket2::SockRef;
use zaloxide_core::Outcome;
use zaloxide_polling::{Api, Settings};

/// Longer than anything here takes; a test that works never waits for it.
pub(crate) const LONG: Duration = Duration::from_secs(20);
/// The same, for a call.
pub(crate) const LONG_MS: u64 = 20_000;
/// Every part of it must stay inside.
pub(crate) const TOKEN: &str = "123456789012345678:CANARY-secret_half/of+a~token";
pub(crate) const WEBHOOK_SECRET: &str = "CANARY-webhook-secret";

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Request line and headers.
    pub(crate) head: String,
    pub(crate) body: String,
}

/// What a peer does with a connection, in a table.
pub(crate) type Serve = fn(&mut Conn);

/// One accepted connection.
pub(crate) struct Conn {
    /// Which connection of this peer, from 0.
    pub(crate) index: usize,
    pub(crate) stream: TcpStream,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Conn {
    /// The next whole request; none when the connection ends before.
    pub(crate) fn request(&mut self) -> Option<Request> {
        let head = self.head()?;
        let length = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .map_or(0, |(_, value)| value.trim().parse().unwrap());
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).ok()?;
        let request = Request { head, body: String::from_utf8(body).unwrap() };
        self.seen.lock().unwrap().push(request.clone());
        Some(request)
    }

    /// Up to the blank line.
    pub(crate) fn head(&mut self) -> Option<String> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            self.stream.read_exact(&mut byte).ok()?;
            head.push(byte[0]);
        }
        Some(String::from_utf8(head).unwrap())
    }

    pub(crate) fn take(&mut self, count: usize) -> Option<Vec<u8>> {
        let mut bytes = vec![0; count];
        self.stream.read_exact(&mut bytes).ok()?;
        Some(bytes)
    }

    /// The other side may have gone: that is its own affair.
    pub(crate) fn send(&mut self, text: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(text.as_ref());
    }

    /// An answer with a length.
    pub(crate) fn answer(&mut self, status: &str, headers: &str, body: &str) {
        let length = body.len();
        self.send(format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n{body}"));
    }

    /// Wait until the other side closes.
    pub(crate) fn until_closed(&mut self) {
        let mut rest = [0; 4096];
        while matches!(self.stream.read(&mut rest), Ok(n) if n > 0) {}
    }

    /// Close by a reset in place of an orderly end.
    pub(crate) fn reset(&mut self) {
        SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)).unwrap();
    }
}

/// A listening peer. Dropping it closes its connections and ends its thread.
pub(crate) struct Peer {
    pub(crate) addr: SocketAddr,
    seen: Arc<Mutex<Vec<Request>>>,
    open: Arc<Mutex<Option<Vec<TcpStream>>>>,
    thread: Option<JoinHandle<()>>,
}

impl Peer {
    /// `serve` is run for each connection, on a thread of its own; the connection closes when it
    /// returns.
    pub(crate) fn start(serve: impl Fn(&mut Conn) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let addr = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let open = Arc::new(Mutex::new(Some(Vec::new())));
        let (requests, streams) = (Arc::clone(&seen), Arc::clone(&open));
        let thread = thread::spawn(move || {
            let serve = &serve;
            thread::scope(|scope| {
                for index in 0.. {
                    let Ok((stream, _)) = listener.accept() else { return };
                    stream.set_read_timeout(Some(LONG)).unwrap();
                    match streams.lock().unwrap().as_mut() {
                        Some(all) => all.push(stream.try_clone().unwrap()),
                        None => return,
                    }
                    let seen = Arc::clone(&requests);
                    let streams = &streams;
                    scope.spawn(move || {
                        let mut conn = Conn { index, stream, seen };
                        serve(&mut conn);
                        // The copy must go too, or the connection would stay open.
                        let local = conn.stream.peer_addr().ok();
                        if let Some(all) = streams.lock().unwrap().as_mut() {
                            all.retain(|kept| kept.peer_addr().ok() != local || local.is_none());
                        }
                    });
                }
            });
        });
        Self { addr, seen, open, thread: Some(thread) }
    }

    /// A peer that answers every request alike and keeps its connections.
    pub(crate) fn answering(
        status: &'static str,
        headers: &'static str,
        body: &'static str,
    ) -> Self {
        Self::start(move |conn| {
            while conn.request().is_some() {
                conn.answer(status, headers, body);
            }
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Every whole request so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn api(&self) -> Api {
        api(&self.url(), None)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        for stream in self.open.lock().unwrap().take().unwrap_or_default() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        // Wakes the listener, which then sees that it is over.
        let _ = TcpStream::connect(self.addr);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

pub(crate) fn settings(url: &str) -> Settings {
    let mut settings = Settings::new(TOKEN.parse().unwrap());
    url.clone_into(&mut settings.api_url);
    settings
}

pub(crate) fn api(url: &str, proxy: Option<&str>) -> Api {
    let mut settings = settings(url);
    settings.proxy = proxy.map(str::to_owned);
    settings.webhook_secret = Some(WEBHOOK_SECRET.parse().unwrap());
    Api::new(settings).unwrap()
}

/// A port on which nobody listens.
pub(crate) fn closed_port() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}

/// `NotSent`, `Unknown` or the status; and the reason.
pub(crate) fn kind(outcome: &Outcome<'_>) -> (String, String) {
    let (kind, reason) = match outcome {
        Outcome::Answered { status, .. } => (status.to_string(), String::new()),
        Outcome::NotSent { reason } => ("NotSent".to_owned(), reason.clone()),
        Outcome::Unknown { reason } => ("Unknown".to_owned(), reason.clone()),
        other => panic!("{other:?}"),
    };
    for secret in ["CANARY", "secret_half", "secret%5Fhalf", "webhook-secret", "hunter2"] {
        assert!(!reason.contains(secret), "{reason}");
    }
    assert!(!reason.contains('\n') && reason.len() < 400, "{reason}");
    (kind, reason)
}

pub(crate) fn body(outcome: &Outcome<'_>) -> String {
    match outcome {
        Outcome::Answered { body, .. } => String::from_utf8(body.as_bytes().to_vec()).unwrap(),
        other => panic!("{other:?}"),
    }
}
