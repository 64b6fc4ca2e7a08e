//! Many at a time.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::house::{BODY, Client, House, JSON, PATH, SECRET, request, secret};

/// Guesses from one address.
const GUESSES: usize = 100_000;
/// Connections that begin a request and never end it.
const HALF_OPEN: usize = 5_000;

#[test]
fn wrong_secrets_without_end_do_not_keep_the_right_one_out() {
    let house = House::open();
    let (over, wrong) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut client = house.client();
                let guess = request("POST", PATH, &[&secret("wrong"), JSON], BODY.as_bytes());
                while !over.load(Ordering::SeqCst) {
                    assert!(matches!(client.ask(&guess).status, 401 | 429));
                    wrong.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        let mut client = house.client();
        let right = request("POST", PATH, &[&secret(SECRET), JSON], BODY.as_bytes());
        for _ in 0..500 {
            assert_eq!(client.ask(&right).status, 200);
        }
        while wrong.load(Ordering::SeqCst) < GUESSES {
            assert_eq!(client.ask(&right).status, 200);
        }
        over.store(true, Ordering::SeqCst);
    });
}

/// How long the slowest but one in a hundred of so many real deliveries takes.
fn p99(house: &House, deliveries: usize) -> Duration {
    let mut client = house.client();
    let right = request("POST", PATH, &[&secret(SECRET), JSON], BODY.as_bytes());
    let mut times: Vec<Duration> = (0..deliveries)
        .map(|_| {
            let began = Instant::now();
            assert_eq!(client.ask(&right).status, 200);
            began.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[deliveries * 99 / 100]
}

/// The soft limit of open files, as the system shows it.
fn files_max() -> Option<usize> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find(|line| line.starts_with("Max open files"))?;
    line.split_whitespace().nth(3)?.parse().ok()
}

#[test]
fn thousands_of_half_open_connections_do_not_keep_deliveries_out() {
    // Both ends of each connection are files of this process.
    let room = 2 * HALF_OPEN + 500;
    if files_max().is_some_and(|max| max < room) {
        println!("SKIPPED: {HALF_OPEN} half-open connections: ulimit -n is under {room}");
        return;
    }
    let house = House::open();
    let quiet = p99(&house, 500);
    let starts: [&[u8]; 4] = [
        b"",
        b"POST /zalo/shop HTTP/1.1\r\nHost: a\r\nX-A",
        b"POST /zalo/shop HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{",
        b"POST /zalo/shop HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
    ];
    let held: Vec<Client> = (0..HALF_OPEN)
        .map(|n| {
            let mut client = house.client();
            client.say(starts[n % starts.len()]);
            client
        })
        .collect();
    let beside = p99(&house, 500);
    println!(
        "ulimit -n {:?}; p99 {quiet:?} quiet, {beside:?} beside {} half-open connections",
        files_max(),
        held.len()
    );
}
