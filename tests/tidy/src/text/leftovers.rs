//! What programs leave behind is not committed: logs, profiles, dumps, copies from before an edit.

use crate::{File, Finding};

const LEFT: [&str; 7] = ["bak", "cpuprofile", "heapprofile", "log", "orig", "profraw", "rej"];

/// No file has such a name.
pub fn check(file: &File) -> Vec<Finding> {
    if !file.extension().is_some_and(|extension| LEFT.contains(&extension)) {
        return Vec::new();
    }
    let message = "some program left it behind: delete it, and name its kind in .gitignore";
    vec![Finding::new(&file.path, 1, message)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_found() {
        assert_eq!(check(&File::new("bindings/node/isolate-0x1-v8.log", "tick")).len(), 1);
        assert_eq!(check(&File::new("adapters/gateway/src/log.rs", "//! A log.")), []);
    }
}
