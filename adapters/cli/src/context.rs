//! `Context`: what every command knows: the flags of the whole line, and where to write.

use std::io::{self, Write};
use std::path::PathBuf;

use zaloxide::config::{Config, LogConfig, environment, state_dir};

use crate::cli::Global;
use crate::exit::Failure;
use crate::output::Output;

/// What every command knows.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    /// The flags that may stand anywhere on the line.
    pub(crate) global: Global,
    /// Standard output.
    pub(crate) out: Output,
}

impl Context {
    /// The context of a command line.
    pub(crate) fn new(global: Global) -> Self {
        let out = Output::new(global.json);
        Self { global, out }
    }

    /// The state directory.
    pub(crate) fn state_dir(&self) -> PathBuf {
        state_dir(self.global.state_dir.as_deref(), &environment)
    }

    /// The database of the state directory.
    pub(crate) fn database(&self) -> PathBuf {
        self.state_dir().join("zaloxide.db")
    }

    /// The log file: the configured one, else that of the state directory.
    pub(crate) fn log_file(&self, config: &LogConfig) -> PathBuf {
        config.file.clone().unwrap_or_else(|| self.state_dir().join("zaloxide.log"))
    }

    /// Reads the configuration and shows its warnings.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub(crate) fn config(&self) -> Result<Config, Failure> {
        let config = Config::load(self.global.config.as_deref(), &environment)
            .map_err(|error| Failure::Problems(error.to_string()))?;
        let mut err = io::stderr().lock();
        for warning in &config.warnings {
            // Whoever closed standard error does not want them.
            let _ = writeln!(err, "{warning}");
        }
        Ok(config)
    }
}
