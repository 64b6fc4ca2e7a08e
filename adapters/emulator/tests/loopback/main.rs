//! The emulator over real HTTP on loopback, as clients meet it.

mod api;
mod control;
mod faults;
mod polling;
mod webhook;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http::Response;
use zaloxide_emulator::{DEFAULT_TOKEN, Emulator, Options, Quirks};

/// Longer than anything here takes: a test that needs it has failed.
const PATIENCE: Duration = Duration::from_secs(20);

fn start() -> Emulator {
    start_with(Options::default())
}

fn start_with(options: Options) -> Emulator {
    Emulator::start(options).unwrap()
}

fn with_quirks(quirks: Quirks) -> Emulator {
    start_with(Options { quirks, ..Options::default() })
}

fn agent() -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .timeout_global(Some(PATIENCE))
        .build();
    config.into()
}

fn api_url(emulator: &Emulator, method: &str) -> String {
    format!("{}/bot{DEFAULT_TOKEN}/{method}", emulator.url())
}

/// Posts JSON text and returns status and body.
fn post(url: &str, body: &str) -> Result<(u16, String), ureq::Error> {
    agent().post(url).content_type("application/json").send(body).and_then(read)
}

fn get(url: &str) -> (u16, String) {
    agent().get(url).call().and_then(read).unwrap()
}

fn read(mut response: Response<ureq::Body>) -> Result<(u16, String), ureq::Error> {
    let status = response.status().as_u16();
    response.body_mut().read_to_string().map(|body| (status, body))
}

/// Calls a method and returns the HTTP status and the JSON answer.
fn call(emulator: &Emulator, method: &str, params: &Value) -> (u16, Value) {
    let (status, body) = post(&api_url(emulator, method), &params.to_string()).unwrap();
    (status, serde_json::from_str(&body).unwrap_or(Value::String(body)))
}

/// A control request by POST.
fn control(emulator: &Emulator, path: &str, body: &str) -> (u16, Value) {
    let (status, body) = post(&format!("{}/_control/{path}", emulator.url()), body).unwrap();
    (status, serde_json::from_str(&body).unwrap())
}

/// Makes what differs from run to run the same in each.
fn settled(mut answer: Value) -> Value {
    match &mut answer {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                if ["date", "updated_at", "latency_ms", "at_ms"].contains(&name.as_str())
                    && value.as_u64().is_some_and(|number| number != 0)
                {
                    *value = "<number>".into();
                } else {
                    *value = settled(value.take());
                }
            }
        }
        Value::Array(items) => {
            for item in items.iter_mut() {
                *item = settled(item.take());
            }
        }
        _ => {}
    }
    answer
}

/// A getUpdates on a thread of its own.
fn poll(emulator: &Emulator, seconds: u64) -> JoinHandle<(u16, Value)> {
    let emulator = emulator.clone();
    thread::spawn(move || call(&emulator, "getUpdates", &serde_json::json!({"timeout": seconds})))
}

/// A getUpdates whose answer is not read: its socket, once the emulator has the call.
fn bare_poll(emulator: &Emulator) -> TcpStream {
    let before = emulator.last_call();
    let mut socket = TcpStream::connect(emulator.addr()).unwrap();
    let path = format!("/bot{DEFAULT_TOKEN}/getUpdates");
    write!(socket, "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n").unwrap();
    assert!(emulator.wait_for_call(before, PATIENCE, |call| call.method == "getUpdates").is_some());
    socket
}

/// One request that a bot's webhook got.
struct Hit {
    head: String,
    body: String,
}

/// A bot's webhook: answers each request with the next status, the last one for ever.
struct Hook {
    addr: SocketAddr,
    hits: Receiver<Hit>,
}

impl Hook {
    fn start(statuses: &'static [u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let (tell, hits) = channel();
        // Ends with the process: nobody waits for it.
        thread::spawn(move || {
            for (index, socket) in listener.incoming().enumerate() {
                let status = statuses[index.min(statuses.len() - 1)];
                let hit = answer_one(socket.unwrap(), status);
                if tell.send(hit).is_err() {
                    return;
                }
            }
        });
        Self { addr, hits }
    }

    fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    fn next(&self) -> Hit {
        self.hits.recv_timeout(PATIENCE).unwrap()
    }
}

fn answer_one(mut socket: TcpStream, status: u16) -> Hit {
    let mut bytes = vec![];
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .map_or(0, |(_, value)| value.trim().parse().unwrap());
            if body.len() >= length {
                let end = "Content-Length: 0\r\nConnection: close\r\n\r\n";
                write!(socket, "HTTP/1.1 {status} Any\r\n{end}").unwrap();
                return Hit { head: head.to_owned(), body: body.to_owned() };
            }
        }
        let read = socket.read(&mut chunk).unwrap();
        assert_ne!(read, 0, "the request ended early");
        bytes.extend_from_slice(&chunk[..read]);
    }
}
