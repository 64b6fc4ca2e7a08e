//! News: what is pulled, as JSON text: many things at once, for each crossing has its price.

use std::time::Duration;

use napi::bindgen_prelude::Buffer;
use napi_derive::napi;
use serde::Serialize;
use serde_json::{Value, json};
use zaloxide::agents::{Nothing, Pull};
use zaloxide::embedded::{Answer, Embedded, lines};
use zaloxide::front::PlainAnswer;
use zaloxide::{Envelope, TurnId};

use crate::fault::{Fault, show};

/// Some of what there is.
#[napi(object)]
pub struct News {
    /// A JSON list: turns, attempts that are abandoned, what has come under a number, that there are
    /// log lines, and at last the end.
    pub things: String,
    /// Bodies of answers that are no text, in order; in `things` they are `null`.
    pub bodies: Option<Vec<Buffer>>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Thing {
    Turn {
        envelope: Box<Envelope>,
        deadline: u64,
    },
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
pub(super) fn pull(embedded: &Embedded, most: u32) -> Result<Option<News>, Fault> {
    let (mut things, mut bodies) = (Vec::new(), Vec::new());
    for _ in 0..most {
        match embedded.pulled().next(Duration::ZERO) {
            Ok(Pull::Turn { envelope, deadline }) => {
                things.push(Thing::Turn { envelope, deadline: deadline.as_ms() });
            }
            Ok(Pull::Abandoned { turn, attempt }) => {
                things.push(Thing::Abandoned { turn, attempt });
            }
            Ok(Pull::Told(lines::NUMBER)) => things.push(Thing::Lines),
            Ok(Pull::Told(number)) => {
                let come = embedded.result(number, Duration::ZERO);
                if let Some(come) = come {
                    let thing = told(number, come, &mut bodies)?;
                    push(&mut things, thing);
                }
            }
            Ok(_) => {}
            Err(Nothing::Yet) => break,
            Err(Nothing::Ever) => {
                things.push(Thing::Ended);
                break;
            }
        }
    }
    if things.is_empty() {
        return Ok(None);
    }
    let bodies = (!bodies.is_empty()).then_some(bodies);
    Ok(Some(News { things: show(&things)?, bodies }))
}

/// Most requests are answered alike, and such an answer is told once.
fn push(things: &mut Vec<Thing>, thing: Thing) {
    let last = things.iter_mut().rev().find(|thing| matches!(thing, Thing::Answer { .. }));
    match (last, thing) {
        (
            Some(Thing::Answer { numbers, status, headers, body: Some(body) }),
            Thing::Answer { numbers: new, status: s, headers: h, body: Some(b) },
        ) if (&s, &h, &b) == (status, headers, body) => numbers.extend(new),
        (_, thing) => things.push(thing),
    }
}

fn told(number: u64, come: Answer, bodies: &mut Vec<Buffer>) -> Result<Thing, Fault> {
    Ok(match come {
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
