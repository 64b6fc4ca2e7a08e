//! What a webhook costs: `cargo run --release -p zaloxide-bench-webhook`, about three minutes.
//!
//! A server runs as a process of its own, so that its processor time can be read: zaloxide's engine
//! with an agent that answers nothing, or a bare hyper server that reads the body and says `ok`.
//! The load comes from here: raw connections, each with one request under way (`load.rs`). Both
//! share the machine's cores. Nothing is asserted; it prints medians of three.
//!
//! - no argument: all of `cost` (beside the bare server), `durable` (with `SQLite`), `accounts`
//!   (10,000 of them) and `attack` (deliveries while strangers attack), each of which can be named;
//! - `soak MINUTES`: 2,000 updates a second, and what the server weighs every ten seconds.

mod load;
mod server;

use std::env;
use std::error::Error;
use std::time::Duration;

use load::{Load, Outcome};
use server::{Kind, Remote, Setup, Workload};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const RUNS: usize = 3;
const LASTS: Duration = Duration::from_secs(3);
const CONNECTIONS: usize = 64;
const MANY: usize = 10_000;

type Part = fn() -> Result<()>;
const PARTS: [(&str, Part); 4] = [
    ("cost", beside_a_bare_server),
    ("durable", durable),
    ("accounts", many_accounts),
    ("attack", under_attack),
];
const USAGE: &str = "usage: [cost | durable | accounts | attack | soak MINUTES]";

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve", setup @ ..] => server::serve(&Setup::read(setup)?),
        ["soak", minutes] => soak(minutes.parse()?),
        [] => PARTS.iter().try_for_each(|(_, part)| part()),
        [name] => match PARTS.iter().find(|(known, _)| known == name) {
            Some((_, part)) => part(),
            None => Err(USAGE.into()),
        },
        _ => Err(USAGE.into()),
    }
}

fn setup(kind: Kind, workload: Workload) -> Setup {
    Setup { kind, workload, accounts: 1 }
}

/// The median of several runs, each on a server of its own.
fn median(setup: &Setup, load: &Load) -> Result<Outcome> {
    let mut outcomes = Vec::new();
    for _ in 0..RUNS {
        let mut server = Remote::start(setup)?;
        load.run(&mut server, setup)?; // warm-up
        outcomes.push(load.run(&mut server, setup)?);
    }
    outcomes.sort_by(|a, b| a.cpu_us.total_cmp(&b.cpu_us));
    Ok(outcomes.swap_remove(RUNS / 2))
}

fn beside_a_bare_server() -> Result<()> {
    let load = Load { connections: CONNECTIONS, lasts: LASTS, per_second: None };
    let bare = median(&setup(Kind::Bare, Workload::Chats), &load)?;
    println!("{CONNECTIONS} connections, memory store         a second   CPU each       p99");
    println!("  bare hyper                     {bare}");
    for (workload, name) in [
        (Workload::Duplicates, "duplicates"),
        (Workload::Denied, "denied"),
        (Workload::Chats, "10,000 chats, null agent"),
    ] {
        let ours = median(&setup(Kind::Memory, workload), &load)?;
        println!(
            "  {name:28}   {ours}   rate {:.2}, CPU {:.1} of bare",
            ours.per_second / bare.per_second,
            ours.cpu_us / bare.cpu_us
        );
    }
    Ok(())
}

fn durable() -> Result<()> {
    let setup = setup(Kind::Sqlite, Workload::Chats);
    let full = Load { connections: CONNECTIONS, lasts: LASTS, per_second: None };
    let whole = median(&setup, &full)?;
    println!("SQLite, 10,000 chats             {whole}");
    let half = Load { per_second: Some(whole.per_second / 2.0), ..full };
    println!("  at half of that                {}", median(&setup, &half)?);
    Ok(())
}

fn many_accounts() -> Result<()> {
    let load = Load { connections: CONNECTIONS, lasts: LASTS, per_second: None };
    let one = median(&setup(Kind::Memory, Workload::Chats), &load)?;
    let all = Setup { accounts: MANY, ..setup(Kind::Memory, Workload::Chats) };
    let mut server = Remote::start(&all)?;
    let began = server.rss_mb()?;
    load.run(&mut server, &all)?; // warm-up: each account's first messages
    let many = load.run(&mut server, &all)?;
    println!("one account                      {one}");
    println!(
        "{MANY} accounts                   {many}   CPU {:.2} of one account's; {began} MB at \
         first, {} MB after",
        many.cpu_us / one.cpu_us,
        server.rss_mb()?
    );
    Ok(())
}

fn under_attack() -> Result<()> {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    println!("ulimit -n                        {}", limit.map_or("none".into(), |n| n.to_string()));
    let setup = setup(Kind::Memory, Workload::Chats);
    let load = Load { connections: 8, lasts: LASTS, per_second: Some(500.0) };
    let mut server = Remote::start(&setup)?;
    load.run(&mut server, &setup)?;
    println!("500 deliveries a second, quiet   {}", load.run(&mut server, &setup)?);
    let held = load::half_open(&server, 5_000)?;
    println!("  beside {} half-open and slow {}", held.len(), load.run(&mut server, &setup)?);
    drop(held);
    let guesses = load::guesses(&server, 100_000);
    let outcome = load.run(&mut server, &setup)?;
    let longer = load.run(&mut server, &setup)?;
    println!("  beside 100,000 wrong secrets   {outcome}");
    println!("                                 {longer}");
    println!("  wrong secrets told so          {}", guesses.join().map_err(|_| "they failed")??);
    Ok(())
}

fn soak(minutes: u64) -> Result<()> {
    let setup = setup(Kind::Sqlite, Workload::Chats);
    let mut server = Remote::start(&setup)?;
    let lasts = Duration::from_secs(10);
    let load = Load { connections: CONNECTIONS, lasts, per_second: Some(2_000.0) };
    for at in 0..minutes * 6 {
        let outcome = load.run(&mut server, &setup)?;
        println!("{:5} s   {outcome}   {} MB", (at + 1) * 10, server.rss_mb()?);
    }
    Ok(())
}
