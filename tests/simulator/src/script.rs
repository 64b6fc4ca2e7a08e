//! `Script`: a world written down: how it begins, and its steps. The same script is the same world,
//! to the byte of its log, whoever wrote it.

use serde::{Deserialize, Serialize};

use crate::setup::Setup;
use crate::step::Step;

/// A world written down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Script {
    /// How it begins.
    pub setup: Setup,
    /// What happens. Then it heals.
    pub steps: Vec<Step>,
}

impl Script {
    /// Adds a step; two waits are one.
    pub fn push(&mut self, step: Step) {
        if let Step::Wait { ms: more, late: false } = step
            && let Some(Step::Wait { ms, late: false }) = self.steps.last_mut()
        {
            *ms += more;
            return;
        }
        self.steps.push(step);
    }

    /// JSON lines: the setup, then a step a line.
    ///
    /// # Panics
    ///
    /// Never: all of it has a JSON form.
    pub fn to_lines(&self) -> String {
        let line = |json: Result<String, _>| json.expect("a script has a JSON form") + "\n";
        let mut text = line(serde_json::to_string(&self.setup));
        text.extend(self.steps.iter().map(|step| line(serde_json::to_string(step))));
        text
    }

    /// Reads what [`to_lines`](Self::to_lines) has written. The error names the line.
    pub fn from_lines(text: &str) -> Result<Self, String> {
        let mut lines = (1..).zip(text.lines());
        let wrong = |n: usize, error: serde_json::Error| format!("line {n}: {error}");
        let (n, first) = lines.next().ok_or("the script is empty")?;
        let setup = serde_json::from_str(first).map_err(|error| wrong(n, error))?;
        let step = |(n, line)| serde_json::from_str(line).map_err(|error| wrong(n, error));
        let steps = lines.map(step).collect::<Result<_, _>>()?;
        Ok(Self { setup, steps })
    }
}
