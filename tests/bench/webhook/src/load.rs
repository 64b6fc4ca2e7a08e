//! The load: raw connections, each with one request under way.

use std::fmt;
use std::net::{SocketAddr, TcpStream as Socket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

use crate::server::{Remote, SECRET, Setup, Workload, path};
use crate::{Result, median};

/// What is asked, for how long, how often.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) connections: usize,
    pub(crate) lasts: Duration,
    /// As often as possible, if nothing is said.
    pub(crate) per_second: Option<f64>,
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    pub(crate) per_second: f64,
    /// Of the server, for each request.
    pub(crate) cpu_us: f64,
    p99: Duration,
}

impl Outcome {
    /// How long nearly all took.
    pub(crate) fn p99_ms(&self) -> f64 {
        self.p99.as_secs_f64() * 1e3
    }

    /// The median of each number.
    pub(crate) fn median(of: impl Iterator<Item = Self>) -> Self {
        let all: Vec<Self> = of.collect();
        let p99s = all.iter().map(|one| one.p99.as_secs_f64()).collect();
        Self {
            per_second: median(all.iter().map(|one| one.per_second).collect()),
            cpu_us: median(all.iter().map(|one| one.cpu_us).collect()),
            p99: Duration::from_secs_f64(median(p99s)),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:8.0}   {:5.1} µs   {:8.2?}", self.per_second, self.cpu_us, self.p99)
    }
}

/// No message is told twice, whichever run it comes in.
static NUMBER: AtomicU64 = AtomicU64::new(1);

impl Load {
    /// Loads the server.
    pub(crate) fn run(&self, server: &mut Remote, setup: &Setup) -> Result<Outcome> {
        let runtime = Runtime::new()?;
        let cpu = server.cpu()?;
        let began = Instant::now();
        let (load, setup, address) = (*self, *setup, server.address);
        let tasks: Vec<_> = (0..self.connections)
            .map(|n| runtime.spawn(connection(load, setup, address, n, began)))
            .collect();
        let mut times = Vec::new();
        for task in tasks {
            times.extend(runtime.block_on(task)??);
        }
        let took = began.elapsed();
        let cpu = server.cpu()?.saturating_sub(cpu);
        times.sort_unstable();
        let count = times.len().max(1);
        #[allow(clippy::cast_precision_loss)] // Counts of seconds of work.
        let each = |all: f64| all / count as f64;
        Ok(Outcome {
            per_second: 1.0 / each(took.as_secs_f64()),
            cpu_us: each(cpu.as_secs_f64() * 1e6),
            p99: times.get(count * 99 / 100).copied().unwrap_or_default(),
        })
    }
}

/// One request after the other, until the time is over; how long each took.
async fn connection(
    load: Load,
    setup: Setup,
    address: SocketAddr,
    place: usize,
    began: Instant,
) -> Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut times = Vec::new();
    #[allow(clippy::cast_precision_loss)] // Few connections.
    let pause = load.per_second.map(|rate| Duration::from_secs_f64(load.connections as f64 / rate));
    // Spread, so that they do not all ask at one time.
    let mut next = began + pause.unwrap_or_default().mul_f64(fraction(place, load.connections));
    while began.elapsed() < load.lasts {
        if let Some(pause) = pause {
            tokio::time::sleep_until(next.into()).await;
            next += pause;
        }
        let request = request(&setup, NUMBER.fetch_add(1, Ordering::Relaxed), SECRET);
        let asked = Instant::now();
        stream.write_all(&request).await?;
        let status = answer(&mut stream).await?;
        times.push(asked.elapsed());
        if status != 200 {
            return Err(format!("the server answered {status}").into());
        }
    }
    Ok(times)
}

#[allow(clippy::cast_precision_loss)] // Few connections.
fn fraction(place: usize, of: usize) -> f64 {
    place as f64 / of as f64
}

/// A message as webhooks deliver it.
pub(crate) fn message(id: u64, chat: u64) -> String {
    format!(
        r#"{{"event_name":"message.text.received","message":{{"date":1790000000000,"chat":{{"chat_type":"PRIVATE","id":"{chat:020x}"}},"message_id":"{id:020x}","from":{{"id":"{chat:020x}","is_bot":false,"display_name":"Nguyễn Văn An"}},"text":"Cho mình hỏi cửa hàng mở cửa đến mấy giờ ạ?"}}}}"#
    )
}

fn request(setup: &Setup, number: u64, secret: &str) -> Vec<u8> {
    let (id, chat) = match setup.workload {
        Workload::Duplicates => (1, 1),
        Workload::Denied | Workload::Chats => (number, number % setup.chats),
    };
    let body = message(id, chat);
    let account = usize::try_from(number).unwrap_or(0) % setup.accounts;
    let path = path(account);
    format!(
        "POST {path} HTTP/1.1\r\nHost: bench.example\r\nUser-Agent: Java/21.0.5\r\n\
         Content-Type: application/json\r\nX-Bot-Api-Secret-Token: {secret}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// The status of the next answer; all of it is read.
async fn answer(stream: &mut TcpStream) -> Result<u16> {
    let mut read = Vec::with_capacity(512);
    loop {
        if stream.read_buf(&mut read).await? == 0 {
            return Err("the server hung up".into());
        }
        let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = str::from_utf8(&read[..end])?.to_ascii_lowercase();
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
        let length: usize = length.ok_or("no length")?.parse()?;
        while read.len() < end + 4 + length {
            if stream.read_buf(&mut read).await? == 0 {
                return Err("the server hung up".into());
            }
        }
        return Ok(head.get(9..12).ok_or("no status")?.parse()?);
    }
}

/// Connections that begin a request and never end it.
pub(crate) fn half_open(server: &Remote, count: usize) -> Result<Vec<Socket>> {
    let starts: [&[u8]; 4] = [
        b"",
        b"POST /zalo/0 HTTP/1.1\r\nHost: a\r\nX-A: ",
        b"POST /zalo/0 HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{",
        b"POST /zalo/0 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
    ];
    let one = |n: usize| {
        let mut socket = Socket::connect(server.address)?;
        std::io::Write::write_all(&mut socket, starts[n % starts.len()])?;
        Ok(socket)
    };
    (0..count).map(one).collect()
}

/// So many wrong secrets, as fast as they are answered; how many were told so.
pub(crate) fn guesses(server: &Remote, count: u64) -> JoinHandle<Result<u64>> {
    let address = server.address;
    thread::spawn(move || {
        let left = Arc::new(AtomicU64::new(count));
        let runtime = Runtime::new()?;
        let tasks: Vec<_> = (0..16)
            .map(|_| {
                let left = Arc::clone(&left);
                runtime.spawn(async move {
                    let setup = Setup::read(&["memory", "chats", "1", "1"])?;
                    let mut stream = TcpStream::connect(address).await?;
                    let mut told = 0;
                    while left
                        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1))
                        .is_ok()
                    {
                        stream.write_all(&request(&setup, told, "wrong-wrong-wrong")).await?;
                        told += u64::from(matches!(answer(&mut stream).await?, 401 | 429));
                    }
                    Ok::<_, Box<dyn std::error::Error + Send + Sync>>(told)
                })
            })
            .collect();
        let mut told = 0;
        for task in tasks {
            told += runtime.block_on(task)??;
        }
        Ok(told)
    })
}
