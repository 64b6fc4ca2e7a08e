//! Starting what a plan says.

use pyo3::prelude::*;
use zaloxide::agents::Pulled;
use zaloxide::bot::{BotError, Hears};
use zaloxide::embedded::{Embedded, Wish};

use super::Engine;
use crate::error;
use crate::plan::Plan;

/// Turns with Python at one time, all accounts together.
const ROOM: usize = 100_000;

/// Starts what a plan says.
#[pyfunction]
#[pyo3(signature = (plan, *, durable, stickers, voices, mounted, local, level))]
#[allow(
    clippy::fn_params_excessive_bools,
    clippy::too_many_arguments,
    reason = "keyword arguments, each by its name"
)]
pub(crate) fn start(
    py: Python<'_>,
    plan: &Plan,
    durable: bool,
    stickers: bool,
    voices: bool,
    mounted: bool,
    local: bool,
    level: u8,
) -> PyResult<Engine> {
    let hears = Hears { stickers, voices };
    let wish = Wish { durable, hears, mounted, local, source: "python", level: Some(level) };
    let started = py.detach(|| {
        let pulled = Pulled::new(ROOM).map_err(|error| BotError::Start(error.to_string()))?;
        Embedded::start(&plan.0, &wish, &pulled)
    });
    started.map(Engine::from).map_err(|error| {
        let class = match &error {
            BotError::AlreadyRunning { .. } => "AlreadyRunning",
            _ => "StartError",
        };
        error::raise(py, class, &error.to_string(), &[])
    })
}
