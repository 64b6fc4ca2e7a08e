//! What came under a number, as JavaScript has it.

use napi::Result;
use napi::bindgen_prelude::{Buffer, Either};
use napi_derive::napi;
use serde_json::json;
use zaloxide::embedded::{Answer, Knock};
use zaloxide::front::{PlainAnswer, is_read};

use crate::fault;

/// What a request is to be answered with.
#[napi(object)]
pub struct HttpAnswer {
    /// The HTTP status.
    pub status: u16,
    /// Names and values in turn.
    pub headers: Vec<String>,
    /// All of it: text where it is text.
    pub body: Either<String, Buffer>,
}

impl From<PlainAnswer> for HttpAnswer {
    fn from(answer: PlainAnswer) -> Self {
        let headers = answer.headers.into_iter();
        let headers = headers.flat_map(|(name, value)| [name, latin1(&value)]).collect();
        let body = match String::from_utf8(answer.body) {
            Ok(text) => Either::A(text),
            Err(bytes) => Either::B(bytes.into_bytes().into()),
        };
        Self { status: answer.status, headers, body }
    }
}

/// A request, from lines of text each of whose letters is a byte: one string crosses over faster
/// than many.
pub(super) fn knock(head: &str, major: u8, body: Option<Vec<u8>>) -> Knock {
    let mut lines = head.split('\n');
    let mut line = || lines.next().unwrap_or_default().to_owned();
    let (method, target, peer) = (line(), line(), Some(line()));
    let mut headers = Vec::new();
    while let (Some(name), Some(value)) = (lines.next(), lines.next()) {
        if is_read(name.as_bytes()) {
            headers.push((name.into(), bytes(value)));
        }
    }
    Knock { method, target, headers, peer, major, body }
}

fn bytes(line: &str) -> Vec<u8> {
    if line.is_ascii() { line.into() } else { line.chars().map(byte).collect() }
}

fn byte(letter: char) -> u8 {
    // Nothing in a header's name or value may be 0: the door says so.
    u8::try_from(letter).unwrap_or_default()
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// The end of a send as the core settles it, in JSON, or the answer to a request; `None` for a piece
/// that is wanted.
pub(super) fn show(answer: Answer) -> Result<Option<Either<String, HttpAnswer>>> {
    let settled = match answer {
        Answer::Wanted => return Ok(None),
        Answer::Http(answer) => return Ok(Some(Either::B(answer.into()))),
        Answer::Sent(Ok(settled)) => fault::show(&settled)?,
        Answer::Sent(Err(none)) => {
            json!({"error": {"kind": "ended", "message": none.to_string()}}).to_string()
        }
    };
    Ok(Some(Either::A(settled)))
}
