//! `config schema`: the JSON Schema of a configuration, for editors.

use zaloxide::config;

use crate::context::Context;
use crate::exit::{Exit, Failure};

pub(super) fn run(context: &Context) -> Result<Exit, Failure> {
    context.out.bytes(config::schema().as_bytes())?;
    Ok(Exit::Done)
}
