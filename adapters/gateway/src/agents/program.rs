//! `Program`: what an operator named as an agent, and how it is started: with the listed variables
//! and no others, in a process group of its own, without inherited descriptors, without a shell.

use std::collections::BTreeMap;
use std::env;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::AgentError;
use crate::escape::shown;

/// Characters of the end of standard error which are told.
const ERROR_SHOWN: usize = 200;

/// A program and all that it gets.
#[derive(Debug)]
pub(super) struct Program {
    path: PathBuf,
    arguments: Vec<String>,
    cwd: Option<PathBuf>,
    env: BTreeMap<String, String>,
}

/// A program that runs, and our ends of its pipes.
pub(super) struct Process {
    pub(super) child: Child,
    pub(super) stdin: ChildStdin,
    pub(super) stdout: ChildStdout,
    pub(super) stderr: ChildStderr,
}

impl Program {
    /// The program is looked for once, here: a path with a slash as it is, a bare name in `PATH`.
    pub(super) fn find(
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
        Ok(Self {
            path: find(name)?,
            arguments: arguments.to_vec(),
            cwd: cwd.map(Path::to_owned),
            env: env.clone(),
        })
    }

    pub(super) fn start(&self) -> Result<Process, String> {
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
        let mut child = command
            .spawn()
            .map_err(|error| format!("can't run the agent {}: {error}", self.path.display()))?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
            return Err("the agent's pipes are not there".into());
        };
        Ok(Process { child, stdin, stdout, stderr })
    }
}

impl Process {
    /// The number of its group, and of its leader.
    pub(super) fn group(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

/// Waits until the leader has ended. It is not reaped: until that is done, no other process can
/// have its number.
pub(super) fn wait(leader: Pid) {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while let Err(error) = waitid(WaitId::Pid(leader), options) {
        if error != rustix::io::Errno::INTR {
            return;
        }
    }
}

/// Kills a group whose leader is not reaped yet.
pub(super) fn kill(group: Pid) {
    signal(group, Signal::KILL);
}

/// Sends a signal to a group whose leader is not reaped yet.
pub(super) fn signal(group: Pid, signal: Signal) {
    // It may be gone, all of it: that is what is wanted.
    let _ = kill_process_group(group, signal);
}

/// How a program ended, with the end of what it wrote on standard error.
pub(super) fn failure(status: ExitStatus, errors: &[u8]) -> String {
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
