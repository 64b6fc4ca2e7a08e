//! Plain Python values and what they mean: dicts, lists, texts, numbers.

use pyo3::prelude::*;
use pythonize::PythonizeError;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The JSON form of a value, as Python has it.
pub(crate) fn show<'py, T>(py: Python<'py>, value: &T) -> PyResult<Bound<'py, PyAny>>
where
    T: Serialize + ?Sized,
{
    Ok(pythonize::pythonize(py, value)?)
}

/// A value from its JSON form.
pub(crate) fn read<T: DeserializeOwned>(value: &Bound<'_, PyAny>) -> Result<T, PythonizeError> {
    pythonize::depythonize(value)
}
