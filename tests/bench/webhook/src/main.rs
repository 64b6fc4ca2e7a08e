//! What a webhook costs: `cargo run --release -p zaloxide-bench-webhook`, about three minutes.
//!
//! A server runs as a process of its own, so that its processor time can be read: zaloxide's engine
//! with an agent that answers nothing, or a bare hyper server that reads the body and says `ok`.
//! The load comes from here: raw connections, each with one request under way (`load.rs`). Both
//! share the machine's cores. Nothing is asserted; it prints medians of five, taken in turns: what
//! else the machine does meets all of them.
//!
//! - no argument: all of `cost` (beside the bare server: each asked all it can take, then both as
//!   much), `durable` (with `SQLite`), `accounts` (10,000 of them) and `attack` (deliveries while
//!   strangers attack), each of which can be named;
//! - `connections`: beside the bare server, with 1, 16, 64 and 256 of them;
//! - `chats`: what one update costs with 1, 100 and 10,000 chats;
//! - `peer NAME PROGRAM...`: another server, which prints its address and ends with its input;
//! - `soak MINUTES`: 2,000 updates a second, and what the server weighs every ten seconds.
//!
//! After `--json`, standard output has a line of JSON a number: `{name, value, unit}`, and perhaps
//! `of` and `ratio`; what people read goes to standard error.

#[macro_use]
#[path = "../../figures.rs"]
mod figures;
mod load;
mod server;
mod store;

use std::env;
use std::error::Error;
use std::time::Duration;

use load::{Load, Outcome};
use server::{Kind, Remote, Setup, Workload};

/// The program's own allocator, for all servers alike.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const RUNS: usize = 5;
/// Where there is much to run.
const RUNS_OF_MANY: usize = 3;
const LASTS: Duration = Duration::from_secs(3);
const CONNECTIONS: usize = 64;
const MANY: usize = 10_000;
/// Chats of the workload of that name, if nothing else is said.
const CHATS: u64 = 10_000;

type Part = fn() -> Result<()>;
const PARTS: [(&str, Part); 6] = [
    ("cost", beside_a_bare_server),
    ("durable", durable),
    ("accounts", many_accounts),
    ("attack", under_attack),
    ("connections", connections),
    ("chats", chats),
];
/// Those that run when none is named.
const USUAL: usize = 4;
const USAGE: &str = "usage: [--json] [cost | durable | accounts | attack | connections | chats | soak MINUTES | \
     peer NAME PROGRAM...]";

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let mut words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if words.first() == Some(&"--json") {
        words.remove(0);
        figures::as_json();
    }
    match words.as_slice() {
        ["serve", zalo, setup @ ..] => server::serve(&Setup::read(setup)?, zalo),
        ["soak", minutes] => soak(minutes.parse()?),
        ["peer", name, program @ ..] => peer(name, program),
        [] => PARTS.iter().take(USUAL).try_for_each(|(_, part)| part()),
        [name] => match PARTS.iter().find(|(known, _)| known == name) {
            Some((_, part)) => part(),
            None => Err(USAGE.into()),
        },
        _ => Err(USAGE.into()),
    }
}

fn setup(kind: Kind, workload: Workload) -> Setup {
    Setup { kind, workload, accounts: 1, chats: CHATS }
}

/// One run, on a server of its own.
fn once(setup: &Setup, load: &Load) -> Result<Outcome> {
    let mut server = Remote::start(setup)?;
    load.run(&mut server, setup)?; // warm-up
    load.run(&mut server, setup)
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}

/// The median of what the runs have in this place.
fn middle<const N: usize>(runs: &[[Outcome; N]], place: usize) -> Outcome {
    Outcome::median(runs.iter().map(|run| run[place]))
}

/// The median of a ratio, run by run.
fn ratio<const N: usize>(
    runs: &[[Outcome; N]],
    (place, of): (usize, usize),
    number: fn(&Outcome) -> f64,
) -> f64 {
    median(runs.iter().map(|run| number(&run[place]) / number(&run[of])).collect())
}

fn beside_a_bare_server() -> Result<()> {
    let load = Load { connections: CONNECTIONS, lasts: LASTS, per_second: None };
    let servers = [
        ("bare hyper", setup(Kind::Bare, Workload::Chats)),
        ("duplicates", setup(Kind::Memory, Workload::Duplicates)),
        ("denied", setup(Kind::Memory, Workload::Denied)),
        ("10,000 chats, null agent", setup(Kind::Memory, Workload::Chats)),
    ];
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let [bare, duplicates, denied, chats] = &servers;
        runs.push([
            once(&bare.1, &load)?,
            once(&duplicates.1, &load)?,
            once(&denied.1, &load)?,
            once(&chats.1, &load)?,
        ]);
    }
    say!("{CONNECTIONS} connections, memory store         a second   CPU each       p99");
    for (place, (name, _)) in servers.iter().enumerate() {
        beside(name, &runs, place);
    }
    // As fast as it can, a server finds its threads and its client's awake, and a faster one finds
    // them so more often: what waking costs is theirs alike only if as much is asked of both.
    let per_second = middle(&runs, 3).per_second / 2.0;
    let even = Load { per_second: Some(per_second), ..load };
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let [bare, _, _, chats] = &servers;
        runs.push([once(&bare.1, &even)?, once(&chats.1, &even)?]);
    }
    say!("{per_second:.0} a second asked of each");
    for (place, name) in ["bare hyper", "10,000 chats, null agent"].iter().enumerate() {
        beside(&format!("at one rate/{name}"), &runs, place);
    }
    Ok(())
}

/// The numbers of a server beside those of the first, the bare one.
fn beside<const N: usize>(name: &str, runs: &[[Outcome; N]], place: usize) {
    let middle = middle(runs, place);
    let rate = ratio(runs, (place, 0), |outcome| outcome.per_second);
    let cpu = ratio(runs, (place, 0), |outcome| outcome.cpu_us);
    say!("  {name:28}   {middle}   rate {rate:.2}, CPU {cpu:.1} of bare");
    let name = format!("webhook/{name}");
    figures::beside(&format!("{name}/rate"), middle.per_second, "1/s", ("bare hyper", rate));
    figures::beside(&format!("{name}/cpu"), middle.cpu_us, "us", ("bare hyper", cpu));
}

/// Other numbers of connections, beside the bare server.
fn connections() -> Result<()> {
    for connections in [1, 16, 64, 256] {
        let load = Load { connections, lasts: LASTS, per_second: None };
        let servers = [
            ("bare hyper", setup(Kind::Bare, Workload::Chats)),
            ("memory", setup(Kind::Memory, Workload::Chats)),
            ("SQLite", setup(Kind::Sqlite, Workload::Chats)),
        ];
        let mut runs = Vec::new();
        for _ in 0..RUNS_OF_MANY {
            let [bare, memory, sqlite] = &servers;
            runs.push([once(&bare.1, &load)?, once(&memory.1, &load)?, once(&sqlite.1, &load)?]);
        }
        for (place, (name, _)) in servers.iter().enumerate() {
            beside(&format!("{connections} connections/{name}"), &runs, place);
        }
    }
    Ok(())
}

/// Another server, under the load that ours is under.
fn peer(name: &str, program: &[&str]) -> Result<()> {
    let load = Load { connections: CONNECTIONS, lasts: LASTS, per_second: None };
    let setup = setup(Kind::Bare, Workload::Chats);
    let mut runs = Vec::new();
    for _ in 0..RUNS_OF_MANY {
        let mut server = Remote::other(program)?;
        load.run(&mut server, &setup)?; // warm-up
        runs.push([load.run(&mut server, &setup)?]);
    }
    let middle = middle(&runs, 0);
    say!("{name:32} {middle}");
    figures::alone(&format!("peer/{name}/rate"), middle.per_second, "1/s");
    figures::alone(&format!("peer/{name}/cpu"), middle.cpu_us, "us");
    Ok(())
}

/// What an update costs in few chats and in many.
fn chats() -> Result<()> {
    let load = Load { connections: CONNECTIONS, lasts: LASTS, per_second: None };
    let one = Setup { chats: 1, ..setup(Kind::Memory, Workload::Chats) };
    let servers = [one, Setup { chats: 100, ..one }, Setup { chats: 10_000, ..one }];
    let mut runs = Vec::new();
    for _ in 0..RUNS_OF_MANY {
        let [one, some, many] = &servers;
        runs.push([once(one, &load)?, once(some, &load)?, once(many, &load)?]);
    }
    for (place, setup) in servers.iter().enumerate() {
        let cpu = ratio(&runs, (place, 0), |outcome| outcome.cpu_us);
        let middle = middle(&runs, place);
        say!("{:6} chats                     {middle}   CPU {cpu:.2} of one chat's", setup.chats);
        let name = format!("growth/{} chats/cpu", setup.chats);
        figures::beside(&name, middle.cpu_us, "us", ("one chat", cpu));
    }
    Ok(())
}

fn durable() -> Result<()> {
    let setup = setup(Kind::Sqlite, Workload::Chats);
    let full = Load { connections: CONNECTIONS, lasts: LASTS, per_second: None };
    let (mut alone, mut share, mut runs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let store = store::alone(CONNECTIONS, LASTS)?;
        let whole = once(&setup, &full)?;
        alone.push(store);
        share.push(whole.per_second / store);
        runs.push([whole]);
    }
    let (whole, share) = (middle(&runs, 0), median(share));
    say!("the store alone, {CONNECTIONS} under way    {:8.0}", median(alone));
    say!("SQLite, 10,000 chats             {whole}   rate {share:.2} of it");
    let half = Load { per_second: Some(whole.per_second / 2.0), ..full };
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        runs.push([once(&setup, &half)?]);
    }
    let quiet = middle(&runs, 0);
    say!("  at half of that                {quiet}");
    figures::beside("durable/rate", whole.per_second, "1/s", ("the store alone", share));
    figures::alone("durable/p99 at half load", quiet.p99_ms(), "ms");
    Ok(())
}

fn many_accounts() -> Result<()> {
    let load = Load { connections: CONNECTIONS, lasts: LASTS, per_second: None };
    let one = setup(Kind::Memory, Workload::Chats);
    let all = Setup { accounts: MANY, ..one };
    let (mut runs, mut first, mut last) = (Vec::new(), 0, 0);
    for _ in 0..RUNS {
        let mut server = Remote::start(&all)?;
        first = first.max(server.rss_mb()?);
        load.run(&mut server, &all)?; // warm-up: each account's first messages
        let many = load.run(&mut server, &all)?;
        last = last.max(server.rss_mb()?);
        drop(server);
        runs.push([once(&one, &load)?, many]);
    }
    let (one, many) = (middle(&runs, 0), middle(&runs, 1));
    let cpu = ratio(&runs, (1, 0), |outcome| outcome.cpu_us);
    say!("one account                      {one}");
    say!(
        "{MANY} accounts                   {many}   CPU {cpu:.2} of one account's; {first} MB at \
         first, {last} MB after"
    );
    figures::beside("growth/10000 accounts/cpu", many.cpu_us, "us", ("one account", cpu));
    figures::alone("growth/10000 accounts/memory", last, "MB");
    Ok(())
}

fn under_attack() -> Result<()> {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    say!("ulimit -n                        {}", limit.map_or("none".into(), |n| n.to_string()));
    let setup = setup(Kind::Memory, Workload::Chats);
    let load = Load { connections: 8, lasts: LASTS, per_second: Some(500.0) };
    let mut server = Remote::start(&setup)?;
    load.run(&mut server, &setup)?;
    say!("500 deliveries a second, quiet   {}", load.run(&mut server, &setup)?);
    let held = load::half_open(&server, 5_000)?;
    say!("  beside {} half-open and slow {}", held.len(), load.run(&mut server, &setup)?);
    drop(held);
    let guesses = load::guesses(&server, 100_000);
    let outcome = load.run(&mut server, &setup)?;
    let longer = load.run(&mut server, &setup)?;
    say!("  beside 100,000 wrong secrets   {outcome}");
    say!("                                 {longer}");
    say!("  wrong secrets told so          {}", guesses.join().map_err(|_| "they failed")??);
    Ok(())
}

fn soak(minutes: u64) -> Result<()> {
    let setup = setup(Kind::Sqlite, Workload::Chats);
    let mut server = Remote::start(&setup)?;
    let lasts = Duration::from_secs(10);
    let load = Load { connections: CONNECTIONS, lasts, per_second: Some(2_000.0) };
    for at in 0..minutes * 6 {
        let outcome = load.run(&mut server, &setup)?;
        say!("{:5} s   {outcome}   {} MB", (at + 1) * 10, server.rss_mb()?);
    }
    Ok(())
}
