//! `Roots`: the folders that agents may send files from.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The folders of `media.roots`. None: no file is sent.
///
/// A path is under a root if it begins with the root's name, as it was written or with its links
/// resolved, compared name by name and byte for byte. Nothing else of the disk is looked at to
/// find out.
#[derive(Clone, Debug, Default)]
pub struct Roots(Vec<Root>);

#[derive(Clone, Debug)]
pub(super) struct Root {
    named: PathBuf,
    real: PathBuf,
}

/// A folder that can't be a root.
#[derive(Debug)]
#[non_exhaustive]
pub enum RootError {
    /// It is not absolute: it would mean another folder wherever the gateway is started.
    Relative {
        /// The root.
        root: PathBuf,
    },
    /// It is the whole disk.
    Whole {
        /// The root.
        root: PathBuf,
    },
    /// It is no folder.
    NoFolder {
        /// The root.
        root: PathBuf,
    },
    /// The system refuses.
    Io {
        /// The root.
        root: PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl fmt::Display for RootError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Relative { root } => {
                write!(f, "media.roots: {}: must be an absolute path", root.display())
            }
            Self::Whole { root } => write!(
                f,
                "media.roots: {}: is the whole disk: name a folder that holds what may be sent, \
                 and nothing else",
                root.display()
            ),
            Self::NoFolder { root } => {
                write!(f, "media.roots: {}: is no folder", root.display())
            }
            Self::Io { root, error } => {
                write!(f, "media.roots: {}: can't be used: {error}", root.display())
            }
        }
    }
}

impl std::error::Error for RootError {}

impl Roots {
    /// Resolves the folders once. One that is a link, or lies below one, is what that leads to
    /// now; a link put in its way later is not followed. A folder that is removed and made again
    /// is still a root.
    ///
    /// # Errors
    /// A root that is relative, `/` itself, no folder, or not there.
    pub fn resolve<P: AsRef<Path>>(roots: impl IntoIterator<Item = P>) -> Result<Self, RootError> {
        let mut resolved = Vec::new();
        for root in roots {
            let named = root.as_ref().to_owned();
            if !named.is_absolute() {
                return Err(RootError::Relative { root: named });
            }
            let looked = fs::canonicalize(&named).and_then(|real| Ok((fs::metadata(&real)?, real)));
            let (meta, real) = match looked {
                Ok(looked) => looked,
                Err(error) => return Err(RootError::Io { root: named, error }),
            };
            if real.parent().is_none() {
                return Err(RootError::Whole { root: named });
            }
            if !meta.is_dir() {
                return Err(RootError::NoFolder { root: named });
            }
            resolved.push(Root { named, real });
        }
        // The wider first: where one lies in another, `..` may go as far as the wider.
        resolved.sort_by_key(|root| root.real.components().count());
        Ok(Self(resolved))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The root that a path begins with, and the rest of the path. Looks at no file.
    pub(super) fn find<'a>(&'a self, path: &'a Path) -> Option<(&'a Path, &'a Path)> {
        self.0.iter().find_map(|root| {
            let rest = path.strip_prefix(&root.named).or_else(|_| path.strip_prefix(&root.real));
            Some((root.real.as_path(), rest.ok()?))
        })
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_root_is_an_absolute_folder_and_not_the_whole_disk() {
        let dir = tempfile::tempdir().unwrap();
        let place = |name: &str| dir.path().join(name);
        fs::write(place("file"), "").unwrap();
        symlink("/", place("whole")).unwrap();
        symlink(place("gone"), place("dangling")).unwrap();
        let table = [
            (PathBuf::from("pictures"), "absolute"),
            (PathBuf::from("."), "absolute"),
            (PathBuf::new(), "absolute"),
            (PathBuf::from("~/pictures"), "absolute"),
            (PathBuf::from("/"), "whole disk"),
            (PathBuf::from("/.."), "whole disk"),
            (place("whole"), "whole disk"),
            (place("file"), "no folder"),
            (place("gone"), "can't be used"),
            (place("dangling"), "can't be used"),
        ];
        for (root, why) in table {
            let error = Roots::resolve([&root]).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
            assert!(error.contains(&root.display().to_string()), "{error}");
        }
        assert!(Roots::resolve([""; 0]).unwrap().is_empty());
    }

    #[test]
    fn a_path_belongs_to_the_widest_root_that_it_begins_with() {
        let dir = tempfile::tempdir().unwrap();
        let real = fs::canonicalize(dir.path()).unwrap();
        fs::create_dir_all(real.join("a/b")).unwrap();
        symlink("a", real.join("link")).unwrap();
        let roots = Roots::resolve([real.join("a/b"), real.join("link")]).unwrap();
        let table = [
            ("link/x", Some("x")),
            ("a/x", Some("x")),
            ("a/b/x", Some("b/x")),
            ("link//./b/../x", Some("b/../x")),
            ("a", Some("")),
            ("a-evil/x", None),
            ("A/x", None),
            ("../a/x", None),
            ("other/../a/x", None),
            ("", None),
        ];
        for (path, rest) in table {
            let expected = rest.map(|rest| (real.join("a"), PathBuf::from(rest)));
            let path = real.join(path);
            let found = roots.find(&path).map(|(root, rest)| (root.to_owned(), rest.to_owned()));
            assert_eq!(found, expected, "{path:?}");
        }
    }
}
