//! The way to a file below a root: taken so that nothing outside is opened, nor even looked at.

#[cfg(not(unix))]
pub(super) use elsewhere::open;
#[cfg(unix)]
pub(super) use unix::open;

#[cfg(unix)]
mod unix {
    use std::collections::VecDeque;
    use std::ffi::{OsStr, OsString};
    use std::fs::File;
    use std::os::fd::OwnedFd;
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    use std::path::{Component, Path, PathBuf};

    use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, openat, readlinkat, statat};
    use rustix::io::Errno;

    use crate::media::{Roots, SourceError};

    /// Folders that are open at one time, below the root.
    const DEPTH_MAX: usize = 64;
    /// Links that are followed.
    const LINKS_MAX: u32 = 40;

    /// To step through a folder, leave to search it is enough.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    const STEP: OFlags = OFlags::PATH;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    const STEP: OFlags = OFlags::RDONLY;

    /// Opens what a path means. The path is taken name by name: each folder is opened in the one
    /// before it, links are read and not followed, `..` goes back to a folder that is open
    /// already. So whatever is moved or put in the way meanwhile, only what lies below a root is
    /// reached. Links may lead from inside to inside; relative ones stay in their root.
    ///
    /// Linux could do this in one call (`openat2`), but that refuses absolute links altogether,
    /// also those that lead back inside, and other systems have no such call.
    pub(in crate::media) fn open(roots: &Roots, path: &Path) -> Result<File, SourceError> {
        let mut walk = Walk { roots, folders: Vec::new(), ahead: VecDeque::new() };
        walk.enter(path)?;
        let mut links = LINKS_MAX;
        while let Some(name) = walk.ahead.pop_front() {
            if let Some(file) = walk.step(&name, &mut links)? {
                return Ok(file);
            }
        }
        Err(SourceError::NoFile)
    }

    struct Walk<'a> {
        roots: &'a Roots,
        /// The root, and the folders from there to here.
        folders: Vec<OwnedFd>,
        /// The names that are still to go.
        ahead: VecDeque<OsString>,
    }

    impl Walk<'_> {
        /// Begins anew at the root that an absolute path lies under.
        fn enter(&mut self, path: &Path) -> Result<(), SourceError> {
            let (root, rest) = self.roots.find(path).ok_or(SourceError::Outside)?;
            self.lay(rest, wants_folder(path));
            self.folders = vec![open_root(root)?];
            Ok(())
        }

        /// Puts the names of a path before those that are still to go.
        fn lay(&mut self, path: &Path, wants_folder: bool) {
            if wants_folder {
                self.ahead.push_front(".".into());
            }
            for component in path.components().rev() {
                match component {
                    Component::Normal(name) => self.ahead.push_front(name.into()),
                    Component::ParentDir => self.ahead.push_front("..".into()),
                    Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
                }
            }
        }

        /// Takes one step. The file, if this was the last.
        fn step(&mut self, name: &OsStr, links: &mut u32) -> Result<Option<File>, SourceError> {
            if name == "." {
                return Ok(None);
            }
            if name == ".." {
                self.folders.pop();
            }
            let here = self.folders.last().ok_or(SourceError::Outside)?;
            if name == ".." {
                return Ok(None);
            }
            // Looked at before it is opened: opening a device can do things.
            let stat = statat(here, name, AtFlags::SYMLINK_NOFOLLOW).map_err(refused)?;
            match FileType::from_raw_mode(stat.st_mode) {
                FileType::Symlink => {
                    *links = links.checked_sub(1).ok_or(SourceError::NoFile)?;
                    let target = readlinkat(here, name, Vec::new()).map_err(refused)?;
                    self.follow(&PathBuf::from(OsString::from_vec(target.into_bytes())))?;
                    Ok(None)
                }
                FileType::Directory if self.folders.len() > DEPTH_MAX => {
                    Err(SourceError::Unusable("lies too many folders below its root"))
                }
                FileType::Directory => {
                    let flags = STEP | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                    let folder = openat(here, name, flags, Mode::empty()).map_err(refused)?;
                    self.folders.push(folder);
                    Ok(None)
                }
                FileType::RegularFile if self.ahead.is_empty() => {
                    // It may be a pipe by now, whose writer nobody waits for.
                    let flags = OFlags::RDONLY
                        | OFlags::NOFOLLOW
                        | OFlags::NONBLOCK
                        | OFlags::NOCTTY
                        | OFlags::CLOEXEC;
                    let file = openat(here, name, flags, Mode::empty()).map_err(refused)?;
                    Ok(Some(file.into()))
                }
                _ => Err(SourceError::NoFile),
            }
        }

        fn follow(&mut self, target: &Path) -> Result<(), SourceError> {
            if target.is_absolute() {
                return self.enter(target);
            }
            self.lay(target, wants_folder(target));
            Ok(())
        }
    }

    /// Opens a root by its resolved name. There was no link in it, so now there must be none.
    fn open_root(real: &Path) -> Result<OwnedFd, SourceError> {
        let flags = STEP | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let open = || {
            let mut folder = openat(CWD, "/", flags, Mode::empty())?;
            for name in real.iter().skip(1) {
                folder = openat(&folder, name, flags, Mode::empty())?;
            }
            Ok(folder)
        };
        open().map_err(|error: Errno| SourceError::Root { error: error.into() })
    }

    /// Whether only a folder can have this name. `Path` hides it.
    fn wants_folder(path: &Path) -> bool {
        let bytes = path.as_os_str().as_bytes();
        bytes.ends_with(b"/") || bytes.ends_with(b"/.")
    }

    /// Why a step below a root could not be taken. Also what was put there between looking and
    /// opening.
    fn refused(error: Errno) -> SourceError {
        match error {
            Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::MLINK | Errno::NXIO => {
                SourceError::NoFile
            }
            error => SourceError::Io { error: error.into() },
        }
    }
}

/// Where folders can't be opened one in another, the resolved path is compared. Whoever may
/// replace folders under a root while it is used can get around that.
#[cfg(not(unix))]
mod elsewhere {
    use std::fs::{self, File};
    use std::io;
    use std::path::{Component, Path};

    use crate::media::{Roots, SourceError};

    pub(in crate::media) fn open(roots: &Roots, path: &Path) -> Result<File, SourceError> {
        let (_, rest) = roots.find(path).ok_or(SourceError::Outside)?;
        if rest.components().any(|part| !matches!(part, Component::Normal(_))) {
            return Err(SourceError::Outside);
        }
        let real = fs::canonicalize(path).map_err(refused)?;
        roots.find(&real).ok_or(SourceError::Outside)?;
        if !fs::symlink_metadata(&real).map_err(refused)?.is_file() {
            return Err(SourceError::NoFile);
        }
        File::open(&real).map_err(refused)
    }

    fn refused(error: io::Error) -> SourceError {
        match error.kind() {
            io::ErrorKind::NotFound => SourceError::NoFile,
            _ => SourceError::Io { error },
        }
    }
}
