//! Where the socket is.

use std::fmt;
use std::hash::Hasher;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use siphasher::sip::SipHasher13;

use crate::config::Env;

/// Systems cut or refuse longer ones; the shortest limit known is 104 with its zero byte.
const PATH_MAX: usize = 100;

/// There is no place for the socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathError {
    dir: PathBuf,
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the state directory {} has too long a name for a socket, and XDG_RUNTIME_DIR is not \
             set: use a shorter --state-dir",
            self.dir.display()
        )
    }
}

impl std::error::Error for PathError {}

/// The socket of a state directory: in it, or in `$XDG_RUNTIME_DIR` when the name gets too long.
///
/// # Errors
/// The name is too long, and there is no `XDG_RUNTIME_DIR`.
pub fn socket_path(state_dir: &Path, env: &Env<'_>) -> Result<PathBuf, PathError> {
    let dir = std::path::absolute(state_dir).unwrap_or_else(|_| state_dir.to_owned());
    let usual = dir.join("control.sock");
    if usual.as_os_str().len() <= PATH_MAX {
        return Ok(usual);
    }
    // The same for every process that means this directory; it need not keep a secret.
    let mut hasher = SipHasher13::new_with_keys(0, 0);
    hasher.write(dir.as_os_str().as_bytes());
    let runtime = env("XDG_RUNTIME_DIR").filter(|dir| !dir.is_empty());
    runtime
        .map(|runtime| Path::new(&runtime).join(format!("zaloxide-{:016x}.sock", hasher.finish())))
        .filter(|path| path.as_os_str().len() <= PATH_MAX)
        .ok_or(PathError { dir })
}
