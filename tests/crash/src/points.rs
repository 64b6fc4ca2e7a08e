//! Named points at which it is killed. Nothing in the program knows of them: system calls are
//! watched from outside, Zalo holds its answers back, the agent strikes.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use zaloxide_core::Method;
use zaloxide_emulator::{Fault, FaultKind};

use crate::Result;
use crate::book::Book;
use crate::gateway::{BOUND, Gateway, wait_until};
use crate::load::Load;
use crate::stage::Stage;

/// A point, and how to have it killed there.
pub(crate) struct Point {
    pub(crate) name: &'static str,
    pub(crate) needs_strace: bool,
    /// Starts it, and comes back when it is dead.
    pub(crate) provoke: fn(&Stage, &mut Load, &mut Book) -> Result<()>,
}

pub(crate) const POINTS: [Point; 9] = [
    Point { name: "killed at a random moment", needs_strace: false, provoke: anywhere },
    Point { name: "killed while it started", needs_strace: false, provoke: at_the_start },
    Point { name: "killed before a commit", needs_strace: true, provoke: before_a_commit },
    Point { name: "killed in a commit", needs_strace: true, provoke: in_a_commit },
    Point { name: "killed after a commit", needs_strace: true, provoke: after_a_commit },
    Point { name: "killed by its agent, unanswered", needs_strace: false, provoke: at_delivery },
    Point { name: "killed between chunks", needs_strace: false, provoke: between_chunks },
    Point { name: "killed in compaction", needs_strace: true, provoke: in_compaction },
    Point { name: "killed in migration", needs_strace: true, provoke: in_migration },
];

/// A time that a process is given, from this on, plus as much again.
const LIFE: Duration = Duration::from_millis(60);
/// How long a system call is held.
const HELD: Duration = Duration::from_millis(100);
/// An answer that is held back until the process is dead.
const SLOW_MS: u64 = 20_000;

/// The tools that this machine has.
#[derive(Debug)]
pub(crate) struct Tools {
    strace: bool,
}

impl Tools {
    pub(crate) fn find() -> Self {
        let mut command = Command::new("strace");
        command.args(["-f", "-D", "-qq", "-o", "/dev/null", "true"]).stdin(Stdio::null());
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        Self { strace: status.is_ok_and(|status| status.success()) }
    }

    pub(crate) fn has_strace(&self) -> bool {
        self.strace
    }

    pub(crate) fn missing(&self) -> Option<String> {
        let how = "points inside system calls: strace is missing or may not trace here \
                   (apt-get install strace)";
        (!self.strace).then(|| how.to_owned())
    }
}

/// Has system calls on these files meddled with, by the rules of `strace`.
pub(crate) fn watch(files: &[&Path], calls: &str, how: &str) -> Vec<String> {
    let mut line: Vec<String> =
        ["strace", "-f", "-D", "-qq", "-o", "/dev/null"].into_iter().map(str::to_owned).collect();
    line.extend(["-e".into(), format!("trace={calls}")]);
    line.extend(["-e".into(), format!("inject={calls}:{how}")]);
    for file in files {
        line.extend(["-P".into(), file.display().to_string()]);
    }
    line
}

fn life(load: &mut Load) -> Duration {
    LIFE + Duration::from_millis(load.dice.below(u64::try_from(LIFE.as_millis()).unwrap_or(1)))
}

fn anywhere(stage: &Stage, load: &mut Load, book: &mut Book) -> Result<()> {
    let mut gateway = stage.start_well()?;
    let life = life(load);
    load.go_on(stage, book, &mut gateway, life)?;
    gateway.kill()?;
    Ok(())
}

fn at_the_start(stage: &Stage, load: &mut Load, book: &mut Book) -> Result<()> {
    load.write(stage, book)?;
    let mut gateway = stage.start("started", &[])?;
    let soon = Duration::from_millis(load.dice.below(25));
    load.go_on(stage, book, &mut gateway, soon)?;
    gateway.kill()?;
    Ok(())
}

/// People write until something has killed it.
fn until_it_dies(
    stage: &Stage,
    load: &mut Load,
    book: &mut Book,
    mut gateway: Gateway,
) -> Result<()> {
    for _ in 0..50 {
        load.go_on(stage, book, &mut gateway, LIFE)?;
        if gateway.has_ended()? {
            break;
        }
    }
    gateway.kill()?;
    Ok(())
}

fn before_a_commit(stage: &Stage, load: &mut Load, book: &mut Book) -> Result<()> {
    let how = format!("signal=KILL:when={}", 4 + load.dice.below(30));
    let watch = watch(&[&stage.journal().log()], "pwrite64", &how);
    let gateway = stage.start("watched", &watch)?;
    until_it_dies(stage, load, book, gateway)
}

fn in_a_commit(stage: &Stage, load: &mut Load, book: &mut Book) -> Result<()> {
    held_commit(stage, load, book, "delay_enter")
}

fn after_a_commit(stage: &Stage, load: &mut Load, book: &mut Book) -> Result<()> {
    held_commit(stage, load, book, "delay_exit")
}

/// The disk is slow; it is killed when the record of a message is written and the writer waits.
fn held_commit(stage: &Stage, load: &mut Load, book: &mut Book, where_: &str) -> Result<()> {
    let how = format!("{where_}={}:when=3+", HELD.as_micros());
    let watch = watch(&[&stage.journal().log()], "fsync,fdatasync", &how);
    let mut gateway = stage.start("watched", &watch)?;
    stage.is_ready(&mut gateway)?;
    let text = load.write(stage, book)?;
    let journal = stage.journal();
    let mut held = Ok(false);
    wait_until(BOUND, || {
        held = journal.holds(&text);
        !matches!(held, Ok(false))
    });
    gateway.kill()?;
    held?;
    Ok(())
}

fn at_delivery(stage: &Stage, load: &mut Load, book: &mut Book) -> Result<()> {
    let mut gateway = stage.start_well()?;
    load.write_deadly(stage, book)?;
    gateway.end()?;
    Ok(())
}

fn between_chunks(stage: &Stage, load: &mut Load, book: &mut Book) -> Result<()> {
    let mut gateway = stage.start_well()?;
    let text = load.write(stage, book)?;
    let since = stage.zalo.last_call();
    let sent = |index: usize| {
        let chunk = crate::agent::chunk(&text, index);
        let is_it = |call: &zaloxide_emulator::Call| call.params["text"] == chunk;
        stage.zalo.wait_for_call(since.saturating_sub(10), BOUND, is_it).is_some()
    };
    if load.dice.once_in(2) {
        // The second one takes effect, and its answer never comes.
        stage.zalo.fault(slow())?;
        if !sent(0) {
            book.report.broken(format!("the answer to {text} does not begin"));
        }
    } else if !sent(1) {
        book.report.broken(format!("the answer to {text} does not go on"));
    }
    gateway.kill()?;
    Ok(())
}

fn slow() -> Fault {
    Fault::new(FaultKind::SlowMs).on_method(Method::SendMessage).ms(SLOW_MS)
}

fn in_compaction(stage: &Stage, load: &mut Load, book: &mut Book) -> Result<()> {
    stage.journal().make_long()?;
    let how = format!("signal=KILL:when={}", 2 + load.dice.below(60));
    let journal = stage.journal();
    let watch = watch(&[&journal.log(), journal.path()], "pwrite64,fsync,fdatasync", &how);
    let gateway = stage.start("watched", &watch)?;
    until_it_dies(stage, load, book, gateway)
}

fn in_migration(stage: &Stage, load: &mut Load, book: &mut Book) -> Result<()> {
    stage.journal().make_old()?;
    let how = format!("signal=KILL:when={}", 1 + load.dice.below(4));
    let journal = stage.journal();
    let watch = watch(&[&journal.log(), journal.path()], "pwrite64,fsync,fdatasync", &how);
    let gateway = stage.start("watched", &watch)?;
    until_it_dies(stage, load, book, gateway)
}
