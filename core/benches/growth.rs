//! Whether what one update costs grows with what there is already: approved senders, keys of
//! duplicates, chats. `-- --json` has a line a number.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock; the core does not"
)]

#[allow(dead_code, reason = "this bench has a measure of its own")]
mod costs;
mod world;

use std::time::Instant;

use zaloxide_core::{Channel, Event, Subject, Ticket, Verdict};

use world::{Who, channel, sender, settle, settle_turns, take_in, text, time};

/// Approved senders, and as many chats that have written.
const SIZES: [usize; 4] = [1, 1_000, 100_000, 1_000_000];
/// Chats that write while it is measured: the same in all sizes, so that only the rest grows.
const CHATS: usize = 64;
const ROUNDS: usize = 200;

fn main() {
    let is_json = costs::is_json();
    println!("an approved sender's text, parse to answer: ns, by approved senders");
    let mut first = None;
    for size in SIZES {
        let ns = cost(&mut with_approved(size));
        let ratio = ns / *first.get_or_insert(ns);
        println!("{size:>10} {ns:>8.0} ns   {ratio:.2} of the first");
        if is_json {
            costs::beside(&format!("growth/{size} approved"), ns, "ns", ("one", ratio));
        }
    }
}

/// A channel that has let so many people in. Those who write are spread among them.
fn with_approved(size: usize) -> Channel {
    let mut channel = channel(Who::Strangers);
    for n in 0..size.max(CHATS) {
        let subject = Subject::Sender(sender(n).as_str().into());
        let verdict = Verdict::Approve { notify: false };
        let (source, ticket) = ("bench".into(), Ticket(n as u64));
        let approval = Event::Approval { subject, verdict, source, ticket };
        channel.handle(time(0), approval).expect("there is room");
        settle(&mut channel, 0);
    }
    channel
}

/// The median over rounds, of a round's mean, in nanoseconds.
#[allow(clippy::cast_precision_loss, reason = "64 is exact")]
fn cost(channel: &mut Channel) -> f64 {
    let approved = channel.view().approved().count();
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|round| {
            let of = |n: usize| text(n * (approved / CHATS), round * CHATS + n);
            let bodies: Vec<String> = (0..CHATS).map(of).collect();
            let begun = Instant::now();
            for (n, body) in bodies.iter().enumerate() {
                assert_eq!(take_in(channel, n as u64, body), 1, "it reaches the agent");
            }
            settle_turns(channel, 0);
            begun.elapsed().as_secs_f64() * 1e9 / CHATS as f64
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[ROUNDS / 2]
}
