//! `Plan`: what a bot is to be, before anything is started.

use std::path::{Path, PathBuf};

use napi::Result;
use napi_derive::napi;
use zaloxide::bot::{self, BotError};

use crate::fault::Fault;

/// A configuration that can be started, any number of times.
#[napi]
pub struct Plan(pub(crate) bot::Plan);

#[napi]
impl Plan {
    /// From the keys of `channels.zalo` as JSON text, as options said them.
    #[napi(factory)]
    pub fn from_keys(keys: String, state: Option<String>) -> Result<Self> {
        let plan = bot::Plan::from_keys(&keys, state.map(PathBuf::from), str::to_owned);
        Ok(Self(plan.map_err(|wrong| fault(&wrong))?))
    }

    /// From a file; without one, from where `zaloxide run` finds its own.
    #[napi(factory)]
    pub fn from_file(file: Option<String>, state: Option<String>) -> Result<Self> {
        let (file, state) = (file.as_deref().map(Path::new), state.as_deref().map(Path::new));
        let plan = bot::Plan::from_file(file, state);
        Ok(Self(plan.map_err(|wrong| fault(&wrong))?))
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

fn fault(wrong: &BotError) -> Fault {
    Fault::new("ConfigError", wrong)
}
