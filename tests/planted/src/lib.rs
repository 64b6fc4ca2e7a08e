//! Planted bugs: does the suite find what it is there to find? Each bug of `bugs.toml` is planted
//! alone in a copy of the tree; the suite runs there, cheapest part first, and has to fail. The mutants
//! that cargo-mutants thinks of are many, and planted all at once.

pub mod bug;
pub mod copy;
pub mod mutant;
pub mod schemata;
pub mod suite;
pub mod trials;
