//! `zaloxide._core`: the native half of the Python package. The hand-written half in
//! `python/zaloxide` is what people import.

#![allow(clippy::needless_pass_by_value, reason = "arguments come from Python as values")]

mod action;
mod channel;
mod classes;
mod emulator;
mod engine;
mod error;
mod event;
mod lines;
mod plain;
mod plan;
mod program;
mod wire;

use pyo3::prelude::*;

/// The module. It can be imported without anything being started.
#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<channel::Channel>()?;
    module.add_function(wrap_pyfunction!(wire::wire_request, module)?)?;
    module.add_function(wrap_pyfunction!(wire::wire_response, module)?)?;
    module.add_function(wrap_pyfunction!(wire::wire_update, module)?)?;
    module.add_class::<plan::Plan>()?;
    module.add_class::<engine::Engine>()?;
    module.add_function(wrap_pyfunction!(engine::starting::start, module)?)?;
    module.add_function(wrap_pyfunction!(lines::take_lines, module)?)?;
    for (name, kind) in engine::KINDS {
        module.add(name, kind)?;
    }
    module.add_class::<emulator::Emulator>()?;
    module.add_function(wrap_pyfunction!(program::program, module)?)?;
    Ok(())
}
