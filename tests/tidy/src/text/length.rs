//! A Rust file fits in a head: about 400 lines, at most 450. No file is over 1 MiB.

use crate::{File, Finding};

const LINES_MAX: usize = 450;
const BYTES_MAX: u64 = 1 << 20;

/// Long Rust files are cut into a file and a folder of its name. What a program wrote
/// (`snapshots/`, `generated/`) may be as long as it is.
pub fn check(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    let written = file.path.split('/').any(|part| matches!(part, "snapshots" | "generated"));
    let lines = file.text.lines().count();
    if file.is_rust() && !written && lines > LINES_MAX {
        let message = format!("{lines} lines, {LINES_MAX} at most: split it by its nouns");
        findings.push(Finding::new(&file.path, LINES_MAX + 1, message));
    }
    if file.size > BYTES_MAX {
        let message = format!("{} bytes, 1 MiB at most: have it made when it is needed", file.size);
        findings.push(Finding::new(&file.path, 1, message));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_large_files_are_found() {
        let (fits, long) = ("//! A\n".repeat(450), "//! A\n".repeat(451));
        assert_eq!(check(&File::new("core/src/a.rs", &fits)), []);
        assert_eq!(check(&File::new("core/src/a.rs", &long))[0].line, 451);
        assert_eq!(check(&File::new("core/docs/a.md", &long)), []);
        assert_eq!(check(&File::new("core/tests/snapshots/a.rs", &long)), []);
        let large = File { size: BYTES_MAX + 1, ..File::new("fuzz/corpus/a", "") };
        assert_eq!(check(&large).len(), 1);
    }
}
