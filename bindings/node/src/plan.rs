//! `Plan`: what a bot is to be, before anything is started.

use std::path::{Path, PathBuf};

use napi::Result;
use napi_derive::napi;
use zaloxide::embedded::PlanError;

use crate::fault::Fault;

/// A configuration that can be started, any number of times.
#[napi]
pub struct Plan(pub(crate) zaloxide::embedded::Plan);

#[napi]
impl Plan {
    /// From the keys of `channels.zalo` as JSON text, as options said them.
    #[napi(factory)]
    pub fn from_keys(keys: String, state: Option<String>) -> Result<Self> {
        let plan = zaloxide::embedded::Plan::from_keys(&keys, state.map(PathBuf::from));
        let word = |text: &str| text.replace("channels.zalo.", "").replace("botToken", "token");
        Ok(Self(plan.map_err(|wrong| fault(&wrong, wrong.of_options(word)))?))
    }

    /// From a file; without one, from where `zaloxide run` finds its own.
    #[napi(factory)]
    pub fn from_file(file: Option<String>, state: Option<String>) -> Result<Self> {
        let (file, state) = (file.as_deref().map(Path::new), state.as_deref().map(Path::new));
        let plan = zaloxide::embedded::Plan::from_file(file, state);
        Ok(Self(plan.map_err(|wrong| fault(&wrong, wrong.to_string()))?))
    }

    /// What is odd about it but can be used.
    #[napi(getter)]
    pub fn warnings(&self) -> Vec<String> {
        self.0.warnings()
    }

    /// The names of the accounts that can run.
    #[napi(getter)]
    pub fn accounts(&self) -> Vec<String> {
        self.0.accounts()
    }

    /// The paths that webhooks come to.
    #[napi(getter)]
    pub fn paths(&self) -> Vec<String> {
        self.0.paths()
    }

    /// Where state lies.
    #[napi(getter)]
    pub fn state_dir(&self) -> String {
        self.0.dir.display().to_string()
    }
}

fn fault(wrong: &PlanError, said: String) -> Fault {
    Fault::new(
        "ConfigError",
        match wrong {
            PlanError::NoBot => said.replace("as an option", "as `token`"),
            PlanError::Config(_) => said,
        },
    )
}
