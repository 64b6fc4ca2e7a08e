//! What came under a number, as Python has it.

use pyo3::prelude::*;
use zaloxide::core::{Answer as Done, MessageId, Settled};
use zaloxide::embedded::Answer;

use crate::plain;

/// `("sent", ids)`, `("cut", index, code, message, ids)`, `("fault", kind, message)`,
/// `("wanted",)`, or `("http", status, headers, body)`.
pub(super) fn show(py: Python<'_>, answer: Answer) -> PyResult<Bound<'_, PyAny>> {
    let shown = match answer {
        Answer::Wanted => ("wanted",).into_pyobject(py)?.into_any(),
        Answer::Http(answer) => {
            let bytes = |bytes: &[u8]| pyo3::types::PyBytes::new(py, bytes);
            let headers = answer.headers.iter();
            let headers: Vec<_> =
                headers.map(|(name, value)| (bytes(name.as_bytes()), bytes(value))).collect();
            ("http", answer.status, headers, bytes(&answer.body)).into_pyobject(py)?.into_any()
        }
        Answer::Sent(Ok(Settled::Ok(Done::Sent { sent, error, .. }))) => {
            let sent: Vec<&str> = sent.iter().map(MessageId::as_str).collect();
            match error {
                None => ("sent", sent).into_pyobject(py)?.into_any(),
                Some(error) => ("cut", error.index, error.code, error.message, sent)
                    .into_pyobject(py)?
                    .into_any(),
            }
        }
        Answer::Sent(Ok(Settled::Error(fault))) => {
            let kind = plain::show(py, &fault.kind)?;
            ("fault", kind, fault.message).into_pyobject(py)?.into_any()
        }
        Answer::Sent(Ok(_)) => {
            ("fault", "refused", "an answer of an unknown kind").into_pyobject(py)?.into_any()
        }
        Answer::Sent(Err(none)) => {
            ("fault", "ended", none.to_string()).into_pyobject(py)?.into_any()
        }
    };
    Ok(shown)
}
