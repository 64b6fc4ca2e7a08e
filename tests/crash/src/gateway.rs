//! A gateway: the program under test as a process.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::Result;

/// How long anything may take. It decides only when something is wrong.
pub(crate) const BOUND: Duration = Duration::from_secs(60);
/// How often it is looked whether something has happened.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// Waits until it is so; says whether it came to that.
pub(crate) fn wait_until(within: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let until = Instant::now() + within;
    loop {
        if is_so() {
            return true;
        }
        if Instant::now() >= until {
            return false;
        }
        thread::sleep(LOOK_AGAIN);
    }
}

/// A process, killed when this value goes.
#[derive(Debug)]
pub(crate) struct Gateway {
    child: Child,
    said: PathBuf,
}

impl Gateway {
    /// Starts it. Before it stands what watches over its system calls, if anything does; that has
    /// to leave the process its own child.
    pub(crate) fn start(
        program: &Path,
        dir: &Path,
        state: &Path,
        said: PathBuf,
        watch: &[String],
    ) -> Result<Self> {
        let mut line = watch
            .iter()
            .map(String::as_str)
            .chain([program.to_str().ok_or("the program's path is no text")?, "run"]);
        let out = File::create(&said)?;
        let child = Command::new(line.next().unwrap_or_default())
            .args(line)
            .current_dir(dir)
            .env("ZALOXIDE_STATE_DIR", state)
            .env_remove("ZALOXIDE_CONFIG")
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .spawn()?;
        Ok(Self { child, said })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        let sent = kill_process(Pid::from_child(&self.child), signal);
        Ok(sent.map_err(|error| format!("{signal:?}: {error}: {}", self.said()))?)
    }

    pub(crate) fn has_ended(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    /// Kills it, if nobody has.
    pub(crate) fn kill(&mut self) -> Result<ExitStatus> {
        // It may have ended by itself.
        let _ = self.child.kill();
        Ok(self.child.wait()?)
    }

    /// Waits for its end, which somebody else brings about.
    pub(crate) fn end(&mut self) -> Result<ExitStatus> {
        let mut ended = Ok(false);
        wait_until(BOUND, || {
            ended = self.has_ended();
            !matches!(ended, Ok(false))
        });
        if ended? { Ok(self.child.wait()?) } else { Err("it does not end".into()) }
    }

    /// All that it has said.
    pub(crate) fn said(&self) -> String {
        let bytes = std::fs::read(&self.said).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}
