//! How fast a bot answers, how soon it listens and what it weighs: measured from outside, with a
//! local Zalo over loopback HTTP. Nothing is asserted; it prints medians.
//!
//! Build the program first, both in release: `cargo build --release`, then
//! `cargo run --release -p zaloxide-bench`. After `--json`, standard output has a line of JSON a
//! number, and what people read goes to standard error.

#[macro_use]
#[path = "../../figures.rs"]
mod figures;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use zaloxide::accounts::Account;
use zaloxide::agents::Callback;
use zaloxide::engine::Engine;
use zaloxide_core::{AllowList, DmPolicy, Reply};
use zaloxide_emulator::{Call, DEFAULT_TOKEN, Emulator, Options};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Messages of the round trip, after some that warm it up.
const TRIPS: usize = 1_000;
const WARM_UP: usize = 50;
/// Starts of the program.
const STARTS: usize = 21;
/// Messages in another chat while the slow agent works.
const BESIDE: usize = 50;
/// How long the slow agent takes.
const SLOW: Duration = Duration::from_secs(3);
/// Memory is read this long after the first poll: nothing happens then.
const IDLE: Duration = Duration::from_millis(500);
/// How long anything may take.
const BOUND: Duration = Duration::from_secs(30);

const AN: &str = "6ede9afa66b88fe6d6a9";
const BINH: &str = "6ede9afa66b88fe6d6aa";

/// Everybody is let in, and no pace is kept: the engine is measured and not its patience.
const CONFIG: &str = "{agent: {type: \"echo\"}, channels: {zalo: {
    dmPolicy: \"open\", allowFrom: [\"*\"], rate: {chatPerSec: 0, accountPerSec: 0}}}}";

fn main() -> Result<()> {
    if std::env::args().nth(1).as_deref() == Some("--json") {
        figures::as_json();
    }
    let program = std::env::current_exe()?.with_file_name("zaloxide");
    if !program.exists() {
        return Err(format!("no {}: run `cargo build --release` first", program.display()).into());
    }
    let place = tempfile::tempdir()?;
    fs::write(place.path().join("zaloxide.json5"), CONFIG)?;
    round_trip(&program, place.path())?;
    start(&program, place.path())?;
    message_send(&program, place.path())?;
    beside_a_slow_agent()
}

/// The program, ended with this value.
struct Running(Child);

impl Running {
    fn start(program: &Path, place: &Path, zalo: &Emulator) -> Result<Self> {
        Ok(Self(command(program, place, zalo).arg("run").spawn()?))
    }
}

/// The program, with this state and this Zalo.
fn command(program: &Path, place: &Path, zalo: &Emulator) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(place)
        .env("ZALO_BOT_TOKEN", DEFAULT_TOKEN)
        .env("ZALO_API_URL", zalo.url())
        .env("ZALOXIDE_STATE_DIR", place.join("state"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn zalo() -> Result<Emulator> {
    // A message must not be lost between two polls, and a month's quota not end the measuring.
    Ok(Emulator::start(Options { queue: true, quota_monthly: u64::MAX, ..Options::default() })?)
}

/// From a user's message to the bot's answer, in Zalo's eyes.
fn round_trip(program: &Path, place: &Path) -> Result<()> {
    let zalo = zalo()?;
    let _running = Running::start(program, place, &zalo)?;
    zalo.wait_for_poll(None, BOUND)?;
    let mut times = Vec::new();
    for trip in 0..WARM_UP + TRIPS {
        let time = answered(&zalo, AN)?;
        if trip >= WARM_UP {
            times.push(time);
        }
    }
    report("trip/median", "poll round trip, message to answer", &mut times);
    Ok(())
}

/// From the start of the program to its first poll, and its memory while it is idle.
fn start(program: &Path, place: &Path) -> Result<()> {
    let (mut times, mut sizes) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let zalo = zalo()?;
        let begun = Instant::now();
        let running = Running::start(program, place, &zalo)?;
        let poll = zalo.wait_for_call(0, BOUND, |call| call.method == "getUpdates");
        poll.ok_or("the program does not poll")?;
        times.push(begun.elapsed());
        thread::sleep(IDLE);
        sizes.extend(resident_kib(running.0.id()));
    }
    report("trip/ready", "start of the program to its first getUpdates", &mut times);
    sizes.sort_unstable();
    if let Some(kib) = sizes.get(sizes.len() / 2) {
        let (whole, tenth) = (kib / 1_024, kib % 1_024 * 10 / 1_024);
        say!("{:<46} median {whole}.{tenth} MB", "resident memory while idle");
        figures::alone("trip/idle memory", f64::from(*kib) / 1_024.0, "MB");
    }
    Ok(())
}

/// What an operator waits for: `message send` beside a gateway that runs.
fn message_send(program: &Path, place: &Path) -> Result<()> {
    let zalo = zalo()?;
    let _running = Running::start(program, place, &zalo)?;
    zalo.wait_for_poll(None, BOUND)?;
    let words = ["message", "send", "--target", AN, "--message", "Xin chào"];
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let begun = Instant::now();
        let status = command(program, place, &zalo).args(words).status()?;
        times.push(begun.elapsed());
        if !status.success() {
            return Err("`message send` failed".into());
        }
    }
    report("trip/message send", "message send, beside a running gateway", &mut times);
    Ok(())
}

/// What the system says of a process, in KiB; only Linux does.
fn resident_kib(pid: u32) -> Option<u32> {
    let status = fs::read_to_string(PathBuf::from(format!("/proc/{pid}/status"))).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// How long an answer in one chat takes while the agent works for another.
fn beside_a_slow_agent() -> Result<()> {
    let zalo = zalo()?;
    let mut account = Account::new("default", DEFAULT_TOKEN)?;
    account.settings.api_url = zalo.url();
    account.config.dm_policy = DmPolicy::Open;
    account.config.allow_from = AllowList::from_entries(["*"]);
    account.config.rate.chat_per_sec = 0;
    account.config.rate.account_per_sec = 0;
    let agent = Callback::new(|envelope| {
        if envelope.chat.id.as_str() == AN {
            thread::sleep(SLOW);
        }
        Ok(Reply::text(envelope.body.clone()))
    });
    let engine = Engine::builder().account(account).agent(Arc::new(agent)).start()?;
    zalo.wait_for_poll(None, BOUND)?;
    let since = zalo.last_call();
    zalo.user(AN).sends_text("chậm")?;
    let mut times = Vec::new();
    for _ in 0..BESIDE {
        times.push(answered(&zalo, BINH)?);
    }
    let early = zalo.calls_since(since).iter().all(|call| !is_answer(call, AN));
    let while_it_works = if early { "while it works" } else { "NOT all while it works" };
    let what = format!("3 s agent in chat A: answer in B, {while_it_works}");
    report("trip/beside a slow agent", &what, &mut times);
    engine.stop();
    Ok(())
}

/// A user writes; how long it takes until the bot's answer is there.
fn answered(zalo: &Emulator, user: &str) -> Result<Duration> {
    let since = zalo.last_call();
    let begun = Instant::now();
    zalo.user(user).sends_text("bé ơi")?;
    zalo.wait_for_call(since, BOUND, |call| is_answer(call, user)).ok_or("no answer")?;
    Ok(begun.elapsed())
}

fn is_answer(call: &Call, user: &str) -> bool {
    call.method == "sendMessage" && call.params["chat_id"] == user
}

fn report(name: &str, what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |percent: usize| {
        times.get((times.len() * percent / 100).min(times.len().saturating_sub(1)))
    };
    let (Some(median), Some(late)) = (at(50), at(99)) else { return };
    let ms = |time: &Duration| time.as_secs_f64() * 1_000.0;
    figures::alone(name, ms(median), "ms");
    say!("{what:<46} median {:.2} ms, 99 % within {:.2} ms", ms(median), ms(late));
}
