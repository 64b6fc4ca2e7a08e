//! Rules about what stands in a file. Each is `check(&File) -> Vec<Finding>`.

pub mod allowances;
pub mod layout;
pub mod leftovers;
pub mod length;
pub mod locks;
pub mod manifests;
pub mod markers;
pub mod names;
pub mod opening;
pub mod panics;
pub mod prints;
pub mod programs;
pub mod subject;
