//! The graph of crates, as cargo resolves it, and the rules about it.

pub mod arrows;
pub mod bans;
mod cargo_tree;
pub mod core_tree;
pub mod duplicates;
pub mod features;
mod graph;
pub mod licences;
mod list;
pub mod members;
pub mod rust_version;
pub mod sources;

pub use graph::{Crate, Crates, Kind, Link, Origin};
