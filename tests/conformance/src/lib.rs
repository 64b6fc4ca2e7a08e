//! Conformance: what a channel has to do, as data files that any language can run.
//!
//! A case is events in and actions out, in the JSON form of the boundary. `README.md` says what a
//! case looks like; this crate is the runner for Rust.

mod case;
mod pattern;
mod run;
mod vars;

pub use case::{Case, Keep, Load, Restart, Step, all};
pub use pattern::mismatches;
pub use run::{Failure, Ran, run};
pub use vars::{Vars, build};
