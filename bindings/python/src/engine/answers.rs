//! `Answers`: what the host waits for, by number.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;
use zaloxide::agents::Pulled;
use zaloxide::core::{Answer as Done, MessageId, Settled};
use zaloxide::engine::NoAnswer;
use zaloxide::front::PlainAnswer;

use crate::plain;

/// Answers that nobody fetches; the oldest go first.
const KEPT_MAX: usize = 100_000;

/// What the host waits for.
#[derive(Default)]
pub(super) struct Answers {
    last: AtomicU64,
    come: Mutex<HashMap<u64, Answer>>,
    changed: Condvar,
}

/// What has come.
pub(super) enum Answer {
    /// The end of a send.
    Sent(Result<Settled, NoAnswer>),
    /// The next piece of a request's body is wanted.
    Wanted,
    /// What a request is to be answered with.
    Http(PlainAnswer),
}

impl Answers {
    /// A number that is new, and not 0.
    pub(super) fn number(&self) -> u64 {
        self.last.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// This has come under that number.
    pub(super) fn come(&self, number: u64, answer: Answer, host: &Pulled) {
        let mut come = self.come.lock().unwrap_or_else(PoisonError::into_inner);
        if come.len() >= KEPT_MAX
            && let Some(oldest) = come.keys().min().copied()
        {
            come.remove(&oldest);
        }
        come.insert(number, answer);
        drop(come);
        self.changed.notify_all();
        host.tell(number);
    }

    /// What has come under a number, waited for at most so long.
    pub(super) fn take(&self, number: u64, within: Duration) -> Option<Answer> {
        let come = self.come.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = |come: &mut HashMap<u64, Answer>| !come.contains_key(&number);
        let waited = self.changed.wait_timeout_while(come, within, waits);
        waited.unwrap_or_else(PoisonError::into_inner).0.remove(&number)
    }
}

impl Answer {
    /// `("sent", ids)`, `("cut", index, code, message, ids)`, `("fault", kind, message)`,
    /// `("wanted",)`, or `("http", status, headers, body)`.
    pub(super) fn show(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        let shown = match self {
            Self::Wanted => ("wanted",).into_pyobject(py)?.into_any(),
            Self::Http(answer) => {
                let headers: Vec<(Vec<u8>, Vec<u8>)> = answer
                    .headers
                    .into_iter()
                    .map(|(name, value)| (name.into_bytes(), value))
                    .collect();
                let bytes = |bytes: &[u8]| pyo3::types::PyBytes::new(py, bytes);
                let headers: Vec<_> =
                    headers.iter().map(|(name, value)| (bytes(name), bytes(value))).collect();
                ("http", answer.status, headers, bytes(&answer.body)).into_pyobject(py)?.into_any()
            }
            Self::Sent(Ok(Settled::Ok(Done::Sent { sent, error, .. }))) => {
                let sent: Vec<&str> = sent.iter().map(MessageId::as_str).collect();
                match error {
                    None => ("sent", sent).into_pyobject(py)?.into_any(),
                    Some(error) => ("cut", error.index, error.code, error.message, sent)
                        .into_pyobject(py)?
                        .into_any(),
                }
            }
            Self::Sent(Ok(Settled::Error(fault))) => {
                let kind = plain::show(py, &fault.kind)?;
                ("fault", kind, fault.message).into_pyobject(py)?.into_any()
            }
            Self::Sent(Ok(_)) => {
                ("fault", "refused", "an answer of an unknown kind").into_pyobject(py)?.into_any()
            }
            Self::Sent(Err(none)) => {
                ("fault", "ended", none.to_string()).into_pyobject(py)?.into_any()
            }
        };
        Ok(shown)
    }
}
