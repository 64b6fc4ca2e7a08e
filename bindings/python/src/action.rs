//! Actions as Python sees them: frozen dataclasses.

use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};
use zaloxide_core::{
    Action, Cause, ChatId, Envelope, Medium, MessageId, Record, SenderId, Settled,
};

use crate::classes::{Classes, Shapes};
use crate::{error, plain};

/// An action's dataclass.
pub(crate) fn show(py: Python<'_>, action: Action) -> PyResult<Bound<'_, PyAny>> {
    let classes = Classes::get(py)?;
    match action {
        Action::Commit { upto, records } => {
            let texts: PyResult<Vec<String>> = records.iter().map(record).collect();
            classes.commit.bind(py).call1((upto, PyTuple::new(py, texts?)?))
        }
        Action::Settle { ticket, result } => {
            classes.settle.bind(py).call1((ticket.0, settled(py, classes, result)?))
        }
        Action::StartCall { call, method, body, timeout_ms } => {
            let method = PyString::intern(py, method.name());
            classes.start_call.bind(py).call1((call.to_string(), method, body, timeout_ms))
        }
        Action::SendChunk { call, chat, cause, index, of, method, body, timeout_ms } => {
            let method = PyString::intern(py, method.name());
            let cause = self::cause(py, classes, &cause)?;
            let call =
                (call.to_string(), chat.as_str(), cause, index, of, method, body, timeout_ms);
            classes.send_chunk.bind(py).call1(call)
        }
        Action::CancelCall { call } => classes.cancel_call.bind(py).call1((call.to_string(),)),
        Action::FetchMedia { turn, index, url, bytes_max } => {
            classes.fetch_media.bind(py).call1((turn.to_string(), index, url, bytes_max))
        }
        Action::PrepareMedia { cause, index, source, bytes_max } => {
            let cause = self::cause(py, classes, &cause)?;
            classes.prepare_media.bind(py).call1((cause, index, source, bytes_max))
        }
        Action::Deliver { turn, attempt, envelope, deadline } => {
            let envelope = self::envelope(py, &envelope)?;
            let deadline = deadline.as_ms();
            classes.deliver.bind(py).call1((turn.to_string(), attempt, envelope, deadline))
        }
        Action::Abandon { turn, attempt } => {
            classes.abandon.bind(py).call1((turn.to_string(), attempt))
        }
        Action::IssueCode { sender, name, code, expires_at } => {
            classes.issue_code.bind(py).call1((sender.as_str(), name, code, expires_at.as_ms()))
        }
        Action::Drop { reason, update } => {
            let chat = update.chat.as_ref().map(ChatId::as_str);
            let sender = update.sender.as_ref().map(SenderId::as_str);
            let message = update.message_id.as_ref().map(MessageId::as_str);
            let reason = plain::show(py, &reason)?;
            classes.dropped.bind(py).call1((reason, chat, sender, message, update.event))
        }
        Action::Note(note) => {
            let (level, code) = (plain::show(py, &note.level)?, plain::show(py, &note.code)?);
            let chat = note.chat.as_ref().map(ChatId::as_str);
            let sender = note.sender.as_ref().map(SenderId::as_str);
            let turn = note.turn.map(|id| id.to_string());
            classes.note.bind(py).call1((level, code, note.text, chat, sender, turn))
        }
        Action::Stopped => classes.stopped.bind(py).call0(),
        _ => Err(error::broken("an action of an unknown kind")),
    }
}

/// A record as it is kept: JSON text.
pub(crate) fn record(record: &Record) -> PyResult<String> {
    serde_json::to_string(record).map_err(|error| error::broken(&error.to_string()))
}

fn settled<'py>(
    py: Python<'py>,
    classes: &Classes,
    result: Settled,
) -> PyResult<Bound<'py, PyAny>> {
    match result {
        Settled::Status(status) => classes.status.bind(py).call1((status,)),
        Settled::Ok(answer) => classes.done.bind(py).call1((plain::show(py, &answer)?,)),
        Settled::Error(fault) => {
            classes.fault.bind(py).call1((plain::show(py, &fault.kind)?, fault.message))
        }
        _ => Err(error::broken("an answer of an unknown kind")),
    }
}

fn cause<'py>(py: Python<'py>, classes: &Classes, cause: &Cause) -> PyResult<Bound<'py, PyAny>> {
    let class = classes.cause.bind(py);
    match cause {
        Cause::Turn { id } => class.call1((PyString::intern(py, "turn"), id.to_string())),
        Cause::Send { id } => class.call1((PyString::intern(py, "send"), id.to_string())),
        Cause::Code { sender } => class.call1((PyString::intern(py, "code"), sender.as_str())),
        Cause::Notice { id } => class.call1((PyString::intern(py, "notice"), id.to_string())),
        _ => Err(error::broken("a cause of an unknown kind")),
    }
}

/// An envelope's dataclass.
pub(crate) fn envelope<'py>(py: Python<'py>, of: &Envelope) -> PyResult<Bound<'py, PyAny>> {
    let shapes = Shapes::get(py)?;
    let sender = shapes.sender.bind(py).call1((of.sender.id.as_str(), &of.sender.name))?;
    let kind = match of.chat.kind {
        zaloxide_core::ChatKind::Private => "private",
        zaloxide_core::ChatKind::Group => "group",
    };
    let kind = PyString::intern(py, kind);
    let chat = shapes.chat.bind(py).call1((of.chat.id.as_str(), kind))?;
    let media: PyResult<Vec<_>> =
        of.media.iter().map(|medium| self::medium(py, shapes, medium)).collect();
    let ids = PyTuple::new(py, of.message_ids.iter().map(MessageId::as_str))?;
    let fields: [Bound<'py, PyAny>; 16] = [
        of.turn.to_string().into_pyobject(py)?.into_any(),
        of.attempt.into_pyobject(py)?.into_any(),
        PyString::intern(py, of.channel).into_any(),
        PyString::new(py, &of.account).into_any(),
        PyString::new(py, &of.session).into_any(),
        PyString::new(py, &of.from).into_any(),
        PyString::new(py, &of.to).into_any(),
        sender,
        chat,
        of.message_id.as_ref().map(MessageId::as_str).into_pyobject(py)?,
        ids.into_any(),
        of.timestamp_ms.into_pyobject(py)?.into_any(),
        PyString::new(py, &of.text).into_any(),
        PyString::new(py, &of.body).into_any(),
        PyTuple::new(py, media?)?.into_any(),
        PyString::new(py, of.raw.as_str()).into_any(),
    ];
    shapes.envelope.bind(py).call1(PyTuple::new(py, fields)?)
}

fn medium<'py>(py: Python<'py>, shapes: &Shapes, of: &Medium) -> PyResult<Bound<'py, PyAny>> {
    let kind = PyString::intern(py, of.kind.name());
    let fields = (kind, &of.path, &of.content_type, of.bytes, &of.url, &of.sticker);
    shapes.medium.bind(py).call1(fields)
}
