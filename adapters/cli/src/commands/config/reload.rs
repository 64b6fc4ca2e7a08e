//! `config reload`: has the gateway that runs read the configuration again.

use zaloxide::control::{Failed, Report, Request};
use zaloxide::escape::shown;

use crate::ask::{ask_running, read};
use crate::context::Context;
use crate::exit::{Exit, Failure};

pub(super) fn run(context: &Context) -> Result<Exit, Failure> {
    let answer = ask_running(context, &Request::Reload {})?;
    if context.out.is_json() {
        context.out.json(&answer)?;
    }
    let report: Report = read(answer)?;
    let exit = if report.failed.is_empty() { Exit::Done } else { Exit::Failed };
    if context.out.is_json() {
        return Ok(exit);
    }
    let lines = [
        ("added", &report.added),
        ("changed", &report.changed),
        ("removed", &report.removed),
        ("needs a restart", &report.restart),
    ];
    for (what, names) in lines.into_iter().filter(|(_, names)| !names.is_empty()) {
        context.out.line(format!("{what}: {}", shown(&names.join(", "))))?;
    }
    for Failed { what, reason } in &report.failed {
        context.out.line(format!("failed: {}: {}", shown(what), shown(reason)))?;
    }
    if report.is_empty() {
        context.out.line("nothing has changed")?;
    }
    Ok(exit)
}
