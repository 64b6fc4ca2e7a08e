//! How quick a bot is on the local platform, over real HTTP: medians, printed, nothing asserted.
//!
//! - `ready`: from the start of the engine to its first open poll.
//! - `round trip`: from a message to its answer, echo agent, memory store.
//! - `beside a slow chat`: the same while another chat's agent works for three seconds.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use zaloxide::{Account, AllowList, Callback, DmPolicy, Engine, Reply};
use zaloxide_emulator::{DEFAULT_TOKEN, Emulator, Options};

const PATIENCE: Duration = Duration::from_secs(30);
const ROUNDS: usize = 200;

fn main() {
    let zalo = Emulator::start(Options::default()).expect("the platform starts");
    let mut ready: Vec<Duration> = (0..20)
        .map(|_| {
            zalo.reset();
            let began = Instant::now();
            let engine = engine(&zalo);
            assert!(zalo.wait_for_poll(None, PATIENCE).expect("the bot is known"));
            let ready = began.elapsed();
            engine.stop();
            ready
        })
        .collect();
    println!("ready               {:?}", median(&mut ready));

    let engine = engine(&zalo);
    let mut trips: Vec<Duration> = (0..ROUNDS).map(|n| trip(&zalo, "quick", n)).collect();
    println!("round trip          {:?}", median(&mut trips));

    send(&zalo, "slow", "slow");
    let mut beside: Vec<Duration> = (0..20).map(|n| trip(&zalo, "other", n)).collect();
    println!("beside a slow chat  {:?}", median(&mut beside));
    engine.stop();
}

fn engine(zalo: &Emulator) -> Engine {
    let mut account = Account::new("default", DEFAULT_TOKEN).expect("it is a token");
    account.settings.api_url = zalo.url();
    account.config.dm_policy = DmPolicy::Open;
    account.config.allow_from = AllowList::from_entries(["*"]);
    account.config.typing = false;
    account.config.rate.chat_per_sec = 0;
    account.config.rate.account_per_sec = 0;
    let agent = Callback::new(|message| {
        if message.text == "slow" {
            thread::sleep(Duration::from_secs(3));
        }
        Ok(Reply::text(message.text.clone()))
    });
    Engine::builder().account(account).agent(Arc::new(agent)).start().expect("the engine starts")
}

fn send(zalo: &Emulator, user: &str, text: &str) {
    assert!(zalo.wait_for_poll(None, PATIENCE).expect("the bot is known"));
    assert!(zalo.user(user).sends_text(text).expect("it is a message").is_delivered());
}

fn trip(zalo: &Emulator, user: &str, n: usize) -> Duration {
    let since = zalo.last_call();
    let text = format!("{user} {n}");
    assert!(zalo.wait_for_poll(None, PATIENCE).expect("the bot is known"));
    let began = Instant::now();
    assert!(zalo.user(user).sends_text(&text).expect("it is a message").is_delivered());
    zalo.wait_for_call(since, PATIENCE, |call| call.params["text"] == text).expect("an answer");
    began.elapsed()
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}
