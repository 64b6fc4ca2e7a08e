//! What reading and writing the Bot API's bodies costs, and the JSON forms of the boundary.
//!
//! `cargo bench -p zaloxide-core --bench codec` shows it beside the record.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock; the core does not"
)]

mod costs;
mod world;

use std::hint::black_box;

use zaloxide_core::wire::{self, Call};
use zaloxide_core::{Action, Event, Method, Record, Ticket};

use costs::{Case, Effort};
use world::{Who, channel, text, time};

const EFFORT: Effort = Effort { rounds: 500, per_round: 100 };

fn read_update() -> Case {
    let body = text(1, 1);
    Case::new(move |_| drop(black_box(wire::update(black_box(&body)).expect("it is one"))))
}

fn read_updates() -> Case {
    let many: Vec<String> = (0..100).map(|n| text(n, n)).collect();
    let body = format!(r#"{{"ok":true,"result":[{}]}}"#, many.join(","));
    Case::new(move |_| drop(black_box(wire::updates(black_box(&body)).expect("they are some"))))
}

fn read_answer() -> Case {
    let body = format!(r#"{{"ok":true,"result":{}}}"#, text(1, 1));
    Case::new(move |_| drop(black_box(wire::response(Method::GetUpdates, 200, black_box(&body)))))
}

fn write_message() -> Case {
    let words = "Người Việt Nam đã gặp nhau ở Hà Nội hôm qua. ".repeat(30);
    Case::new(move |_| {
        let call = Call::SendMessage { chat_id: "abc", text: black_box(&words), parse_mode: None };
        drop(black_box(wire::request(&call)));
    })
}

/// The records of one message that reaches the agent.
fn records() -> Vec<Record> {
    let mut channel = channel(Who::Everybody);
    let event = Event::UpdateReceived { ticket: Ticket(1), body: text(1, 1).into() };
    channel.handle(time(1), event).expect("there is room");
    let commit = std::iter::from_fn(|| channel.poll_action()).find_map(|action| match action {
        Action::Commit { records, .. } => Some(records),
        _ => None,
    });
    commit.expect("a message is durable first")
}

fn write_records() -> Case {
    let records = records();
    Case::new(move |_| {
        let text = serde_json::to_string(black_box(&records)).expect("records have a form");
        drop(black_box(text));
    })
}

fn read_records() -> Case {
    let text = serde_json::to_string(&records()).expect("records have a form");
    Case::new(move |_| {
        let records: Vec<Record> = serde_json::from_str(black_box(&text)).expect("it is theirs");
        drop(black_box(records));
    })
}

fn main() {
    costs::run(
        "codec",
        EFFORT,
        &[
            ("an update is read", read_update),
            ("an array of 100 updates is taken apart", read_updates),
            ("an answer of getUpdates is read", read_answer),
            ("a message of 1,380 letters is written", write_message),
            ("a message's records are written", write_records),
            ("a message's records are read", read_records),
        ],
    );
}
