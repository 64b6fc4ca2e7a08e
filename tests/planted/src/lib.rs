//! Planted bugs: does the suite find what it is there to find? Each bug of `bugs.toml` is planted
//! alone in a copy of the tree; the suite runs there, cheapest part first, and has to fail.

pub mod bug;
pub mod copy;
pub mod suite;
