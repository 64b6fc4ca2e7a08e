//! The log file: it can be written.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;

use rustix::fs::{Access, access};
use zaloxide::config::LogConfig;

use super::finding::Finding;
use crate::context::Context;

const CHECK: &str = "log";

pub(super) fn check(context: &Context, config: &LogConfig, findings: &mut Vec<Finding>) {
    let path = context.log_file(config);
    let shown = path.display();
    findings.push(match is_writable(&path) {
        Ok(()) => Finding::well(CHECK, format!("{shown}, level {}", config.level)),
        Err(error) => Finding::failed(CHECK, format!("{shown} can't be written: {error}")).fix(
            format!("ls -ld {shown}, then mend its owner and mode, or name another as log.file"),
        ),
    });
}

/// It is not made: nothing is changed here.
fn is_writable(path: &Path) -> io::Result<()> {
    if path.exists() {
        return OpenOptions::new().append(true).open(path).map(drop);
    }
    let absolute = std::path::absolute(path)?;
    let above = absolute.ancestors().skip(1).find(|dir| dir.exists());
    let above = above.unwrap_or(Path::new("/"));
    if !above.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    Ok(access(above, Access::WRITE_OK)?)
}
