//! `Calls`: what bots asked and what they were answered, in order of arrival.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::Value;

/// Calls kept; the oldest go first.
const CALLS_MAX: usize = 10_000;
/// Bytes of parameters and answers kept, roughly; the oldest calls go first.
const BYTES_MAX: usize = 64 << 20;

/// One call of a bot. Its JSON form is that of `GET /_control/calls`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Call {
    /// Counts from 1 in order of arrival, and on after a reset.
    pub n: u64,
    /// Arrival, Unix milliseconds.
    pub at_ms: u64,
    /// The digits of the token in the path; `None` when there are none. Never the secret half.
    pub token_id: Option<String>,
    /// The method as it stood in the path, known or not.
    pub method: String,
    /// The parameters from query and body; `secret_token` is masked. `null` when the body could
    /// not be read.
    pub params: Value,
    /// The HTTP status of the answer; `None` until there is one.
    pub status: Option<u16>,
    /// The answer's body, when it is JSON.
    pub response: Option<Value>,
    /// The answer's body, when it is not JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_text: Option<String>,
}

/// The bounded list. A gap in `n` at its start is what was dropped.
#[derive(Default)]
pub(crate) struct Calls {
    kept: VecDeque<(Call, usize)>,
    bytes: usize,
    arrived: u64,
}

impl Calls {
    /// Lists a call and names it by its number. `bytes`: the size of what it carried.
    pub(crate) fn arrived(&mut self, call: Call, bytes: usize) -> u64 {
        self.arrived += 1;
        self.kept.push_back((Call { n: self.arrived, ..call }, bytes));
        self.bytes += bytes;
        self.shorten();
        self.arrived
    }

    /// Notes the answer of a call; a call that was dropped meanwhile stays dropped.
    pub(crate) fn answered(&mut self, n: u64, status: u16, body: &[u8]) {
        let Some((call, bytes)) = self.find(n) else { return };
        call.status = Some(status);
        match serde_json::from_slice(body) {
            Ok(value) => call.response = Some(value),
            Err(_) => call.response_text = Some(String::from_utf8_lossy(body).into_owned()),
        }
        *bytes += body.len();
        self.bytes += body.len();
        self.shorten();
    }

    /// The calls after `n`.
    pub(crate) fn since(&self, n: u64) -> impl Iterator<Item = &Call> {
        let start = self.kept.partition_point(|(call, _)| call.n <= n);
        self.kept.range(start..).map(|(call, _)| call)
    }

    /// The number of the newest call, kept or not.
    pub(crate) fn last(&self) -> u64 {
        self.arrived
    }

    /// Forgets all; numbers go on, so that who waits for a later one still meets it.
    pub(crate) fn clear(&mut self) {
        self.kept.clear();
        self.bytes = 0;
    }

    fn find(&mut self, n: u64) -> Option<&mut (Call, usize)> {
        let index = self.kept.binary_search_by_key(&n, |(call, _)| call.n).ok()?;
        self.kept.get_mut(index)
    }

    /// Keeps the newest call whatever its size: it is the one somebody waits for.
    fn shorten(&mut self) {
        while self.kept.len() > CALLS_MAX || (self.bytes > BYTES_MAX && self.kept.len() > 1) {
            let Some((_, bytes)) = self.kept.pop_front() else { return };
            self.bytes -= bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{BYTES_MAX, CALLS_MAX, Call, Calls};

    fn call() -> Call {
        Call {
            n: 0,
            at_ms: 0,
            token_id: None,
            method: "getMe".to_owned(),
            params: Value::Null,
            status: None,
            response: None,
            response_text: None,
        }
    }

    #[test]
    fn bounded_by_number_and_by_bytes() {
        let mut calls = Calls::default();
        for _ in 0..CALLS_MAX + 5 {
            calls.arrived(call(), 10);
        }
        assert_eq!(calls.since(0).next().map(|call| call.n), Some(6));
        assert_eq!(calls.since(0).count(), CALLS_MAX);
        let last = calls.arrived(call(), BYTES_MAX);
        assert_eq!(calls.since(0).map(|call| call.n).collect::<Vec<_>>(), [last]);
        calls.answered(1, 200, b"{}"); // long gone: nothing to note, nothing to break
        calls.answered(last, 502, b"<html>");
        let call = calls.since(last - 1).next().unwrap().clone();
        assert_eq!((call.status, call.response_text.as_deref()), (Some(502), Some("<html>")));
        calls.clear();
        assert_eq!(calls.arrived(call, 1), last + 1, "numbers go on");
    }
}
