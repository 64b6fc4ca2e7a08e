//! The server under load, as a process of its own.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use zaloxide::agents::{Agent, Turn};
use zaloxide::front::FrontConfig;
use zaloxide::store::{Memory, Sqlite, Store};
use zaloxide::{Account, AllowList, DmPolicy, Engine, Reply};
use zaloxide_emulator::{Emulator, Options};

use crate::Result;

pub(crate) const SECRET: &str = "secret-of-the-bench";
/// How long a start may take: ten thousand bots ask who they are.
const BOUND: Duration = Duration::from_secs(120);
/// How long an end may take.
const END: Duration = Duration::from_secs(20);

/// What serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// hyper that reads the body and says `ok`.
    Bare,
    /// The engine, with a store in memory.
    Memory,
    /// The engine, with its database.
    Sqlite,
}

/// What comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Workload {
    /// The same message again and again.
    Duplicates,
    /// Messages of strangers, under an allowlist.
    Denied,
    /// Messages in ten thousand chats.
    Chats,
}

/// A server and what comes to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup {
    pub(crate) kind: Kind,
    pub(crate) workload: Workload,
    pub(crate) accounts: usize,
    /// Of the workload of that name.
    pub(crate) chats: u64,
}

impl Setup {
    fn words(self) -> [String; 4] {
        let lower = |word: String| word.to_lowercase();
        [
            lower(format!("{:?}", self.kind)),
            lower(format!("{:?}", self.workload)),
            self.accounts.to_string(),
            self.chats.to_string(),
        ]
    }

    pub(crate) fn read(words: &[&str]) -> Result<Self> {
        let [kind, workload, accounts, chats] = words else {
            return Err("serve KIND WORKLOAD ACCOUNTS CHATS".into());
        };
        let kinds = [Kind::Bare, Kind::Memory, Kind::Sqlite];
        let workloads = [Workload::Duplicates, Workload::Denied, Workload::Chats];
        let is =
            |value: &dyn std::fmt::Debug, word: &str| format!("{value:?}").to_lowercase() == word;
        Ok(Self {
            kind: kinds.into_iter().find(|each| is(each, kind)).ok_or("no such kind")?,
            workload: workloads
                .into_iter()
                .find(|each| is(each, workload))
                .ok_or("no such load")?,
            accounts: accounts.parse()?,
            chats: chats.parse()?,
        })
    }
}

/// The path of an account's webhook.
pub(crate) fn path(account: usize) -> String {
    format!("/zalo/{account}")
}

fn token(account: usize) -> String {
    format!("{}:bench-no-secret", 1_000 + account)
}

/// Serves until standard input ends.
pub(crate) fn serve(setup: &Setup, zalo: &str) -> Result<()> {
    if setup.kind == Kind::Bare {
        return bare();
    }
    let place = tempfile::tempdir_in("target")?;
    let store: Arc<dyn Store> = match setup.kind {
        Kind::Sqlite => Arc::new(Sqlite::open(&place.path().join("zaloxide.db"))?),
        _ => Arc::new(Memory::new()),
    };
    let accounts: Result<Vec<Account>> = (0..setup.accounts)
        .map(|n| {
            let mut account = Account::new(&format!("a{n}"), &token(n))?;
            zalo.clone_into(&mut account.settings.api_url);
            account.settings.webhook_secret = Some(SECRET.parse()?);
            let config = &mut account.config;
            config.webhook_url = Some(format!("https://bench.example{}", path(n)));
            config.typing = false;
            if setup.workload == Workload::Denied {
                config.dm_policy = DmPolicy::Allowlist;
                config.allow_from = AllowList::from_entries(["nobody"]);
            } else {
                config.dm_policy = DmPolicy::Open;
                config.allow_from = AllowList::from_entries(["*"]);
            }
            Ok(account)
        })
        .collect();
    let mut front = FrontConfig::default();
    front.listen.set_port(0);
    let engine = Engine::builder()
        .accounts(accounts?)
        .front(front)
        .store(store)
        .agent(Arc::new(Null))
        .start()?;
    let handle = engine.handle();
    let address = handle.addresses().0.ok_or("no webhook")?;
    println!("{address}");
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    drop(engine);
    Ok(())
}

/// Answers nothing, at once.
struct Null;

impl Agent for Null {
    fn deliver(&self, turn: Turn) {
        turn.responder.reply(Reply::default());
    }
}

fn bare() -> Result<()> {
    let threads = std::thread::available_parallelism().map_or(1, |cores| cores.get().min(4));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_io()
        .enable_time()
        .build()?;
    let listener = runtime.block_on(tokio::net::TcpListener::bind(("127.0.0.1", 0)))?;
    println!("{}", listener.local_addr()?);
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            tokio::spawn(async move {
                let service = service_fn(|request: Request<Incoming>| async {
                    request.into_body().collect().await?;
                    Ok::<_, hyper::Error>(Response::new(Full::new(Bytes::from_static(b"ok"))))
                });
                let io = TokioIo::new(stream);
                let _ = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .serve_connection(io, service)
                    .await;
            });
        }
    });
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    Ok(())
}

/// A server that runs, ended with this value.
pub(crate) struct Remote {
    child: Child,
    /// Its end is the server's.
    stdin: Option<ChildStdin>,
    pub(crate) address: SocketAddr,
}

impl Remote {
    pub(crate) fn start(setup: &Setup) -> Result<Self> {
        // Its Zalo is here: what that costs is not the server's.
        let tokens = (0..setup.accounts).map(token).collect();
        let zalo = Emulator::start(Options { tokens, ..Options::default() })?;
        let mut command = Command::new(std::env::current_exe()?);
        let server = Self::spawn(command.args(["serve", &zalo.url()]).args(setup.words()))?;
        let until = Instant::now() + BOUND;
        // Who it is, which webhook it has, and setting one: three calls each.
        let calls = if setup.kind == Kind::Bare { 0 } else { 3 * setup.accounts as u64 };
        while zalo.last_call() < calls {
            if Instant::now() > until {
                return Err("the webhooks were not set in time".into());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        zalo.stop();
        Ok(server)
    }

    /// A server that has nothing to do with us.
    pub(crate) fn other(program: &[&str]) -> Result<Self> {
        let (program, arguments) = program.split_first().ok_or("no program")?;
        Self::spawn(Command::new(program).args(arguments))
    }

    fn spawn(command: &mut Command) -> Result<Self> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        let out = child.stdout.take().ok_or("no output")?;
        BufReader::new(out).read_line(&mut line)?;
        let stdin = child.stdin.take();
        let Ok(address) = line.trim().parse() else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("the server did not start: {line}").into());
        };
        Ok(Self { child, stdin, address })
    }

    /// Processor time so far.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let (_, rest) = stat.rsplit_once(')').ok_or("no stat")?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let ticks = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
        let hertz = rustix::param::clock_ticks_per_second();
        Ok(Duration::from_micros(ticks * 1_000_000 / hertz))
    }

    /// What it holds in memory.
    pub(crate) fn rss_mb(&self) -> Result<u32> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).ok_or("no VmRSS")?;
        Ok(line.split_whitespace().nth(1).ok_or("no number")?.parse::<u32>()? / 1_024)
    }
}

impl Drop for Remote {
    /// Asks it to end, so that it clears up.
    fn drop(&mut self) {
        drop(self.stdin.take());
        let until = Instant::now() + END;
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
