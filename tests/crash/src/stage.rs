//! A stage: a directory with a configuration, a local Zalo, and the program under test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use zaloxide_emulator::{DEFAULT_TOKEN, Emulator, Options};

use crate::Result;
use crate::agent::CHUNK_UNITS;
use crate::gateway::{BOUND, Gateway, wait_until};
use crate::journal::Journal;

/// How long it is listened for a poll before it is looked whether the process lives.
const LISTEN: Duration = Duration::from_millis(20);

/// Where a play takes place.
pub(crate) struct Stage {
    dir: TempDir,
    state: PathBuf,
    program: PathBuf,
    pub(crate) zalo: Emulator,
    pub(crate) at_most_once: bool,
}

impl Stage {
    /// A stage whose state lies in its own directory.
    pub(crate) fn new(at_most_once: bool) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let state = dir.path().join("state");
        Self::with_state(dir, state, at_most_once)
    }

    pub(crate) fn with_state(dir: TempDir, state: PathBuf, at_most_once: bool) -> Result<Self> {
        // The one beside this, whatever the profile of this is.
        let program = std::env::current_exe()?.with_file_name("..").join("release/zaloxide");
        let program = program
            .canonicalize()
            .map_err(|_| format!("no {}: run `cargo build --release` first", program.display()))?;
        let options = Options { queue: true, quota_monthly: u64::MAX, ..Options::default() };
        let zalo = Emulator::start(options)?;
        let delivery = if at_most_once { "at-most-once" } else { "at-least-once" };
        let agent = [
            std::env::current_exe()?.display().to_string(),
            "agent".into(),
            dir.path().join("agent.log").display().to_string(),
        ];
        let config = json!({
            "agent": {"type": "exec", "command": agent},
            "channels": {"zalo": {
                "botToken": DEFAULT_TOKEN,
                "apiUrl": zalo.url(),
                "typing": false,
                "delivery": delivery,
                "textChunkLimit": CHUNK_UNITS,
                "rate": {"chatPerSec": 0, "accountPerSec": 0},
            }},
        });
        fs::write(dir.path().join("zaloxide.json5"), config.to_string())?;
        Ok(Self { dir, state, program, zalo, at_most_once })
    }

    pub(crate) fn state(&self) -> &Path {
        &self.state
    }

    pub(crate) fn journal(&self) -> Journal {
        Journal::of(&self.state)
    }

    /// What the agent has written down.
    pub(crate) fn agent(&self) -> PathBuf {
        self.dir.path().join("agent.log")
    }

    /// Starts the gateway, under a watch over its system calls if one is given.
    pub(crate) fn start(&self, name: &str, watch: &[String]) -> Result<Gateway> {
        let said = self.dir.path().join(format!("{name}.said"));
        Gateway::start(&self.program, self.dir.path(), &self.state, said, watch)
    }

    /// Waits until the gateway polls. `false`: it has ended instead.
    pub(crate) fn is_ready(&self, gateway: &mut Gateway) -> Result<bool> {
        let mut ended = Ok(false);
        let ready = wait_until(BOUND, || {
            ended = gateway.has_ended();
            !matches!(ended, Ok(false)) || self.zalo.wait_for_poll(None, LISTEN).unwrap_or(false)
        });
        if !ready {
            return Err(format!("it neither polls nor ends: {}", gateway.said()).into());
        }
        Ok(!ended?)
    }

    /// Starts a gateway that must run.
    pub(crate) fn start_well(&self) -> Result<Gateway> {
        let mut gateway = self.start("well", &[])?;
        if self.is_ready(&mut gateway)? {
            return Ok(gateway);
        }
        Err(format!("it does not run: {}", gateway.said()).into())
    }

    /// Starts a command.
    pub(crate) fn command(&self, arguments: &[&str]) -> Result<Child> {
        let mut command = Command::new(&self.program);
        command.args(arguments).current_dir(self.dir.path()).env_remove("ZALOXIDE_CONFIG");
        command.env("ZALOXIDE_STATE_DIR", &self.state);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(command.spawn()?)
    }

    /// Asks for a listing.
    pub(crate) fn ask(&self, arguments: &[&str]) -> Result<Value> {
        let output: Output =
            self.command(&[arguments, &["--json"]].concat())?.wait_with_output()?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            return Err(format!("{arguments:?}: {said}").into());
        }
        Ok(serde_json::from_slice::<Value>(&output.stdout)?["accounts"][0].take())
    }

    /// Keeps the directory for a look.
    pub(crate) fn keep(self) -> String {
        self.dir.keep().display().to_string()
    }
}

/// Waits for a command; `None`: it takes too long, and is ended.
pub(crate) fn finished(mut command: Child) -> Result<Option<bool>> {
    let mut status = Ok(None);
    let ended = wait_until(BOUND, || {
        status = command.try_wait();
        !matches!(status, Ok(None))
    });
    if !ended {
        command.kill()?;
        command.wait()?;
    }
    Ok(status?.map(|status| status.success()))
}
