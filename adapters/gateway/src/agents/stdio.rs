//! `Stdio`: a program that runs as long as the engine does. One envelope a line on its standard
//! input; on its standard output a line `{turn, attempt, reply}` or `{turn, attempt, error}` for
//! each, in any order. Its standard error goes to the log.
//!
//! A program that ends is started again, after a pause that grows. Turns it had fail then, and the
//! core has them tried again; turns that it had not read yet wait for the next run.

mod desk;
mod life;
mod lines;
mod notes;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use zaloxide_core::TurnId;

use super::program::Program;
use super::{Agent, AgentError, Turn};
use life::Life;

/// A long-lived program that answers turns.
#[derive(Debug)]
pub struct Stdio(Arc<Life>);

impl Stdio {
    /// Starts it. It is looked for as [`Exec`](super::Exec) does.
    ///
    /// # Errors
    /// There is no such program, or it may not be run.
    pub fn new(
        command: &[String],
        cwd: Option<&Path>,
        env: &BTreeMap<String, String>,
    ) -> Result<Self, AgentError> {
        let life = Arc::new(Life::new(Program::find(command, cwd, env)?));
        let lived = Arc::clone(&life);
        let builder = thread::Builder::new().name("zaloxide-agent".into());
        builder
            .spawn(move || lived.live())
            .map_err(|error| AgentError(format!("no thread for the agent: {error}")))?;
        Ok(Self(life))
    }
}

impl Agent for Stdio {
    fn deliver(&self, turn: Turn) {
        let id = (turn.envelope.turn, turn.envelope.attempt);
        match serde_json::to_vec(&turn.envelope) {
            Ok(mut line) => {
                line.push(b'\n');
                self.0.desk.take(id, line, turn.responder);
            }
            Err(error) => turn.responder.fail(error.to_string()),
        }
    }

    fn abandon(&self, turn: TurnId, attempt: u32) {
        self.0.desk.abandon((turn, attempt));
    }

    fn close(&self, within: Duration) {
        self.0.close(within);
    }
}

impl Drop for Stdio {
    fn drop(&mut self) {
        self.0.close(Duration::ZERO);
    }
}

#[cfg(test)]
mod tests;
