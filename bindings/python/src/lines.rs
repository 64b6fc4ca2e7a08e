//! Log lines for Python's `logging`, whose levels have the same numbers.

use pyo3::prelude::*;

/// The lines so far.
#[pyfunction]
pub(crate) fn take_lines() -> Vec<(u8, String)> {
    zaloxide::embedded::lines::take()
}
