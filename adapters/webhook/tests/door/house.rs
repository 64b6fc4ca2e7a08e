//! A server on loopback with a few accounts, and clients that say exactly what they are told to.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use zaloxide_webhook::{Answer, Door, Limits, Listener, Proxies, Routes, Server, Status, Taker};

/// Long for a machine under load, short for a test that would hang.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
pub(crate) const SECRET: &str = "secret-of-the-shop";
pub(crate) const PATH: &str = "/zalo/shop";
pub(crate) const BODY: &str = r#"{"event_name":"message.text.received","message":{}}"#;
pub(crate) const PING: &str = r#"{"event_name":"webhook.test","message":{"date":1787124248,
    "message_id":"webhook-test","text":"webhook test"}}"#;

/// Keeps all that comes, and answers as it is told to.
#[derive(Default)]
pub(crate) struct Shop {
    taken: Mutex<Vec<Vec<u8>>>,
    changed: Condvar,
    pub(crate) status: Mutex<Option<Status>>,
    /// Answers that are kept back, when there is no status.
    pub(crate) held: Mutex<Vec<Answer>>,
}

impl Taker for Shop {
    fn take(&self, body: &[u8], answer: Answer) {
        self.taken.lock().unwrap().push(body.to_vec());
        match *self.status.lock().unwrap() {
            Some(status) => answer.tell(status),
            None => self.held.lock().unwrap().push(answer),
        }
        self.changed.notify_all();
    }
}

impl Shop {
    pub(crate) fn new(status: Status) -> Arc<Self> {
        Arc::new(Self { status: Mutex::new(Some(status)), ..Self::default() })
    }

    pub(crate) fn taken(&self) -> Vec<Vec<u8>> {
        self.taken.lock().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.taken.lock().unwrap().len()
    }

    /// Waits until so many bodies have come.
    pub(crate) fn wait_for(&self, count: usize) {
        let taken = self.taken.lock().unwrap();
        let waited =
            self.changed.wait_timeout_while(taken, PATIENCE, |taken| taken.len() < count).unwrap();
        assert!(!waited.1.timed_out(), "{count} bodies did not come");
    }
}

/// A server with the account `shop`.
pub(crate) struct House {
    pub(crate) server: Server,
    pub(crate) routes: Arc<Routes>,
    pub(crate) shop: Arc<Shop>,
}

impl House {
    pub(crate) fn open() -> Self {
        Self::with(Limits::default(), |door| door)
    }

    pub(crate) fn behind(proxies: &[&str]) -> Self {
        let proxies = Proxies::new(proxies.iter().copied()).unwrap();
        Self::with(Limits::default(), |door| door.proxies(proxies))
    }

    pub(crate) fn with(limits: Limits, door: impl FnOnce(Door) -> Door) -> Self {
        Self::on(listener(), limits, door)
    }

    pub(crate) fn on(listener: Listener, limits: Limits, door: impl FnOnce(Door) -> Door) -> Self {
        let routes = Arc::new(Routes::new().unwrap());
        let shop = Shop::new(Status::Taken);
        routes.add("shop", PATH, SECRET.as_bytes(), shop.clone()).unwrap();
        let door = Arc::new(door(Door::new(Arc::clone(&routes))));
        let server = Server::start(listener, limits, door).unwrap();
        Self { server, routes, shop }
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(self.server.address())
    }

    /// The status of the answer to a webhook with these lines in its head.
    pub(crate) fn posts(&self, path: &str, lines: &[&str], body: &[u8]) -> u16 {
        self.client().ask(&request("POST", path, lines, body)).status
    }

    /// The status of the answer to this body as Zalo sends it.
    pub(crate) fn delivers(&self, body: &[u8]) -> u16 {
        self.posts(PATH, &[&secret(SECRET), JSON], body)
    }
}

pub(crate) const JSON: &str = "Content-Type: application/json";

pub(crate) fn listener() -> Listener {
    Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap()
}

pub(crate) fn secret(secret: &str) -> String {
    format!("X-Bot-Api-Secret-Token: {secret}")
}

pub(crate) fn request(method: &str, path: &str, lines: &[&str], body: &[u8]) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
    for line in lines {
        head.push_str(line);
        head.push_str("\r\n");
    }
    if !body.is_empty() && !lines.iter().any(|line| line.starts_with("Transfer-Encoding")) {
        write!(head, "Content-Length: {}\r\n", body.len()).unwrap();
    }
    [head.as_bytes(), b"\r\n", body].concat()
}

/// A connection that says exactly what it is told to.
pub(crate) struct Client(pub(crate) TcpStream);

/// An answer.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Heard {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self(stream)
    }

    /// A server that has heard enough may have closed already.
    pub(crate) fn say(&mut self, bytes: &[u8]) {
        let _ = self.0.write_all(bytes);
    }

    /// Everything until the server closes.
    pub(crate) fn rest(mut self) -> String {
        let mut heard = Vec::new();
        let _ = self.0.read_to_end(&mut heard);
        String::from_utf8_lossy(&heard).into_owned()
    }

    pub(crate) fn ask(&mut self, request: &[u8]) -> Heard {
        self.say(request);
        self.hear()
    }

    /// The answer, if there is one.
    pub(crate) fn try_hear_of(mut self, request: &[u8]) -> Option<Heard> {
        self.say(request);
        self.try_hear()
    }

    /// The next answer on this connection.
    pub(crate) fn hear(&mut self) -> Heard {
        self.try_hear().expect("an answer")
    }

    /// The next answer, if the server does not close first.
    pub(crate) fn try_hear(&mut self) -> Option<Heard> {
        let mut read = Vec::new();
        let mut byte = [0];
        while !read.ends_with(b"\r\n\r\n") {
            if !matches!(self.0.read(&mut byte), Ok(1)) {
                return None;
            }
            read.push(byte[0]);
        }
        let head = String::from_utf8(read).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut answer = Heard { status, head, body: Vec::new() };
        let bytes = answer.header("content-length").map_or(0, |bytes| bytes.parse().unwrap());
        answer.body = vec![0; bytes];
        self.0.read_exact(&mut answer.body).unwrap();
        Some(answer)
    }
}

/// Waits until it is so.
pub(crate) fn wait_until(mut is: impl FnMut() -> bool) {
    let until = std::time::Instant::now() + PATIENCE;
    while !is() {
        assert!(std::time::Instant::now() < until, "it did not come to be");
        std::thread::yield_now();
    }
}
