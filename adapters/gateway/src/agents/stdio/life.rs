//! `Life`: a long-lived program's runs, one after the other, until the engine ends.

use std::io::Write;
use std::process::{ChildStderr, ChildStdin, ChildStdout, ExitStatus};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use super::desk::Desk;
use super::lines::{Lines, Said};
use super::notes::Notes;
use crate::agents::pipe::{Over, Pipe, alive};
use crate::agents::program::{self, Process, Program, failure};
use crate::escape::shown;

/// Bytes of a line of output: an answer.
const LINE_MAX: usize = 1 << 20;
/// Bytes of a line of standard error that are logged.
const ERROR_LINE_MAX: usize = 2 << 10;
/// Lines of standard error that are logged in 10 s.
const ERRORS_MAX: u32 = 100;
/// Lines that are no answer and are logged in 10 s.
const STRAYS_MAX: u32 = 10;
/// Characters that are logged of such a line.
const STRAY_SHOWN: usize = 200;
/// A program that closes one of its streams has so long to end by itself.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// The pause before a program is started again: the first, and the longest.
const PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// A program's runs.
#[derive(Debug)]
pub(super) struct Life {
    pub(super) desk: Desk,
    program: Program,
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The leader of the group. While it stands here it is not reaped, so no other process can
    /// have its number.
    leader: Option<Pid>,
    ended: bool,
}

impl Life {
    pub(super) fn new(program: Program) -> Self {
        let (desk, state) = (Desk::default(), Mutex::default());
        Self { desk, program, state, ended: Condvar::new() }
    }

    /// Runs the program, and again, until the desk is closed.
    pub(super) fn live(&self) {
        let mut pause = PAUSE.0;
        while !self.desk.is_closed() {
            let began = Instant::now();
            let reason = self.run();
            if self.desk.is_closed() {
                break;
            }
            // What ran for a while has not failed to start.
            if began.elapsed() > PAUSE.1 {
                pause = PAUSE.0;
            }
            tracing::warn!("{reason}; it is started again in {} s", pause.as_secs());
            self.desk.rest(pause);
            pause = (pause * 2).min(PAUSE.1);
        }
        self.lock().ended = true;
        self.ended.notify_all();
    }

    /// One run of the program. Why it ended.
    fn run(&self) -> String {
        let (alive, over) = match alive() {
            Ok(both) => both,
            Err(error) => return format!("can't run the agent: {error}"),
        };
        let process = match self.program.start() {
            Ok(process) => process,
            Err(reason) => return reason,
        };
        let run = self.desk.begin();
        self.lock().leader = Some(process.group());
        if self.desk.is_closed() {
            // Whoever closed it may have found no group to send a signal to.
            self.signal(Signal::KILL);
        }
        let Process { mut child, stdin, stdout, stderr } = process;
        tracing::info!("the agent runs as process {}", child.id());
        thread::scope(|scope| {
            let aside = |name: &str| thread::Builder::new().name(format!("zaloxide-agent-{name}"));
            let input = aside("in").spawn_scoped(scope, || self.write(stdin, run, &over));
            let output = aside("out").spawn_scoped(scope, || self.read(stdout, &over));
            let errors = aside("err").spawn_scoped(scope, || note_errors(stderr, &over));
            if input.is_err() || output.is_err() {
                self.signal(Signal::KILL);
            }
            program::wait(Pid::from_child(&child));
            let status = self.reap(&mut child);
            // All three are let go: someone outside the group may have the other ends.
            drop(alive);
            // Its last answers count, so its turns fail only when all is read.
            let _ = output.map(ScopedJoinHandle::join);
            let last = errors.ok().and_then(|thread| thread.join().ok()).unwrap_or_default();
            let reason =
                status.map_or_else(|error| error.to_string(), |status| failure(status, &last));
            self.desk.over(&reason);
            reason
        })
    }

    /// Hands turns to the program, for as long as it reads.
    fn write(&self, stdin: ChildStdin, run: u64, over: &Over) {
        let mut stdin = Pipe::new(stdin, over);
        while let Some(line) = self.desk.next(run) {
            if stdin.write_all(&line).is_err() {
                return self.end_soon(over);
            }
        }
    }

    /// Takes answers from the program, for as long as it writes.
    fn read(&self, stdout: ChildStdout, over: &Over) {
        let mut strays = Notes::new(STRAYS_MAX);
        for line in Lines::new(Pipe::new(stdout, over), LINE_MAX) {
            if line.bytes.trim_ascii().is_empty() {
                continue;
            }
            let wrong = match Said::read(&line.bytes) {
                _ if line.cut => format!("it has more than {LINE_MAX} bytes"),
                Err(wrong) => wrong,
                Ok(said) => match self.desk.answered((said.turn, said.attempt)) {
                    Some(responder) => {
                        responder.answer(said.answer());
                        continue;
                    }
                    None => "nobody waits for an answer to that attempt".into(),
                },
            };
            strays.line(Instant::now(), || {
                let text = String::from_utf8_lossy(&line.bytes);
                let text: String = text.chars().take(STRAY_SHOWN).collect();
                tracing::warn!(
                    "the agent wrote a line that is no answer: {wrong}: {}",
                    shown(&text)
                );
            });
        }
        self.end_soon(over);
    }

    /// A program that does not read or write any more is of no use: it ends by itself, or is ended.
    fn end_soon(&self, over: &Over) {
        if !over.wait(LAST_WORDS) {
            self.signal(Signal::KILL);
        }
    }

    fn reap(&self, child: &mut std::process::Child) -> std::io::Result<ExitStatus> {
        let mut state = self.lock();
        program::kill(Pid::from_child(child));
        state.leader = None;
        child.wait()
    }

    /// Sends a signal to the program's group, if there is one.
    fn signal(&self, signal: Signal) {
        if let Some(leader) = self.lock().leader {
            program::signal(leader, signal);
        }
    }

    /// Ends the program: it is asked to, and when the time is almost over, it is killed.
    pub(super) fn close(&self, within: Duration) {
        self.desk.close();
        self.signal(Signal::TERM);
        if !self.wait_ended(within * 3 / 4) {
            self.signal(Signal::KILL);
            self.wait_ended(within / 4);
        }
    }

    fn wait_ended(&self, within: Duration) -> bool {
        let lives = |state: &mut State| !state.ended;
        let waited = self.ended.wait_timeout_while(self.lock(), within, lives);
        waited.unwrap_or_else(PoisonError::into_inner).0.ended
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Logs what the program writes on its standard error. Hands back the last line.
fn note_errors(stderr: ChildStderr, over: &Over) -> Vec<u8> {
    let mut notes = Notes::new(ERRORS_MAX);
    let mut last = Vec::new();
    for line in Lines::new(Pipe::new(stderr, over), ERROR_LINE_MAX) {
        notes.line(Instant::now(), || {
            tracing::info!("agent: {}", shown(&String::from_utf8_lossy(&line.bytes)));
        });
        last = line.bytes;
    }
    last
}
