//! Disks that are full, read only, or forbidden, under the real program. What takes root is skipped
//! without it, and says so.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::errands::{configure, end};
use crate::gateway::{AN, Zalo, asked, told};
use crate::place::{Place, Running, wait_until};

/// A small file system in memory, gone with this value.
struct Small(PathBuf);

impl Small {
    /// `None`, loudly, where it can't be made.
    fn mount(at: PathBuf, options: &str) -> Option<Self> {
        fs::create_dir(&at).unwrap();
        let options = format!("mode=0700,{options}");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&at);
        if mount.output().is_ok_and(|output| output.status.success()) {
            return Some(Self(at));
        }
        eprintln!("SKIPPED: mounting a file system takes root");
        None
    }

    fn remount(&self, options: &str) {
        let mut mount = Command::new("mount");
        let status = mount.args(["-o", &format!("remount,{options}")]).arg(&self.0).status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn open_to_all(place: &Place, zalo: &Zalo) {
    let rate = json!({"chatPerSec": 0, "accountPerSec": 0});
    configure(place, zalo, &json!({"dmPolicy": "open", "allowFrom": ["*"], "rate": rate}));
}

fn run(place: &Place) -> Running {
    let mut gateway = place.start(&["run", "--agent", "echo"], &[]);
    gateway.wait_for_line("connected as bot");
    gateway
}

/// Writes until the gateway says that it can keep no more; how many messages there are then, and
/// what it says.
fn write_until_closed(place: &Place, zalo: &Zalo, gateway: &mut Running) -> (usize, String) {
    let is_closed = || {
        let status = asked(place, &["channels", "status"]);
        status["accounts"][0]["intake_closed"] == Value::Bool(true)
    };
    // Long, so that it takes few of them.
    let text = "x".repeat(20_000);
    let mut written = 0;
    wait_until("intake closes", || {
        written += 1;
        zalo.writes(AN, &json!({"text": format!("{written} {text}")}));
        is_closed()
    });
    (written, gateway.wait_for_line("nothing new is taken until the store works"))
}

/// The messages that were answered, by their numbers.
fn answered(zalo: &Zalo) -> Vec<usize> {
    let texts = zalo.texts(AN);
    let number = |text: &String| text.split(' ').next()?.parse().ok();
    let mut numbers: Vec<usize> = texts.iter().filter_map(number).collect();
    numbers.dedup();
    numbers
}

fn heals(place: &Place, zalo: &Zalo, written: usize) {
    wait_until("it works again", || {
        let status = asked(place, &["channels", "status"]);
        status["accounts"][0]["intake_closed"] == Value::Bool(false)
    });
    zalo.writes(AN, &json!({"text": format!("{} last", written + 1)}));
    wait_until("every message is answered", || answered(zalo).last() == Some(&(written + 1)));
    assert!(answered(zalo).into_iter().eq(1..=written + 1), "nothing is lost, and the order kept");
}

#[test]
fn a_full_disk_closes_intake_and_heals_when_there_is_room() {
    let place = Place::new();
    let Some(disk) = Small::mount(place.path("state"), "size=900k") else { return };
    let zalo = Zalo::start(&place);
    open_to_all(&place, &zalo);
    let mut gateway = run(&place);
    let (written, said) = write_until_closed(&place, &zalo, &mut gateway);
    assert!(said.contains("zaloxide.db can't grow: the disk is full; make room on it"), "{said}");
    disk.remount("size=64m");
    heals(&place, &zalo, written);
    end(gateway);
}

#[test]
#[cfg(target_os = "linux")]
fn a_limit_of_file_size_closes_intake_and_heals_when_it_is_raised() {
    let place = Place::new();
    let zalo = Zalo::start(&place);
    open_to_all(&place, &zalo);
    let mut gateway = run(&place);
    let limit = |limit: &str, of: u32| {
        let mut prlimit = Command::new("prlimit");
        prlimit.args([&format!("--fsize={limit}"), &format!("--pid={of}")]);
        prlimit.status().is_ok_and(|status| status.success())
    };
    if !limit("600000:unlimited", gateway.id()) {
        eprintln!("SKIPPED: prlimit is missing (apt-get install util-linux)");
        return;
    }
    let (written, said) = write_until_closed(&place, &zalo, &mut gateway);
    assert!(said.contains("zaloxide.db can't grow"), "{said}");
    assert!(said.contains("may be over 600000 bytes; raise the limit (ulimit -f)"), "{said}");
    assert!(limit("unlimited:unlimited", gateway.id()));
    heals(&place, &zalo, written);
    end(gateway);
}

#[test]
fn a_disk_that_becomes_read_only_ends_it_with_a_word_and_is_refused_until_it_is_well() {
    let place = Place::new();
    let Some(disk) = Small::mount(place.path("state"), "size=16m") else { return };
    let zalo = Zalo::start(&place);
    open_to_all(&place, &zalo);
    let gateway = run(&place);
    zalo.writes(AN, &json!({"text": "1 before"}));
    zalo.wait_for_texts(AN, 1);
    end(gateway);
    disk.remount("ro");
    let (status, said) = place.start(&["run", "--agent", "echo"], &[]).end();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains(&place.path("state").display().to_string()), "{said}");
    assert!(said.contains("Read-only file system"), "{said}");
    disk.remount("rw");
    let gateway = run(&place);
    zalo.writes(AN, &json!({"text": "2 after"}));
    assert_eq!(zalo.wait_for_texts(AN, 2)[1], "2 after");
    end(gateway);
}

#[test]
fn no_inode_left_is_named() {
    let place = Place::new();
    let Some(disk) = Small::mount(place.path("state"), "size=16m,nr_inodes=2") else { return };
    let zalo = Zalo::start(&place);
    open_to_all(&place, &zalo);
    let (status, said) = place.start(&["run", "--agent", "echo"], &[]).end();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("can't be") && said.contains("No space left"), "{said}");
    disk.remount("nr_inodes=1000");
    end(run(&place));
}

#[test]
fn another_users_directory_is_refused_whoever_asks() {
    let place = Place::new();
    let zalo = Zalo::start(&place);
    open_to_all(&place, &zalo);
    end(run(&place));
    let refused = |uid: u32, part: &str| {
        let mut command = Command::new("setpriv");
        command.args([&format!("--reuid={uid}"), "--clear-groups"]);
        command.arg(assert_cmd::cargo::cargo_bin!("zaloxide")).args(["run", "--agent", "echo"]);
        command.arg("--config").arg(place.path("zaloxide.json5"));
        let output = command.env("ZALOXIDE_STATE_DIR", place.path("state")).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(part), "{said}");
        assert!(said.contains(&place.path("state").display().to_string()), "{said}");
    };
    let own = |path: &Path, uid| std::os::unix::fs::chown(path, Some(uid), None);
    if own(&place.path("state"), 65_534).is_err() {
        eprintln!("SKIPPED: another user takes root");
        return;
    }
    refused(0, "belongs to another user");
    own(&place.path("state"), 0).unwrap();
    for open in ["", "zaloxide.json5"] {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(place.path(open), mode).unwrap();
    }
    refused(65_534, "belongs to another user");
}

/// The disk fails when the log is written out: from then on nobody knows what it holds.
#[test]
#[cfg(target_os = "linux")]
fn a_disk_that_fails_ends_it_with_the_file_and_what_to_do() {
    for call in ["fsync,fdatasync", "pwrite64"] {
        let place = Place::new();
        let zalo = Zalo::start(&place);
        open_to_all(&place, &zalo);
        let log = place.path("state/zaloxide.db-wal").display().to_string();
        let (trace, inject) = (format!("trace={call}"), format!("inject={call}:error=EIO:when=8+"));
        let watch = ["strace", "-f", "-D", "-qq", "-o", "/dev/null", "-P", &log, "-e", &trace];
        let watch = [&watch[..], &["-e", &inject]].concat();
        let Some(mut gateway) = place.start_under(&watch, &["run", "--agent", "echo"]) else {
            eprintln!("SKIPPED: strace is missing (apt-get install strace)");
            return;
        };
        gateway.wait_for_line("running: default");
        for n in 0..8 {
            zalo.writes(AN, &json!({"text": format!("{n}")}));
        }
        let (status, said) = gateway.end();
        assert_eq!(status.code(), Some(1), "{call}: {said}");
        let error = said.lines().find(|line| line.starts_with("error: ")).unwrap_or_default();
        assert!(error.contains("the disk fails at ") && error.contains("zaloxide.db"), "{said}");
        assert!(error.contains("then start again"), "{said}");
        let log = told(&place, &["logs", "--level", "error", "--lines", "1"]);
        assert!(log.contains("the disk fails at "), "{log}");
        // Started again on a disk that is well it goes on.
        let gateway = run(&place);
        zalo.writes(AN, &json!({"text": "well"}));
        wait_until("an answer", || zalo.texts(AN).last().is_some_and(|text| text == "well"));
        end(gateway);
    }
}
