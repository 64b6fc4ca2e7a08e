//! What one update costs: time and allocations of `Channel::handle`, beside a plain parse of the
//! same bytes.
//!
//! `cargo bench -p zaloxide-core --bench handle` prints medians. Nothing is asserted.
#![expect(clippy::disallowed_types, reason = "a benchmark reads the clock; the core does not")]

use std::hint::black_box;
use std::time::Instant;

use serde::Deserialize;
use serde_json::value::RawValue;
use zaloxide_core::{
    AccountConfig, Action, AllowList, Channel, Event, Method, Outcome, Reply, Ticket, Time,
};

const ROUNDS: usize = 2_000;
const PER_ROUND: usize = 20;

/// The bot's number.
const BOT: &str = "1459232241454765289";

/// A text update as webhooks deliver it, of the length they have.
fn update(sender: usize, message: usize) -> String {
    format!(
        r#"{{"event_name":"message.text.received","message":{{"date":1776919152762,"chat":{{"chat_type":"PRIVATE","id":"{sender:020x}"}},"message_id":"{message:020x}","from":{{"id":"{sender:020x}","is_bot":false,"display_name":"Người Thử"}},"text":"bé ơi, mai mấy giờ mình đi vậy?"}}}}"#
    )
}

/// What a program without an engine reads of it.
#[derive(Deserialize)]
struct Plain<'a> {
    #[serde(borrow)]
    event_name: &'a str,
    #[serde(borrow)]
    message: PlainMessage<'a>,
}

#[derive(Deserialize)]
struct PlainMessage<'a> {
    date: u64,
    message_id: String,
    text: String,
    #[serde(borrow)]
    from: &'a RawValue,
    #[serde(borrow)]
    chat: &'a RawValue,
}

/// A channel that is polling, with every sender let in or none.
fn channel(open: bool) -> Channel {
    let mut config = AccountConfig::new("default", BOT);
    config.dm_policy = zaloxide_core::DmPolicy::Allowlist;
    if open {
        config.allow_from = AllowList::from_entries(["*"]);
    }
    config.rate.chat_per_sec = 0;
    config.rate.account_per_sec = 0;
    let mut channel = Channel::new(config, [7; 32], Time::from_ms(1_776_919_152_762));
    settle(&mut channel, 0);
    channel
}

/// Does whatever is asked until nothing is; the long poll stays open.
fn settle(channel: &mut Channel, at: u64) {
    let now = Time::from_ms(1_776_919_152_762 + at);
    while let Some(action) = channel.poll_action() {
        let ok = |body: &'static str| Outcome::Answered {
            status: 200,
            retry_after_ms: None,
            body: body.into(),
        };
        let event = match action {
            Action::Commit { upto, .. } => Event::Committed { upto },
            Action::StartCall { method: Method::GetUpdates, .. } => continue,
            Action::StartCall { call, method: Method::GetMe, .. } => Event::CallFinished {
                call,
                outcome: ok(r#"{"ok":true,"result":{"id":"1459232241454765289"}}"#),
            },
            Action::StartCall { call, .. } => {
                Event::CallFinished { call, outcome: ok(r#"{"ok":false,"error_code":404}"#) }
            }
            Action::SendChunk { call, .. } => Event::CallFinished {
                call,
                outcome: ok(r#"{"ok":true,"result":{"message_id":"82599fa32f56d00e8941"}}"#),
            },
            Action::Deliver { turn, attempt, .. } => {
                Event::Replied { turn, attempt, reply: Reply::default() }
            }
            _ => continue,
        };
        channel.handle(now, event).expect("the bench drives the channel as it should");
    }
}

/// From the webhook's bytes to the agent: two events, all their actions but the answer.
fn to_deliver(channel: &mut Channel, at: u64, body: &str) {
    let now = Time::from_ms(1_776_919_152_762 + at);
    let event = Event::UpdateReceived { ticket: Ticket(at), body: body.into() };
    channel.handle(now, event).expect("there is room");
    let mut delivered = 0;
    while let Some(action) = channel.poll_action() {
        match black_box(action) {
            Action::Commit { upto, .. } => {
                channel.handle(now, Event::Committed { upto }).expect("it is in flight");
            }
            Action::Deliver { .. } => delivered += 1,
            _ => {}
        }
    }
    assert_eq!(delivered, 1, "this bench is about a message that reaches the agent");
}

/// A message that is dropped.
fn to_drop(channel: &mut Channel, at: u64, body: &str) {
    let now = Time::from_ms(1_776_919_152_762 + at);
    let event = Event::UpdateReceived { ticket: Ticket(at), body: body.into() };
    channel.handle(now, event).expect("there is room");
    while let Some(action) = channel.poll_action() {
        assert!(!matches!(black_box(action), Action::Commit { .. }), "nothing durable happens");
    }
}

/// Runs `work` in rounds and prints the median time and the allocations of one piece of it.
fn measure(name: &str, mut prepare: impl FnMut(usize), mut work: impl FnMut(usize)) {
    let mut times = Vec::with_capacity(ROUNDS);
    let mut counts = Vec::with_capacity(ROUNDS);
    for round in 0..ROUNDS {
        prepare(round);
        let begun = Instant::now();
        for n in 0..PER_ROUND {
            work(round * PER_ROUND + n);
        }
        times.push(begun.elapsed().as_nanos() / PER_ROUND as u128);
    }
    for round in ROUNDS..ROUNDS + 50 {
        prepare(round);
        let info = allocation_counter::measure(|| work(round * PER_ROUND));
        counts.push((info.count_total, info.bytes_total));
    }
    times.sort_unstable();
    counts.sort_unstable();
    let (count, bytes) = counts[counts.len() / 2];
    let median = times[ROUNDS / 2];
    println!("{name:<46} {median:>6} ns {count:>4} allocations {bytes:>6} bytes");
}

fn main() {
    println!("median of {ROUNDS} rounds; one update of {} bytes", update(1, 1).len());

    let text = update(1, 1);
    measure(
        "plain serde parse of the same bytes",
        |_| {},
        |_| {
            let plain: Plain<'_> = serde_json::from_str(black_box(&text)).expect("it is JSON");
            let message = plain.message;
            black_box((plain.event_name, message.date, message.message_id, message.text));
            black_box((message.from, message.chat));
        },
    );

    let bodies: Vec<String> = (0..(ROUNDS + 50) * PER_ROUND).map(|n| update(n % 977, n)).collect();
    let busy = std::cell::RefCell::new(channel(true));
    measure(
        "approved sender's text, parse to Deliver",
        |round| {
            // Between rounds the agent answers, outside the clock.
            let mut channel = busy.borrow_mut();
            let at = (round * PER_ROUND) as u64;
            for turn in channel.view().turns().map(|t| (t.id, t.attempt)).collect::<Vec<_>>() {
                let reply =
                    Event::Replied { turn: turn.0, attempt: turn.1, reply: Reply::default() };
                channel.handle(Time::from_ms(1_776_919_152_762 + at), reply).expect("it is open");
            }
            settle(&mut channel, at);
        },
        |n| to_deliver(&mut busy.borrow_mut(), n as u64, &bodies[n]),
    );

    let mut closed = channel(false);
    measure("denied sender's text", |_| {}, |n| to_drop(&mut closed, n as u64, &bodies[n]));

    let mut known = channel(true);
    to_deliver(&mut known, 0, &bodies[0]);
    measure("duplicate", |_| {}, |n| to_drop(&mut known, n as u64, &bodies[0]));
}
