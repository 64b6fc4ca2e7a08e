//! The configuration: can it be used, and what is odd about it.

use zaloxide::config::{Config, environment};

use super::command;
use super::finding::Finding;
use crate::context::Context;

const CHECK: &str = "configuration";

/// The configuration, if it can be used.
pub(super) fn check(context: &Context, findings: &mut Vec<Finding>) -> Option<Config> {
    let fix = || command(context, "config check", None);
    match Config::load(context.global.config.as_deref(), &environment) {
        Err(error) => {
            let wrong = error.problems.iter().filter(|problem| !problem.is_warning).count();
            let message = format!("it can't be used, problems: {wrong}\n{error}");
            findings.push(Finding::failed(CHECK, message).fix(fix()));
            None
        }
        Ok(config) => {
            let file = config.file.as_ref().map(|file| file.display().to_string());
            let file = file.as_deref().unwrap_or("no file: the environment alone");
            findings.push(Finding::well(CHECK, file));
            let warnings = config.warnings.iter();
            findings.extend(
                warnings.map(|warning| Finding::doubtful(CHECK, &warning.message).fix(fix())),
            );
            Some(config)
        }
    }
}
