//! `Exec`: a process per turn. Envelope JSON on its standard input, the answer on its standard
//! output: JSON when it is a whole reply, else text.
//!
//! Its group is killed when it ends, when the attempt is abandoned, and when the engine ends: what
//! it started does not outlive its turn.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, ExitStatus};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::process::Pid;
use zaloxide_core::{Reply, TurnId};

use super::pipe::{Pipe, alive};
use super::program::{self, Process, Program, failure, kill};
use super::{Agent, AgentError, Responder, Turn, answer};

/// Bytes of an answer.
const OUTPUT_MAX: usize = 1 << 20;
/// Bytes of the end of standard error that are kept, to say why a program failed.
const ERROR_TAIL: usize = 2 << 10;

/// Runs a program once a turn.
#[derive(Clone, Debug)]
pub struct Exec {
    program: Arc<Program>,
    running: Arc<Running>,
}

/// The processes that run.
#[derive(Debug, Default)]
struct Running {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The leader of each attempt's group. While it stands here the leader is not reaped, so no
    /// other process can have its number.
    groups: HashMap<(TurnId, u32), Option<Pid>>,
    closed: bool,
}

impl Exec {
    /// The program is looked for once, here: a path with a slash as it is, a bare name in `PATH`.
    ///
    /// # Errors
    /// There is no such program, or it may not be run.
    pub fn new(
        command: &[String],
        cwd: Option<&Path>,
        env: &BTreeMap<String, String>,
    ) -> Result<Self, AgentError> {
        let program = Program::find(command, cwd, env)?;
        Ok(Self { program: Arc::new(program), running: Arc::default() })
    }
}

impl Exec {
    /// Runs the program for one attempt, on a thread of its own.
    fn run(&self, id: (TurnId, u32), input: Vec<u8>, responder: Responder) {
        if !self.running.enter(id) {
            return responder.fail("the engine is ending");
        }
        let (program, running) = (Arc::clone(&self.program), Arc::clone(&self.running));
        let spawned = thread::Builder::new().name("zaloxide-agent".into()).spawn(move || {
            let answer = run_once(&program, input, &running, id);
            running.leave(id);
            responder.answer(answer);
        });
        // The closure is gone, and the responder in it has said that the attempt failed.
        if spawned.is_err() {
            self.running.leave(id);
        }
    }
}

impl Agent for Exec {
    fn deliver(&self, turn: Turn) {
        let id = (turn.envelope.turn, turn.envelope.attempt);
        match serde_json::to_vec(&turn.envelope) {
            Ok(mut input) => {
                // A shell's `read` wants a whole line.
                input.push(b'\n');
                self.run(id, input, turn.responder);
            }
            Err(error) => turn.responder.fail(error.to_string()),
        }
    }

    fn abandon(&self, turn: TurnId, attempt: u32) {
        self.running.kill((turn, attempt));
    }

    fn close(&self, within: Duration) {
        self.running.close(within);
    }
}

/// Runs the program, and reads what it has to say.
fn run_once(
    program: &Program,
    input: Vec<u8>,
    running: &Arc<Running>,
    id: (TurnId, u32),
) -> Result<Reply, String> {
    let (alive, over) = alive().map_err(|error| error.to_string())?;
    let process = program.start()?;
    let group = process.group();
    let Process { mut child, stdin, stdout, stderr } = process;
    if !running.began(id, group) {
        // Abandoned before it began.
        kill(group);
    }
    // A program may answer without reading: then its pipe breaks, and that is no error.
    let mut stdin = Pipe::new(stdin, &over);
    let _input = aside(move || drop(stdin.write_all(&input)));
    let (stdout, running_too) = (Pipe::new(stdout, &over), Arc::clone(running));
    let output = aside(move || {
        let output = first(stdout, OUTPUT_MAX);
        if output.is_none() {
            running_too.kill(id);
        }
        output
    });
    let stderr = Pipe::new(stderr, &over);
    let errors = aside(move || last(stderr, ERROR_TAIL));
    let status = running.reap(id, &mut child).map_err(|error| error.to_string())?;
    // Whoever waits at a pipe is let go: someone outside the group may have its other end.
    drop(alive);
    let no_thread = |_| "the system gives no thread to read the agent's output".to_owned();
    let Some(output) = output.recv().map_err(no_thread)? else {
        return Err(format!("the agent wrote more than {OUTPUT_MAX} bytes"));
    };
    if !status.success() {
        return Err(failure(status, &errors.recv().unwrap_or_default()));
    }
    answer::read(&output)
}

impl Running {
    fn enter(&self, id: (TurnId, u32)) -> bool {
        let mut state = self.lock();
        if !state.closed {
            state.groups.insert(id, None);
        }
        !state.closed
    }

    /// The process runs. False when nobody waits for it any more.
    fn began(&self, id: (TurnId, u32), group: Pid) -> bool {
        let mut state = self.lock();
        let wanted = !state.closed && state.groups.contains_key(&id);
        // Kept also when it is to be killed: it is waited for like any other.
        state.groups.insert(id, Some(group));
        wanted
    }

    fn kill(&self, id: (TurnId, u32)) {
        let mut state = self.lock();
        match state.groups.get(&id) {
            Some(Some(group)) => kill(*group),
            // Not begun yet: `began` will see that it is gone.
            Some(None) => drop(state.groups.remove(&id)),
            None => {}
        }
    }

    /// Waits for the leader, kills what is left of its group, and only then reaps the leader.
    fn reap(&self, id: (TurnId, u32), child: &mut Child) -> io::Result<ExitStatus> {
        let leader = Pid::from_child(child);
        program::wait(leader);
        let mut state = self.lock();
        kill(leader);
        state.groups.insert(id, None);
        child.wait()
    }

    fn leave(&self, id: (TurnId, u32)) {
        self.lock().groups.remove(&id);
        self.ended.notify_all();
    }

    fn close(&self, within: Duration) {
        let mut state = self.lock();
        state.closed = true;
        state.groups.values().flatten().for_each(|group| kill(*group));
        let busy = |state: &mut State| !state.groups.is_empty();
        drop(self.ended.wait_timeout_while(state, within, busy));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs something on a thread of its own; without a thread, nothing comes of it.
fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Receiver<T> {
    let (tell, told) = channel();
    let name = "zaloxide-agent-pipe".to_owned();
    let _ = thread::Builder::new().name(name).spawn(move || tell.send(work()));
    told
}

/// All of it; `None` if that is more than `max` bytes.
fn first(from: impl Read, max: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    // What was read before an error is what there is.
    let _ = from.take(max as u64 + 1).read_to_end(&mut bytes);
    (bytes.len() <= max).then_some(bytes)
}

/// The last `max` bytes.
fn last(mut from: impl Read, max: usize) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut buffer = [0; 4 << 10];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        kept.extend_from_slice(&buffer[..read]);
        kept.drain(..kept.len().saturating_sub(max));
    }
    kept
}

#[cfg(test)]
mod tests;
