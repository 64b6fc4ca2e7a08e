//! What cargo says that a package stands on: names of crates, without its own.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// The crates of `package`, along the edges and for the target that `arguments` name.
///
/// # Panics
///
/// When cargo can't say, with cargo's own words.
pub(super) fn names(root: &Path, package: &str, arguments: &[&str]) -> BTreeSet<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["tree", "--locked", "--package", package, "--prefix", "none", "--format", "{p}"])
        .args(arguments)
        .current_dir(root)
        .output()
        .unwrap_or_else(|error| panic!("cargo tree can't be run: {error}"));
    assert!(output.status.success(), "cargo tree: {}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8_lossy(&output.stdout);
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    names.filter(|name| !name.is_empty() && *name != package).map(Into::into).collect()
}
