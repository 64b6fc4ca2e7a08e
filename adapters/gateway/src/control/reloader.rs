//! `Reloader`: reads the configuration again while an engine runs.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Failed, Reload, Report};
use crate::accounts::Account;
use crate::config::Config;
use crate::engine::Handle;

/// What the configuration says now, and which of its accounts are to run; or why not, for people.
type Reads = dyn Fn() -> Result<(Config, Vec<Account>), String> + Send + Sync;

/// Has a running engine do what the configuration says now.
pub struct Reloader {
    handle: Handle,
    read: Box<Reads>,
    /// What it was started with: some of it needs a restart.
    began: Mutex<Arc<Config>>,
}

impl Reloader {
    /// For an engine that was started by `began`. `read` reads the file again, and says which
    /// accounts are to run.
    pub fn new(
        handle: Handle,
        began: impl Into<Arc<Config>>,
        read: impl Fn() -> Result<(Config, Vec<Account>), String> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { handle, read: Box::new(read), began: Mutex::new(began.into()) })
    }

    /// For commands that ask for it.
    pub fn hook(self: &Arc<Self>) -> Reload {
        let this = Arc::clone(self);
        Arc::new(move || this.reload())
    }

    /// Reads the file, and changes what it says differs. One that is broken changes nothing. Says
    /// in the log what came of it.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn reload(&self) -> Result<Report, String> {
        // Two at one time would each undo what the other does.
        let began = self.began.lock().unwrap_or_else(PoisonError::into_inner);
        let reloaded = self.apply(&began);
        match &reloaded {
            Ok(report) => log(report),
            Err(reason) => {
                tracing::error!("the configuration can't be used, nothing has changed: {reason}");
            }
        }
        reloaded
    }

    fn apply(&self, began: &Config) -> Result<Report, String> {
        let (config, accounts) = (self.read)()?;
        for warning in &config.warnings {
            tracing::warn!("{warning}");
        }
        let certificates = self.handle.reload_certificates();
        let accounts = self.handle.reload(accounts).map_err(|error| error.to_string())?;
        let mut report = Report::new(accounts, &began.needs_restart(&config));
        if let Err(error) = certificates {
            report.failed.push(Failed { what: "webhook.tls".into(), reason: error.to_string() });
        }
        Ok(report)
    }
}

fn log(report: &Report) {
    let lines = [
        ("added", &report.added),
        ("changed", &report.changed),
        ("removed", &report.removed),
        ("changed, but in force only after a restart", &report.restart),
    ];
    for (what, names) in lines.into_iter().filter(|(_, names)| !names.is_empty()) {
        tracing::info!("reloaded: {what}: {}", names.join(", "));
    }
    for Failed { what, reason } in &report.failed {
        tracing::error!("reloaded, but not {what}: {reason}");
    }
    if report.is_empty() {
        tracing::info!("reloaded: nothing has changed");
    }
}

impl fmt::Debug for Reloader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reloader").field(&self.handle).finish()
    }
}
