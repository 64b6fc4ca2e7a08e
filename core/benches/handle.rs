//! What one update costs in `Channel::handle`, for each kind of update and each thing that becomes
//! of it, beside a plain parse of the same bytes.
//!
//! `cargo bench -p zaloxide-core --bench handle` shows it beside the record.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock; the core does not"
)]

mod costs;
mod world;

use std::cell::RefCell;
use std::hint::black_box;
use std::rc::Rc;

use serde::Deserialize;
use serde_json::value::RawValue;
use zaloxide_core::{Channel, Event, Outcome, Reply};

use costs::{Case, Effort};
use world::{Who, channel, group, hand, settle_turns, take_in, text, update};

const EFFORT: Effort = Effort { rounds: 1_000, per_round: 20 };

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

fn plain() -> Case {
    let body = text(1, 1);
    Case::new(move |_| {
        let plain: Plain<'_> = serde_json::from_str(black_box(&body)).expect("it is JSON");
        let message = plain.message;
        black_box((plain.event_name, message.date, message.message_id, message.text));
        black_box((message.from, message.chat));
    })
}

/// The updates of one round. They are made outside all measures.
#[derive(Clone, Default)]
struct Bodies(Rc<RefCell<Vec<String>>>);

impl Bodies {
    fn fill(&self, round: usize, make: fn(usize) -> String) {
        let first = round * EFFORT.per_round;
        *self.0.borrow_mut() = (first..first + EFFORT.per_round).map(make).collect();
    }

    fn take_in(&self, channel: &mut Channel, n: usize) -> usize {
        take_in(channel, n as u64, &self.0.borrow()[n % EFFORT.per_round])
    }
}

/// Updates that become turns, one for each number; so many reach the agent at once. It answers
/// between rounds.
fn turns(expected: usize, make: fn(usize) -> String) -> Case {
    let (bodies, busy) = (Bodies::default(), Rc::new(RefCell::new(channel(Who::Everybody))));
    let (filled, settled) = (bodies.clone(), Rc::clone(&busy));
    Case::prepared(
        move |round| {
            filled.fill(round, make);
            settle_turns(&mut settled.borrow_mut(), (round * EFFORT.per_round) as u64);
        },
        move |n| {
            let delivered = bodies.take_in(&mut busy.borrow_mut(), n);
            assert_eq!(delivered, expected, "of {}", bodies.0.borrow()[0]);
        },
    )
}

/// Updates that end in the core.
fn dropped(mut into: Channel, make: fn(usize) -> String) -> Case {
    let bodies = Bodies::default();
    let filled = bodies.clone();
    Case::prepared(
        move |round| filled.fill(round, make),
        move |n| assert_eq!(bodies.take_in(&mut into, n), 0, "it ends in the core"),
    )
}

fn image(n: usize) -> String {
    let url = "https://photo-stal-29.zdn.vn/no/jpg/0000000000000000/0000000000000000000.jpg";
    let fields = format!(r#""message_type":"CHAT_PHOTO","caption":"xem nè","photo_url":"{url}""#);
    update("message.image.received", n % 977, n, &fields)
}

fn sticker(n: usize) -> String {
    let fields = r#""message_type":"CHAT_STICKER","sticker":"0123456789abcdef""#;
    update("message.sticker.received", n % 977, n, fields)
}

fn voice(n: usize) -> String {
    let url = "https://voice-stal-29.zdn.vn/0000000000000000/0000000000000000000.aac";
    let fields = format!(r#""message_type":"CHAT_VOICE","voice_url":"{url}""#);
    update("message.voice.received", n % 977, n, &fields)
}

fn unsupported(n: usize) -> String {
    update("message.unsupported.received", n % 977, n, r#""message_type":"CHAT_FILE""#)
}

fn unknown(n: usize) -> String {
    update("message.pinned.received", n % 977, n, r#""pinned":{"by":"somebody"}"#)
}

fn duplicate() -> Case {
    let mut known = channel(Who::Everybody);
    assert_eq!(take_in(&mut known, 0, &text(1, 1)), 1);
    dropped(known, |_| text(1, 1))
}

/// A stranger's first message: a code is drawn, and sent. The bound is 30 an account and day, so
/// each has a channel of its own.
fn pairing() -> Case {
    let fresh: Rc<RefCell<Vec<Channel>>> = Rc::default();
    let ours = Rc::clone(&fresh);
    Case::prepared(
        move |_| {
            let mut fresh = fresh.borrow_mut();
            fresh.clear();
            fresh.resize_with(EFFORT.per_round, || channel(Who::Strangers));
        },
        move |n| {
            let mut fresh = ours.borrow_mut();
            take_in(&mut fresh[n % EFFORT.per_round], n as u64, &text(n, n));
        },
    )
}

/// The second message of somebody who has a code.
fn told() -> Case {
    let mut strangers = channel(Who::Strangers);
    take_in(&mut strangers, 0, &text(1, 0));
    dropped(strangers, |n| text(1, n + 1))
}

/// The agent's answer to a turn, the chunk that it is sent as, and Zalo's answer to that.
fn answered() -> Case {
    let (bodies, busy) = (Bodies::default(), Rc::new(RefCell::new(channel(Who::Everybody))));
    let answers = Rc::<RefCell<Vec<Event<'static>>>>::default();
    let (theirs, prepared) = (Rc::clone(&answers), Rc::clone(&busy));
    Case::prepared(
        move |round| {
            let mut channel = prepared.borrow_mut();
            settle_turns(&mut channel, (round * EFFORT.per_round) as u64);
            bodies.fill(round, |n| text(n % 977, n));
            for n in 0..EFFORT.per_round {
                bodies.take_in(&mut channel, round * EFFORT.per_round + n);
            }
            let turns = channel.view().turns().map(|turn| Event::Replied {
                turn: turn.id,
                attempt: turn.attempt,
                reply: Reply::text("Dạ, khoảng 8 giờ ạ."),
            });
            *theirs.borrow_mut() = turns.collect();
        },
        move |n| {
            let (mut channel, at) = (busy.borrow_mut(), n as u64);
            let answer = answers.borrow_mut().pop().expect("one for each");
            let call = hand(&mut channel, at, answer).expect("it is sent");
            let body = r#"{"ok":true,"result":{"message_id":"82599fa32f56d00e8941"}}"#.into();
            let outcome = Outcome::Answered { status: 200, retry_after_ms: None, body };
            hand(&mut channel, at, Event::CallFinished { call, outcome });
        },
    )
}

fn main() {
    costs::run(
        "handle",
        EFFORT,
        &[
            ("plain serde parse of the same bytes", plain),
            ("approved sender's text, parse to Deliver", || turns(1, |n| text(n % 977, n))),
            ("admitted group's text, parse to Deliver", || turns(1, |n| group(n % 977, n))),
            ("agent's answer, to the end of the turn", answered),
            ("voice, to its download", || turns(0, voice)),
            ("sticker, logged", || dropped(channel(Who::Everybody), sticker)),
            ("image, to its download", || turns(0, image)),
            ("unsupported message, logged", || dropped(channel(Who::Everybody), unsupported)),
            ("unknown event, logged", || dropped(channel(Who::Everybody), unknown)),
            ("denied sender's text", || dropped(channel(Who::Nobody), |n| text(n % 977, n))),
            ("duplicate", duplicate),
            ("stranger's first text, to the code", pairing),
            ("the same stranger's next text", told),
        ],
    );
}
