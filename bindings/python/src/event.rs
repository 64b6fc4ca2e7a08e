//! Events from Python: the dataclasses of `zaloxide.events`, or their JSON form as a dict.
//!
//! What comes often is read field by field; the rest takes the way through the JSON form.

use std::str::FromStr;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};
use zaloxide_core::{Body, CallId, Event, Outcome, Ticket, TurnId};

use crate::error;

type Value<'a, 'py> = &'a Bound<'py, PyAny>;

/// Reads an event.
pub(crate) fn read(event: &Bound<'_, PyAny>) -> PyResult<Event<'static>> {
    if event.cast::<PyDict>().is_ok() {
        return error::read(event, "no event");
    }
    let py = event.py();
    let Ok(kind) = event.getattr(intern!(py, "type")) else {
        return Err(error::bad_value(py, "no event", &"expected an event or its JSON form"));
    };
    let kind = kind.cast::<PyString>()?;
    match kind.to_str()? {
        "update_received" => Ok(Event::UpdateReceived {
            ticket: Ticket(event.getattr(intern!(py, "ticket"))?.extract()?),
            body: body(&event.getattr(intern!(py, "body"))?)?,
        }),
        "timer_fired" => Ok(Event::TimerFired),
        "call_finished" => Ok(Event::CallFinished {
            call: parsed::<CallId>(&event.getattr(intern!(py, "call"))?)?,
            outcome: outcome(&event.getattr(intern!(py, "outcome"))?)?,
        }),
        "committed" => {
            Ok(Event::Committed { upto: event.getattr(intern!(py, "upto"))?.extract()? })
        }
        "turn_failed" => Ok(Event::TurnFailed {
            turn: parsed::<TurnId>(&event.getattr(intern!(py, "turn"))?)?,
            attempt: event.getattr(intern!(py, "attempt"))?.extract()?,
            reason: event.getattr(intern!(py, "reason"))?.extract()?,
        }),
        _ => error::read(&event.call_method0(intern!(py, "to_dict"))?, "no event"),
    }
}

fn outcome(outcome: Value<'_, '_>) -> PyResult<Outcome<'static>> {
    let py = outcome.py();
    if outcome.cast::<PyDict>().is_ok() {
        return error::read(outcome, "no outcome");
    }
    let kind = outcome.getattr(intern!(py, "type"))?;
    match kind.cast::<PyString>()?.to_str()? {
        "answered" => Ok(Outcome::Answered {
            status: outcome.getattr(intern!(py, "status"))?.extract()?,
            retry_after_ms: outcome.getattr(intern!(py, "retry_after_ms"))?.extract()?,
            body: body(&outcome.getattr(intern!(py, "body"))?)?,
        }),
        "not_sent" => {
            Ok(Outcome::NotSent { reason: outcome.getattr(intern!(py, "reason"))?.extract()? })
        }
        _ => Ok(Outcome::Unknown { reason: outcome.getattr(intern!(py, "reason"))?.extract()? }),
    }
}

fn body(body: Value<'_, '_>) -> PyResult<Body<'static>> {
    if let Ok(bytes) = body.cast::<PyBytes>() {
        return Ok(bytes.as_bytes().to_vec().into());
    }
    Ok(body.cast::<PyString>()?.to_str()?.to_owned().into())
}

fn parsed<T: FromStr<Err: std::fmt::Display>>(text: Value<'_, '_>) -> PyResult<T> {
    let read = text.cast::<PyString>()?.to_str()?.parse();
    read.map_err(|error| error::bad_value(text.py(), "no id", &error))
}
