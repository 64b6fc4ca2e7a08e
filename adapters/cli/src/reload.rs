//! `Reloader`: reads the configuration again while a gateway runs.

use std::sync::{Arc, Mutex, PoisonError};

use zaloxide::config::{Config, environment};
use zaloxide::control::{Failed, Reload, Report};
use zaloxide::engine::Handle;

use crate::accounts;
use crate::context::Context;

/// Has a running gateway do what the configuration says now.
pub(crate) struct Reloader {
    context: Context,
    handle: Handle,
    /// What it was started with: some of it needs a restart.
    began: Mutex<Config>,
}

impl Reloader {
    pub(crate) fn new(context: Context, handle: Handle, began: Config) -> Arc<Self> {
        Arc::new(Self { context, handle, began: Mutex::new(began) })
    }

    /// For commands that ask for it.
    pub(crate) fn hook(self: &Arc<Self>) -> Reload {
        let this = Arc::clone(self);
        Arc::new(move || this.reload())
    }

    /// Reads the file, and changes what it says differs. One that is broken changes nothing.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub(crate) fn reload(&self) -> Result<Report, String> {
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
        let asked = self.context.global.config.as_deref();
        let config = Config::load(asked, &environment).map_err(|error| error.to_string())?;
        for warning in &config.warnings {
            tracing::warn!("{warning}");
        }
        let accounts = accounts::ready(&config, &self.context)?;
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
