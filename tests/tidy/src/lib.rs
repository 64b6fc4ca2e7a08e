//! The house rules of this repository, as tests.
//!
//! A rule is a pure function: from a [`File`] to [`Finding`]s under [`text`], from the graph of
//! [`Crates`] under [`crates`]. Each one has a planted violation beside it, so that a rule that
//! stops biting is noticed. `tests/repository.rs` holds them against the tree; run it with
//! `tests/run tidy`.

pub mod crates;
mod file;
mod finding;
pub mod text;
mod token;
mod tree;

pub use crates::Crates;
pub use file::File;
pub use finding::Finding;
pub use tree::{root, walk};
