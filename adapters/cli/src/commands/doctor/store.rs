//! The store: the state directory is this user's alone, has room, and what lies in it is whole.

use std::path::Path;

use rustix::fs::statvfs;
use zaloxide::store::Sqlite;

use super::command;
use super::finding::Finding;
use crate::context::Context;

const CHECK: &str = "store";
const MIB: u64 = 1 << 20;
/// With less room the store may fail at any time.
const ROOM_NEEDED: u64 = 16 * MIB;
/// With less room somebody should look.
const ROOM_WANTED: u64 = 256 * MIB;

pub(super) fn check(context: &Context, findings: &mut Vec<Finding>) {
    let dir = context.state_dir();
    findings.push(whole(context, &dir));
    findings.extend(room(&dir));
}

fn whole(context: &Context, dir: &Path) -> Finding {
    let shown = dir.display();
    if !dir.exists() {
        return Finding::well(CHECK, format!("{shown} is not there yet: the first run makes it"));
    }
    if is_open_to_others(dir) {
        let message = format!("others can look into {shown}");
        return Finding::doubtful(CHECK, message).fix(format!("chmod -R go= {shown}"));
    }
    let database = context.database();
    if !database.exists() {
        return Finding::well(CHECK, format!("{shown} holds nothing yet"));
    }
    match Sqlite::open(&database) {
        Ok(_) => Finding::well(CHECK, format!("{} is whole", database.display())),
        // It says itself what to do.
        Err(error) => Finding::failed(CHECK, error.to_string()).fix(command(
            context,
            "logs --level error",
            None,
        )),
    }
}

fn is_open_to_others(dir: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    std::fs::metadata(dir).is_ok_and(|meta| meta.mode() & 0o077 != 0)
}

fn room(dir: &Path) -> Option<Finding> {
    // Where it will be made there must be room too.
    let there = dir.ancestors().find(|dir| dir.exists())?;
    let disk = statvfs(there).ok()?;
    let bytes = disk.f_bavail.saturating_mul(disk.f_frsize);
    let message = format!("{} MB are free at {}", bytes / MIB, there.display());
    let fix = format!("df -h {}", there.display());
    Some(match bytes {
        ..ROOM_NEEDED => Finding::failed("room", message).fix(fix),
        ROOM_NEEDED..ROOM_WANTED => Finding::doubtful("room", message).fix(fix),
        ROOM_WANTED.. => Finding::well("room", message),
    })
}
