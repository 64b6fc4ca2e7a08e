//! Secrets: the core holds no token. What it holds of one, a fingerprint, is nowhere to be seen but in
//! the configuration that was handed in.

use super::{Check, broken};
use crate::settings::CANARY;

/// Looks through a log.
pub fn hidden(log: &str) -> Check {
    let given = |line: &&str| line.contains("\"config\":{");
    let seen = log.lines().filter(|line| !given(line)).find(|line| line.contains(CANARY));
    match seen {
        None => Ok(()),
        Some(line) => broken("secrets", format!("a token's fingerprint is in: {line}")),
    }
}
