//! Every Rust file opens with `//!`: first what it owns.

use crate::{File, Finding};

/// The first line of a Rust file says what the file is for.
pub fn check(file: &File) -> Vec<Finding> {
    let words = file.text.lines().next().and_then(|line| line.strip_prefix("//!"));
    if !file.is_rust() || words.is_some_and(|words| !words.trim().is_empty()) {
        return Vec::new();
    }
    vec![Finding::new(&file.path, 1, "open the file with `//!` and one line on what it owns")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_does_not_say_what_it_owns_is_found() {
        assert_eq!(check(&File::new("core/src/a.rs", "use core::fmt;\n")).len(), 1);
        assert_eq!(check(&File::new("core/src/a.rs", "//!\nuse core::fmt;\n")).len(), 1);
        assert_eq!(check(&File::new("core/src/a.rs", "")).len(), 1);
        assert_eq!(check(&File::new("core/src/a.rs", "//! `Lane`: a chat's queue.\n")), []);
        assert_eq!(check(&File::new("README.md", "# zaloxide\n")), []);
    }
}
