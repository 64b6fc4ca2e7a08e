//! The files of the repository.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::File;

/// The repository's root.
pub fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().nth(2).unwrap_or(manifest).to_path_buf()
}

/// Every file that is committed, or would be: what `.gitignore` names is left out.
///
/// # Panics
///
/// When git can't list the files: without them no rule means anything.
pub fn walk() -> Vec<File> {
    let root = root();
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(&root)
        .output()
        .unwrap_or_else(|error| panic!("git can't be run, and the rules need it: {error}"));
    let complaint = String::from_utf8_lossy(&listed.stderr);
    assert!(listed.status.success(), "git ls-files failed in {}: {complaint}", root.display());
    let names = String::from_utf8_lossy(&listed.stdout);
    let mut names: Vec<&str> = names.split('\0').filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().filter_map(|name| read(&root, name)).collect()
}

/// `None` for what is listed but gone, and for what is no plain file.
fn read(root: &Path, name: &str) -> Option<File> {
    let path = root.join(name);
    let metadata = fs::symlink_metadata(&path).ok()?;
    if !metadata.is_file() {
        return None;
    }
    let text = String::from_utf8(fs::read(&path).ok()?).unwrap_or_default();
    let executable = executable(&metadata);
    Some(File { path: name.replace('\\', "/"), text, size: metadata.len(), executable })
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps, reason = "other systems have no such bit")]
fn executable(metadata: &fs::Metadata) -> Option<bool> {
    use std::os::unix::fs::PermissionsExt;
    Some(metadata.permissions().mode() & 0o100 != 0)
}

#[cfg(not(unix))]
fn executable(_: &fs::Metadata) -> Option<bool> {
    None
}
