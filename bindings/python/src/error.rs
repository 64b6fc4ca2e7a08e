//! Errors as exceptions of `zaloxide.errors`, so that there is one hierarchy.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;
use serde::Serialize;
use serde_json::Value;
use zaloxide_core::Refused;

use crate::plain;

/// The module with the classes.
fn module(py: Python<'_>) -> PyResult<&Bound<'_, PyModule>> {
    static MODULE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let found = MODULE.get_or_try_init(py, || py.import("zaloxide.errors").map(Bound::unbind));
    found.map(|module| module.bind(py))
}

/// An exception of this class, with a message and attributes.
pub(crate) fn raise(py: Python<'_>, class: &str, message: &str, more: &[(&str, &str)]) -> PyErr {
    let make = || {
        let keywords = PyDict::new(py);
        for (name, value) in more {
            keywords.set_item(name, value)?;
        }
        module(py)?.getattr(class)?.call((message,), Some(&keywords))
    };
    make().map_or_else(|error| error, PyErr::from_value)
}

/// What the core did not take, or could not restore: its `type` is the exception's `kind`.
pub(crate) fn of_core<E>(py: Python<'_>, class: &str, error: &E) -> PyErr
where
    E: Serialize + std::fmt::Display,
{
    let message = error.to_string();
    let kind = match serde_json::to_value(error) {
        Ok(Value::Object(form)) => form.get("type").and_then(Value::as_str).map(str::to_owned),
        _ => None,
    };
    raise(py, class, &message, &[("kind", kind.as_deref().unwrap_or_default())])
}

/// What a channel did not take.
pub(crate) fn refused(py: Python<'_>, refused: &Refused) -> PyErr {
    of_core(py, "Refused", refused)
}

/// A value that can't be read.
pub(crate) fn bad_value(py: Python<'_>, what: &str, error: &dyn std::fmt::Display) -> PyErr {
    raise(py, "BadValue", &format!("{what}: {error}"), &[])
}

/// A lock whose holder panicked, or an action this package does not know.
pub(crate) fn broken(what: &str) -> PyErr {
    PyRuntimeError::new_err(format!("zaloxide: {what}"))
}

/// A Python value in its JSON form, or what is wrong with it.
pub(crate) fn read<T: serde::de::DeserializeOwned>(
    value: &Bound<'_, PyAny>,
    what: &str,
) -> PyResult<T> {
    plain::read(value).map_err(|error| bad_value(value.py(), what, &error))
}
