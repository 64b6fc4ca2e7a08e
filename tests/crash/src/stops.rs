//! Stops: a gateway stands still until its lease is old, another one takes over, and the first one
//! wakes up.

use std::fs;
use std::time::Duration;

use rustix::process::Signal;

use crate::Result;
use crate::book::Book;
use crate::load::Load;
use crate::stage::Stage;

/// How long people write to the second one.
const MEANWHILE: Duration = Duration::from_millis(200);

/// The first one must end by itself, and say why; it may lose what its open poll brings.
pub(crate) fn stop(stage: &Stage, load: &mut Load, book: &mut Book) -> Result<()> {
    let mut first = stage.start("first", &[])?;
    stage.is_ready(&mut first)?;
    load.go_on(stage, book, &mut first, MEANWHILE)?;
    load.approved(book)?;
    // Who stands still in the middle of a write keeps everybody else from writing.
    while {
        first.signal(Signal::STOP)?;
        !stage.journal().age_leases()?
    } {
        first.signal(Signal::CONT)?;
        load.go_on(stage, book, &mut first, Duration::from_millis(5))?;
    }
    // Its socket still takes connections. A real second one is elsewhere, or is told to go on.
    fs::remove_file(stage.state().join("control.sock"))?;
    let mut second = stage.start("second", &[])?;
    // The poll of the first one is still open, and takes the next update.
    load.go_on(stage, book, &mut second, MEANWHILE)?;
    if second.has_ended()? {
        book.report.broken(format!("the second one does not run: {}", second.said()));
    }
    first.signal(Signal::CONT)?;
    let status = first.end()?;
    if status.code() != Some(1) || !first.said().contains("taken over") {
        book.report.broken(format!("the first one ended with {status}: {}", first.said()));
    }
    load.go_on(stage, book, &mut second, MEANWHILE)?;
    load.approved(book)?;
    if second.has_ended()? {
        book.report.broken(format!("the second one has ended: {}", second.said()));
    }
    second.kill()?;
    // The first one that was stopped, and the second one that was killed.
    book.crashed(stage, 2)?;
    book.report.did("stopped until another took over");
    Ok(())
}
