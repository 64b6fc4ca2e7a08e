//! `Place`: a directory of its own for each test, and processes that end with it.

use std::fmt::Debug;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use assert_cmd::Command;
use assert_cmd::assert::Assert;

use crate::canary;

/// How long anything may take. It decides only when a test fails.
pub(crate) const BOUND: Duration = Duration::from_secs(30);

/// A directory of its own, and an environment without the tester's. At its end every file in it is
/// searched for secrets, and its logs for what a terminal must not see.
pub(crate) struct Place(tempfile::TempDir);

impl Drop for Place {
    fn drop(&mut self) {
        if !thread::panicking() {
            canary::search_files(self.0.path());
        }
    }
}

/// The program, to be run to its end. What it says is searched too.
pub(crate) struct Run(Command);

impl Run {
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    pub(crate) fn write_stdin(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.0.write_stdin(text);
        self
    }

    pub(crate) fn assert(mut self) -> Assert {
        let assert = self.0.assert();
        canary::search_output(assert.get_output());
        assert
    }
}

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The program, to be run to its end.
    pub(crate) fn zaloxide(&self, arguments: &[&str]) -> Run {
        let mut command = assert_cmd::cargo::cargo_bin_cmd!("zaloxide");
        command.args(arguments).current_dir(self.0.path()).env_clear().timeout(BOUND);
        command.envs(environment(self.0.path()));
        Run(command)
    }

    /// The program, to be watched while it runs.
    pub(crate) fn start(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Running {
        let mut command = Process::new(assert_cmd::cargo::cargo_bin!("zaloxide"));
        command.args(arguments).current_dir(self.0.path()).env_clear();
        command.envs(environment(self.0.path())).envs(variables.iter().copied());
        Running::start(command)
    }

    /// The program under another one that leaves it its child; `None`: that one can't run here.
    #[cfg(target_os = "linux")]
    pub(crate) fn start_under(&self, watch: &[&str], arguments: &[&str]) -> Option<Running> {
        let mut trial = Process::new(watch[0]);
        trial.args(["-f", "-D", "-qq", "-o", "/dev/null", "true"]);
        if !trial.output().is_ok_and(|output| output.status.success()) {
            return None;
        }
        let mut command = Process::new(watch[0]);
        command.args(&watch[1..]).arg(assert_cmd::cargo::cargo_bin!("zaloxide")).args(arguments);
        command.current_dir(self.0.path()).env_clear().envs(environment(self.0.path()));
        Some(Running::start(command))
    }
}

fn environment(home: &Path) -> [(&'static str, PathBuf); 3] {
    let path = std::env::var_os("PATH").unwrap_or_default();
    [("HOME", home.to_owned()), ("ZALOXIDE_STATE_DIR", home.join("state")), ("PATH", path.into())]
}

/// A process and what it says, which is searched for secrets. It is killed if the test ends before
/// it.
pub(crate) struct Running {
    child: Child,
    /// Its command line holds no secret. The emulator's does: it is told whom to know.
    is_program: bool,
    lines: Receiver<String>,
    said: Vec<String>,
}

impl Running {
    fn start(mut command: Process) -> Self {
        let is_program = command.get_args().next().is_none_or(|word| word != "emulator");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (tell, lines) = channel();
        let pipes: [Box<dyn Read + Send>; 2] =
            [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        for pipe in pipes {
            let tell = tell.clone();
            thread::spawn(move || {
                let lines = BufReader::new(pipe).lines().map_while(Result::ok);
                lines.for_each(|line| tell.send(line).unwrap_or_default());
            });
        }
        Self { child, is_program, lines, said: Vec::new() }
    }

    /// Waits until it has said something with this in it.
    pub(crate) fn wait_for_line(&mut self, part: &str) -> String {
        let deadline = Instant::now() + BOUND;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left);
            let line = line.unwrap_or_else(|_| panic!("no line with {part:?} in {:#?}", self.said));
            self.said.push(line.clone());
            if line.contains(part) {
                self.search();
                return line;
            }
        }
    }

    /// Its process id.
    #[cfg(unix)]
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal.
    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal)
            .unwrap();
    }

    /// Waits for its end; all that it said comes with it.
    pub(crate) fn end(mut self) -> (ExitStatus, String) {
        wait_until("the process ends", || self.child.try_wait().unwrap().is_some());
        self.said.extend(self.lines.iter());
        self.search();
        (self.child.wait().unwrap(), self.said.join("\n"))
    }

    fn search(&self) {
        canary::search_shown("what the program says", self.said.join("\n").as_bytes());
        if self.is_program {
            canary::search_process(self.child.id());
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if !thread::panicking() {
            self.said.extend(self.lines.try_iter());
            self.search();
        }
    }
}

/// Waits until it is so.
pub(crate) fn wait_until<T: Debug + PartialEq + Default>(
    what: &str,
    mut look: impl FnMut() -> T,
) -> T {
    let deadline = Instant::now() + BOUND;
    loop {
        let found = look();
        if found != T::default() {
            return found;
        }
        assert!(Instant::now() < deadline, "not so within {BOUND:?}: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}
