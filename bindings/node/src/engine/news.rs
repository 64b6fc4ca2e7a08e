//! News: what is pulled, as JSON text: many things at once, for each crossing has its price.

use std::fmt::Write;

use napi::bindgen_prelude::Buffer;
use napi_derive::napi;
use serde::Serialize;
use serde_json::{Value, json};
use zaloxide::agents::{Nothing, Pull};
use zaloxide::embedded::{Answer, Embedded, News, Pulls};
use zaloxide::front::PlainAnswer;
use zaloxide::{Raw, Time, TurnId};

use crate::fault::{Fault, show};

/// Some of what there is.
#[napi(object)]
pub struct Pulled {
    /// A JSON list: turns, attempts that are abandoned, what has come under a number, that there are
    /// log lines, and at last the end.
    pub things: String,
    /// For each turn in it what its envelope has as `raw`, as JSON: few handlers ever look at it.
    pub raws: Vec<String>,
    /// Bodies of answers that are no text, in order; in `things` they are `null`.
    pub bodies: Vec<Buffer>,
    /// Whether there was no more: what comes later is announced.
    pub is_all: bool,
}

/// A thing that is rarely told, or of which there is one for many.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Thing {
    Abandoned {
        turn: TurnId,
        attempt: u32,
    },
    /// A send has ended, as the core settles it.
    Sent {
        number: u64,
        settled: Value,
    },
    /// The next piece of a request's body is wanted.
    Wanted {
        number: u64,
    },
    /// What requests are to be answered with. `headers`: names and values in turn.
    Answer {
        numbers: Vec<u64>,
        status: u16,
        headers: Vec<String>,
        body: Option<String>,
    },
    Lines,
    Ended,
}

/// At most so many things; `None` when there are none.
pub(super) fn pull(embedded: &Embedded, most: u32) -> Result<Option<Pulled>, Fault> {
    let (mut turns, mut things) = (Turns::default(), Vec::new());
    let Pulls { news, is_all } = match embedded.news(most as usize) {
        Ok(pulls) => pulls,
        Err(Nothing::Yet) => return Ok(None),
        Err(Nothing::Ever) => {
            return Ok(Some(turns.pulled(&[Thing::Ended], vec![], true)?));
        }
    };
    let mut bodies = vec![];
    for each in news {
        match each {
            News::Turn(Pull::Written { envelope, raw, deadline, .. }) => {
                turns.push(&envelope, &raw, deadline);
            }
            News::Turn(Pull::Abandoned { turn, attempt }) => {
                things.push(Thing::Abandoned { turn, attempt });
            }
            News::Come { number, answer } => push(&mut things, come(number, answer, &mut bodies)?),
            News::Lines => things.push(Thing::Lines),
            News::Turn(_) => {}
        }
    }
    Ok(Some(turns.pulled(&things, bodies, is_all)?))
}

/// Turns, as a JSON list that is not at its end yet: they come as JSON, and are not read again.
struct Turns {
    list: String,
    raws: Vec<String>,
}

impl Default for Turns {
    fn default() -> Self {
        Self { list: "[".into(), raws: Vec::new() }
    }
}

impl Turns {
    fn push(&mut self, envelope: &str, raw: &Raw, deadline: Time) {
        let comma = if self.raws.is_empty() { "" } else { "," };
        let deadline = deadline.as_ms();
        let turn = format_args!(r#"{comma}{{"type":"turn","deadline":{deadline},"envelope":"#);
        // A String takes everything.
        let _ = self.list.write_fmt(turn);
        self.list.push_str(envelope);
        self.list.push('}');
        self.raws.push(raw.as_str().to_owned());
    }

    /// With other things behind them.
    fn pulled(self, things: &[Thing], bodies: Vec<Buffer>, is_all: bool) -> Result<Pulled, Fault> {
        let Self { list: mut all, raws } = self;
        let rest = show(&things)?;
        if !raws.is_empty() && !things.is_empty() {
            all.push(',');
        }
        all.push_str(&rest[1..]);
        Ok(Pulled { things: all, raws, bodies, is_all })
    }
}

/// Most requests are answered alike, and such an answer is told once.
fn push(things: &mut Vec<Thing>, thing: Thing) {
    let Thing::Answer { numbers: new, status: s, headers: h, body: Some(b) } = &thing else {
        return things.push(thing);
    };
    let last = things.iter_mut().rev().find(|thing| matches!(thing, Thing::Answer { .. }));
    match last {
        Some(Thing::Answer { numbers, status, headers, body: Some(body) })
            if (s, h, b) == (status, headers, body) =>
        {
            numbers.extend(new);
        }
        _ => things.push(thing),
    }
}

fn come(number: u64, answer: Answer, bodies: &mut Vec<Buffer>) -> Result<Thing, Fault> {
    Ok(match answer {
        Answer::Wanted => Thing::Wanted { number },
        Answer::Sent(Ok(settled)) => {
            let settled = serde_json::to_value(&settled);
            let settled = settled.map_err(|error| Fault::new("ZaloxideError", error))?;
            Thing::Sent { number, settled }
        }
        Answer::Sent(Err(none)) => {
            let settled = json!({"error": {"kind": "ended", "message": none.to_string()}});
            Thing::Sent { number, settled }
        }
        Answer::Http(PlainAnswer { status, headers, body }) => {
            let headers = headers.into_iter();
            let headers = headers.flat_map(|(name, value)| [name, latin1(&value)]).collect();
            let body = String::from_utf8(body);
            let body = body.map_err(|binary| bodies.push(binary.into_bytes().into())).ok();
            Thing::Answer { numbers: vec![number], status, headers, body }
        }
    })
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}
