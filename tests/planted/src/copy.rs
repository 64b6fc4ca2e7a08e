//! `Copy`: the crates that the suite needs, in a workspace of their own. A file that has not changed
//! is not written again, so that each bug costs only what stands on it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What is copied; the rest of the tree stands on these.
const CRATES: [&str; 3] = ["core", "tests/conformance", "tests/simulator"];
/// What those look at besides.
const BESIDES: [&str; 1] = ["tests/fixtures"];

/// The copy of a tree.
pub struct Copy {
    /// Where it is.
    pub root: PathBuf,
    from: PathBuf,
}

impl Copy {
    /// Copies what is needed of `from` to `to`.
    ///
    /// # Errors
    /// A file can't be read or written.
    pub fn new(from: &Path, to: &Path) -> io::Result<Self> {
        for part in CRATES.iter().chain(&BESIDES) {
            mirror(&from.join(part), &to.join(part))?;
        }
        let manifest = fs::read_to_string(from.join("Cargo.toml"))?;
        write(&to.join("Cargo.toml"), reduced(&manifest)?.as_bytes())?;
        // Another lock file would choose other versions; what is not needed of it goes by itself.
        if !to.join("Cargo.lock").exists() {
            fs::copy(from.join("Cargo.lock"), to.join("Cargo.lock"))?;
        }
        Ok(Self { root: to.to_owned(), from: from.to_owned() })
    }

    /// What a file of the tree says that was copied.
    ///
    /// # Errors
    /// It can't be read.
    pub fn original(&self, file: &str) -> io::Result<String> {
        fs::read_to_string(self.from.join(file))
    }

    /// Writes one file anew.
    ///
    /// # Errors
    /// It can't be written.
    pub fn plant(&self, file: &str, text: &str) -> io::Result<()> {
        write(&self.root.join(file), text.as_bytes())
    }

    /// Takes the bug out again.
    ///
    /// # Errors
    /// The file can't be read or written.
    pub fn mend(&self, file: &str) -> io::Result<()> {
        write(&self.root.join(file), &fs::read(self.from.join(file))?)
    }
}

/// The workspace with these crates alone.
fn reduced(manifest: &str) -> io::Result<String> {
    let shared = "\n[workspace.package]\n";
    let (_, rest) = manifest
        .split_once(shared)
        .ok_or_else(|| io::Error::other("Cargo.toml has no [workspace.package]"))?;
    Ok(format!("[workspace]\nresolver = \"3\"\nmembers = {CRATES:?}\n{shared}{rest}"))
}

fn mirror(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            mirror(&from, &to)?;
        } else {
            write(&to, &fs::read(from)?)?;
        }
    }
    // What is gone there is gone here.
    for entry in fs::read_dir(to)? {
        let entry = entry?;
        if !from.join(entry.file_name()).exists() && entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    fs::write(path, bytes)
}
