//! The top level of the repository is fixed; a newcomer sees the whole house at once.

use crate::{File, Finding};

const FILES: [&str; 5] = ["Cargo.toml", "Cargo.lock", "README.md", "LICENSE-MIT", "LICENSE-APACHE"];
const FOLDERS: [&str; 5] = ["core", "adapters", "bindings", "fuzz", "tests"];

/// Dot files may stand at the top; anything else has its place in a folder.
pub fn check(file: &File) -> Vec<Finding> {
    let known = match file.path.split_once('/') {
        Some((folder, _)) => FOLDERS.contains(&folder) || folder.starts_with('.'),
        None => FILES.contains(&file.name()) || file.name().starts_with('.'),
    };
    if known {
        return Vec::new();
    }
    let message =
        format!("not one of the top level's {} or {}: move it", FILES.join(" "), FOLDERS.join(" "));
    vec![Finding::new(&file.path, 1, message)]
}

/// What has to be there, whatever else is.
pub fn check_present(files: &[File]) -> Vec<Finding> {
    let missing = FILES.iter().filter(|name| !files.iter().any(|file| file.path == **name));
    missing.map(|name| Finding::new(*name, 1, "is missing: the top level needs it")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_at_the_top_are_found() {
        for path in ["notes.md", "docs/design.md", "rustfmt.toml", "src/lib.rs"] {
            assert_eq!(check(&File::new(path, "")).len(), 1, "{path}");
        }
        for path in ["README.md", ".ci/run", ".gitignore", "core/docs/design.md"] {
            assert_eq!(check(&File::new(path, "")), [], "{path}");
        }
    }

    #[test]
    fn a_missing_licence_is_found() {
        let files: Vec<File> = FILES[..4].iter().map(|path| File::new(path, "")).collect();
        assert_eq!(check_present(&files)[0].path, "LICENSE-APACHE");
    }
}
