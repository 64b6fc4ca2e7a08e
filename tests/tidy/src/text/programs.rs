//! A script can be run, and what can be run is a script.

use crate::{File, Finding};

/// Files with `#!` carry the executable bit, and no other file does.
pub fn check(file: &File) -> Vec<Finding> {
    if file.is_recorded() {
        return Vec::new();
    }
    // `#![..]` opens a Rust file, not a script.
    let script = file.text.starts_with("#!") && !file.is_rust();
    let message = match file.executable {
        Some(false) if script => {
            "a script that can't be run: git update-index --chmod=+x, chmod +x"
        }
        Some(false) if file.extension() == Some("sh") => "a script without `#!` and executable bit",
        Some(true) if !script => "executable, but no script: chmod -x, or give it a `#!` line",
        _ => return Vec::new(),
    };
    vec![Finding::new(&file.path, 1, message)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_without_the_bit_and_the_bit_without_a_script_are_found() {
        let file = |text: &str, bit| File { executable: bit, ..File::new("tests/a", text) };
        assert_eq!(check(&file("#!/usr/bin/env bash\n", Some(false))).len(), 1);
        assert_eq!(check(&file("text\n", Some(true))).len(), 1);
        assert_eq!(check(&file("#!/usr/bin/env bash\n", Some(true))), []);
        assert_eq!(check(&file("#!/usr/bin/env bash\n", None)), []);
        assert_eq!(check(&File::new("tests/a.sh", "echo a\n")).len(), 1);
    }
}
