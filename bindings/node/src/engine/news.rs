//! News: what is pulled, as JSON text: many things at once, for each crossing has its price.

use napi::bindgen_prelude::Buffer;
use napi_derive::napi;
use serde::Serialize;
use serde_json::{Value, json};
use zaloxide::agents::{Nothing, Pull};
use zaloxide::embedded::{Answer, Embedded, News, Pulls};
use zaloxide::engine::NoAnswer;
use zaloxide::front::PlainAnswer;
use zaloxide::{Raw, Settled, Time, TurnId};

use crate::fault::Fault;
use crate::json::{ascii, show};

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
    let mut list = List::new();
    let Pulls { news, is_all } = match embedded.news(most as usize) {
        Ok(pulls) => pulls,
        Err(Nothing::Yet) => return Ok(None),
        Err(Nothing::Ever) => {
            list.thing(&Thing::Ended)?;
            return Ok(Some(list.pulled(vec![], true)));
        }
    };
    let (mut answers, mut bodies) = (vec![], vec![]);
    for each in news {
        match each {
            News::Turn(Pull::Written { envelope, raw, deadline, .. }) => {
                list.turn(&envelope, &raw, deadline);
            }
            News::Turn(Pull::Abandoned { turn, attempt }) => {
                list.thing(&Thing::Abandoned { turn, attempt })?;
            }
            News::Come { number, answer } => match answer {
                Answer::Http(answer) => gather(&mut answers, answered(number, answer, &mut bodies)),
                Answer::Wanted => list.thing(&Thing::Wanted { number })?,
                Answer::Sent(settled) => list.thing(&sent(number, settled)?)?,
            },
            News::Lines => list.thing(&Thing::Lines)?,
            News::Turn(_) => {}
        }
    }
    for answer in answers {
        list.thing(&answer)?;
    }
    Ok(Some(list.pulled(bodies, is_all)))
}

/// A JSON list on its way: turns come as JSON, and are not read again.
struct List {
    text: String,
    raws: Vec<String>,
}

impl List {
    fn new() -> Self {
        Self { text: "[".into(), raws: Vec::new() }
    }

    fn turn(&mut self, envelope: &str, raw: &Raw, deadline: Time) {
        let deadline = deadline.as_ms();
        self.add(&[r#"{"type":"turn","deadline":"#, &deadline.to_string()]);
        self.text.extend([r#","envelope":"#, &ascii(envelope), "}"]);
        self.raws.push(ascii(raw.as_str()));
    }

    fn thing(&mut self, thing: &Thing) -> Result<(), Fault> {
        self.add(&[&show(thing)?]);
        Ok(())
    }

    fn add(&mut self, parts: &[&str]) {
        if self.text.len() > 1 {
            self.text.push(',');
        }
        self.text.extend(parts.iter().copied());
    }

    fn pulled(self, bodies: Vec<Buffer>, is_all: bool) -> Pulled {
        let Self { text: mut things, raws } = self;
        things.push(']');
        Pulled { things, raws, bodies, is_all }
    }
}

/// Most requests are answered alike, and such an answer is told once.
fn gather(answers: &mut Vec<Thing>, answer: Thing) {
    match (answers.last_mut(), answer) {
        (
            Some(Thing::Answer { numbers, status, headers, body: Some(body) }),
            Thing::Answer { numbers: new, status: s, headers: h, body: Some(b) },
        ) if (&s, &h, &b) == (status, headers, body) => numbers.extend(new),
        (_, answer) => answers.push(answer),
    }
}

fn answered(number: u64, answer: PlainAnswer, bodies: &mut Vec<Buffer>) -> Thing {
    let PlainAnswer { status, headers, body } = answer;
    let headers = headers.into_iter();
    let headers = headers.flat_map(|(name, value)| [name, latin1(&value)]).collect();
    let body = String::from_utf8(body);
    let body = body.map_err(|binary| bodies.push(binary.into_bytes().into())).ok();
    Thing::Answer { numbers: vec![number], status, headers, body }
}

fn sent(number: u64, settled: Result<Settled, NoAnswer>) -> Result<Thing, Fault> {
    let settled = match settled {
        Ok(settled) => {
            serde_json::to_value(&settled).map_err(|error| Fault::new("ZaloxideError", error))?
        }
        Err(none) => json!({"error": {"kind": "ended", "message": none.to_string()}}),
    };
    Ok(Thing::Sent { number, settled })
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}
