//! `Exec`: a process per turn. Envelope JSON on its standard input, the answer on its standard
//! output: JSON when it is a whole reply, else text.
//!
//! The process gets the listed variables and no others, a process group of its own, and no shell.
//! Its group is killed when it ends, when the attempt is abandoned, and when the engine ends: what
//! it started does not outlive its turn.

use std::collections::{BTreeMap, HashMap};
use std::env;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use zaloxide_core::{NoReply, Reply, TurnId};

use super::{Agent, AgentError, Responder, Turn};
use crate::escape::shown;

/// Bytes of an answer.
const OUTPUT_MAX: usize = 1 << 20;
/// Bytes of the end of standard error that are kept, to say why a program failed.
const ERROR_TAIL: usize = 2 << 10;
/// Characters of that end which are told.
const ERROR_SHOWN: usize = 200;
/// How long a pipe may stay open once the whole group is dead: someone outside the group has it.
const PIPE_LINGER: Duration = Duration::from_secs(1);

/// Runs a program once a turn.
#[derive(Clone, Debug)]
pub struct Exec {
    program: Arc<Program>,
    running: Arc<Running>,
}

#[derive(Debug)]
struct Program {
    path: PathBuf,
    arguments: Vec<String>,
    cwd: Option<PathBuf>,
    env: BTreeMap<String, String>,
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
        let Some((name, arguments)) = command.split_first() else {
            return Err(AgentError("the agent's command is empty".into()));
        };
        if let Some(dir) = cwd.filter(|dir| !dir.is_dir()) {
            let dir = dir.display();
            return Err(AgentError(format!("the agent's directory {dir} is not there")));
        }
        let program = Program {
            path: find(name)?,
            arguments: arguments.to_vec(),
            cwd: cwd.map(Path::to_owned),
            env: env.clone(),
        };
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
            let answer = program.answer(input, &running, id);
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
            Ok(input) => self.run(id, input, turn.responder),
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

impl Program {
    fn answer(
        &self,
        input: Vec<u8>,
        running: &Running,
        id: (TurnId, u32),
    ) -> Result<Reply, String> {
        let mut child = self.spawn()?;
        if !running.began(id, Pid::from_child(&child)) {
            // Abandoned before it began.
            kill(Pid::from_child(&child));
        }
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err("the agent's pipes are not there".into());
        };
        let group = Pid::from_child(&child);
        // A program may answer without reading: then its pipe breaks, and that is no error.
        let _input = aside(move || drop({ stdin }.write_all(&input)));
        let output = aside(move || {
            let output = first(stdout, OUTPUT_MAX);
            if output.is_none() {
                kill(group);
            }
            output
        });
        let errors = aside(move || last(stderr, ERROR_TAIL));
        let status = running.reap(id, &mut child).map_err(|error| error.to_string())?;
        let lingers = |_| "another process keeps the agent's output open".to_owned();
        let output = output.recv_timeout(PIPE_LINGER).map_err(lingers)?;
        let Some(output) = output else {
            return Err(format!("the agent wrote more than {OUTPUT_MAX} bytes"));
        };
        if !status.success() {
            let errors = errors.recv_timeout(PIPE_LINGER).unwrap_or_default();
            return Err(failure(status, &errors));
        }
        read(&output)
    }

    fn spawn(&self) -> Result<Child, String> {
        // Rust opens nothing that a child would inherit, but this process may have inherited
        // something itself, and other languages' libraries in it may be less careful.
        close_fds::set_fds_cloexec_threadsafe(3, &[]);
        let mut command = Command::new(&self.path);
        command
            .args(&self.arguments)
            .env_clear()
            .envs(&self.env)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        if let Some(cwd) = &self.cwd {
            command.current_dir(cwd);
        }
        command
            .spawn()
            .map_err(|error| format!("can't run the agent {}: {error}", self.path.display()))
    }
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
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while let Err(error) = waitid(WaitId::Pid(leader), options) {
            if error != rustix::io::Errno::INTR {
                break;
            }
        }
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

/// Kills a group whose leader is not reaped yet.
fn kill(group: Pid) {
    // It may be gone, all of it: that is what is wanted.
    let _ = kill_process_group(group, Signal::KILL);
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

/// What a program that succeeded has answered.
fn read(output: &[u8]) -> Result<Reply, String> {
    match Reply::from_json(output) {
        Ok(reply) => Ok(reply),
        Err(unsendable @ NoReply::Unsendable { .. }) => Err(unsendable.to_string()),
        Err(_) => match std::str::from_utf8(output) {
            Ok(text) if text.trim().is_empty() => Ok(Reply::default()),
            Ok(text) => Ok(Reply::text(text.trim_end_matches(['\n', '\r']))),
            Err(_) => Err("the agent's output is not UTF-8".into()),
        },
    }
}

fn failure(status: ExitStatus, errors: &[u8]) -> String {
    let text = String::from_utf8_lossy(errors);
    let text = text.trim();
    let start = text.char_indices().rev().nth(ERROR_SHOWN - 1).map_or(0, |(at, _)| at);
    match &text[start..] {
        "" => format!("the agent ended with {status}"),
        tail => format!("the agent ended with {status}: {}", shown(tail)),
    }
}

/// Where a program is.
fn find(name: &str) -> Result<PathBuf, AgentError> {
    let is_program = |path: &Path| {
        path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    };
    if name.contains('/') {
        let path = Path::new(name);
        return match std::path::absolute(path) {
            Ok(path) if is_program(&path) => Ok(path),
            Ok(path) if path.exists() => Err(AgentError(format!(
                "the agent {name} is no program: make it executable (chmod +x {name})"
            ))),
            _ => Err(AgentError(format!("there is no agent program {name}"))),
        };
    }
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .map(|dir| dir.join(name))
        .find(|path| is_program(path))
        .ok_or_else(|| AgentError(format!("there is no agent program `{name}` in PATH")))
}

#[cfg(test)]
mod tests;
