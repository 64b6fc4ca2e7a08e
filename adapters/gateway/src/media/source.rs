//! `Source`: a file that somebody named to be sent, opened and found to be a picture.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

use super::kind::HEAD_BYTES;
use super::{Kind, Roots, walk};

/// A longer path is none.
const PATH_BYTES_MAX: usize = 4096;

/// Which files may be opened.
#[derive(Clone, Copy, Debug)]
pub enum Access<'a> {
    /// Those under the roots: an agent named it.
    Under(&'a Roots),
    /// Any: the operator named it, at the command line.
    Anywhere,
}

/// A regular file that begins as a picture does, of a size that is allowed. Not read yet.
pub struct Source {
    file: File,
    head: Vec<u8>,
    bytes: u64,
    kind: Kind,
}

/// Why a file is not sent. Whatever lies outside the roots, the answer is the same, and nothing
/// of what a file holds is in it.
#[derive(Debug)]
#[non_exhaustive]
pub enum SourceError {
    /// There are no roots.
    NoRoots,
    /// It does not lie under a root, or a link leads out of it.
    Outside,
    /// It is no absolute path, nor `file://` and one.
    NoPath,
    /// The path is not one that can be used: why.
    Unusable(&'static str),
    /// There is no regular file: nothing, a folder, a pipe, a socket, a device.
    NoFile,
    /// It is empty. Also the files of `/proc` say so of themselves.
    Empty,
    /// It is too large.
    TooLarge {
        /// Bytes that are allowed.
        bytes_max: u64,
    },
    /// It is no JPEG, PNG, GIF or WebP.
    NoPicture,
    /// It became longer or shorter while it was read.
    Changed,
    /// Its root is not what it was at the start.
    Root {
        /// What the system says.
        error: io::Error,
    },
    /// The system refuses.
    Io {
        /// Why.
        error: io::Error,
    },
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRoots => f.write_str(
                "files are sent from the folders of `media.roots` alone, and it names none: set it",
            ),
            Self::Outside => {
                f.write_str("the path lies under none of the folders of `media.roots`")
            }
            Self::NoPath => f.write_str("neither an https URL nor an absolute path"),
            Self::Unusable(why) => write!(f, "the path {why}"),
            Self::NoFile => f.write_str("there is no regular file of this name"),
            Self::Empty => f.write_str("the file is empty"),
            Self::TooLarge { bytes_max } => {
                write!(f, "the file is over {bytes_max} bytes (`mediaMaxMb`)")
            }
            Self::NoPicture => f.write_str("the file is no JPEG, PNG, GIF or WebP picture"),
            Self::Changed => {
                f.write_str("the file changed while it was read: send it once written")
            }
            Self::Root { error } => write!(
                f,
                "a folder of `media.roots` is not there, or not what it was at the start: {error}"
            ),
            Self::Io { error } => write!(f, "the file can't be read: {error}"),
        }
    }
}

impl std::error::Error for SourceError {}

/// Without what it holds.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("bytes", &self.bytes)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl Source {
    /// Opens the file that `source` names: an absolute path, or `file://` and one.
    ///
    /// # Errors
    /// Access does not allow it, it is not a regular file with 1 to `bytes_max` bytes, or it does
    /// not begin as a picture does.
    pub fn open(source: &str, access: Access<'_>, bytes_max: u64) -> Result<Self, SourceError> {
        let path = path(source)?;
        let file = match access {
            Access::Under(roots) if roots.is_empty() => return Err(SourceError::NoRoots),
            Access::Under(roots) => walk::open(roots, &path)?,
            Access::Anywhere => open(&path)?,
        };
        Self::check(file, bytes_max)
    }

    /// Looks at a file that is open: its name may have meant another a moment ago.
    fn check(file: File, bytes_max: u64) -> Result<Self, SourceError> {
        let failed = |error| SourceError::Io { error };
        let meta = file.metadata().map_err(failed)?;
        if !meta.is_file() {
            return Err(SourceError::NoFile);
        }
        match meta.len() {
            0 => return Err(SourceError::Empty),
            bytes if bytes > bytes_max => return Err(SourceError::TooLarge { bytes_max }),
            _ => {}
        }
        let mut head = Vec::with_capacity(HEAD_BYTES);
        (&file).take(HEAD_BYTES as u64).read_to_end(&mut head).map_err(failed)?;
        let kind = Kind::of(&head).ok_or(SourceError::NoPicture)?;
        Ok(Self { file, head, bytes: meta.len(), kind })
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its size in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Hands its content to `take`, piece by piece. It is the bytes that were looked at, and as
    /// many as there were then: a file that grows is not followed.
    ///
    /// # Errors
    /// It can't be read, or has another length by now: what was taken is worth nothing then.
    pub(super) fn read<E: From<SourceError>>(
        self,
        mut take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rest = self.head.as_slice().chain(self.file).take(self.bytes + 1);
        let mut piece = vec![0; 64 << 10];
        let mut left = self.bytes;
        loop {
            let count = match rest.read(&mut piece) {
                Ok(0) if left == 0 => return Ok(()),
                Ok(0) => return Err(SourceError::Changed.into()),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(SourceError::Io { error }.into()),
            };
            left = left.checked_sub(count as u64).ok_or(SourceError::Changed)?;
            take(&piece[..count])?;
        }
    }
}

/// The path that a source names.
fn path(source: &str) -> Result<PathBuf, SourceError> {
    if source.len() > 3 * PATH_BYTES_MAX {
        return Err(SourceError::Unusable("is too long"));
    }
    let path = match source.split_at_checked("file://".len()) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("file://") => {
            let rest = rest.strip_prefix("localhost").unwrap_or(rest);
            if rest.contains(['?', '#']) {
                return Err(SourceError::Unusable("has a `?` or `#`: write %3F or %23"));
            }
            decoded(rest)?
        }
        _ => PathBuf::from(source),
    };
    if !path.is_absolute() {
        return Err(SourceError::NoPath);
    }
    let bytes = path.as_os_str().as_encoded_bytes();
    if bytes.len() > PATH_BYTES_MAX {
        return Err(SourceError::Unusable("is too long"));
    }
    if bytes.contains(&0) {
        return Err(SourceError::Unusable("has a zero byte"));
    }
    Ok(path)
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere not every byte can be in a path")]
fn decoded(path: &str) -> Result<PathBuf, SourceError> {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    Ok(OsString::from_vec(percent_decode_str(path).collect()).into())
}

/// `/C:/a` is written for `C:/a`.
#[cfg(not(unix))]
fn decoded(path: &str) -> Result<PathBuf, SourceError> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let text = percent_decode_str(path).decode_utf8();
    text.map(|text| text.as_ref().into()).map_err(|_| SourceError::Unusable("is not UTF-8"))
}

/// Opens a file wherever it lies. Looked at first: opening a device can do things.
fn open(path: &Path) -> Result<File, SourceError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => SourceError::NoFile,
        _ => SourceError::Io { error },
    };
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err(SourceError::NoFile);
    }
    let mut options = std::fs::OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;

        use rustix::fs::OFlags;

        // It may be a pipe by now, whose writer nobody waits for.
        options.custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed());
    }
    options.open(path).map_err(failed)
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
