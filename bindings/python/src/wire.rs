//! The wire codec: what the Bot API is asked and what it says.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use serde_json::{Map, Value};
use zaloxide::embedded::wire;

use crate::{error, plain};

/// The method and JSON body of a call, from its fields.
#[pyfunction]
pub(crate) fn wire_request(
    method: &str,
    fields: &Bound<'_, PyDict>,
) -> PyResult<(&'static str, String)> {
    let given: Map<String, Value> = error::read(fields.as_any(), "no fields")?;
    wire::request(method, &given).map_err(|wrong| bad(fields.py(), wrong))
}

/// `(kind, fields)` of an answer.
#[pyfunction]
pub(crate) fn wire_response<'py>(
    py: Python<'py>,
    method: &str,
    status: u16,
    body: &[u8],
) -> PyResult<(Bound<'py, PyString>, Bound<'py, PyDict>)> {
    let said = wire::response(method, status, body).map_err(|wrong| bad(py, wrong))?;
    let fields = plain::show(py, &said)?.cast_into::<PyDict>()?;
    let kind = fields.get_item("type")?.ok_or_else(|| error::broken("an answer of no kind"))?;
    fields.del_item("type")?;
    Ok((kind.cast_into()?, fields))
}

/// The fields of an update.
#[pyfunction]
pub(crate) fn wire_update<'py>(py: Python<'py>, body: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    plain::show(py, &wire::update(body).map_err(|wrong| bad(py, wrong))?)
}

fn bad(py: Python<'_>, wrong: String) -> PyErr {
    error::raise(py, "BadValue", &wrong, &[])
}
