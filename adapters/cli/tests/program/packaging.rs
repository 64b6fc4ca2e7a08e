//! What ships beside the program: the unit, the image, and that a read-only root is enough.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

use rustix::process::Signal;
use serde_json::json;

use crate::errands::configure;
use crate::gateway::{AN, Zalo};
use crate::place::{Place, Running};

const UNIT: &str = include_str!("../../packaging/zaloxide.service");
const IMAGE: &str = include_str!("../../packaging/Dockerfile");
const IGNORED: &str = include_str!("../../packaging/Dockerfile.dockerignore");

/// The values of a key of the unit, in order.
fn unit(key: &str) -> Vec<&'static str> {
    let values = UNIT.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    values.collect()
}

/// Whether this machine has the program; says so when it has not.
fn has(program: &str) -> bool {
    let has = Command::new(program).arg("--version").output().is_ok();
    if !has {
        eprintln!("SKIPPED: {program} is not here");
    }
    has
}

#[test]
fn the_unit_says_what_the_program_does() {
    let one = |key: &str| {
        let values = unit(key);
        assert_eq!(values.len(), 1, "{key}: {values:?}");
        values[0]
    };
    assert_eq!(one("Type"), "notify");
    assert!(one("WatchdogSec").parse::<u32>().unwrap() >= 10);
    assert_eq!(one("RestartPreventExitStatus"), "2 3");
    assert_eq!((one("User"), one("NoNewPrivileges")), ("zaloxide", "yes"));
    let state = format!("/var/lib/{}", one("StateDirectory"));
    assert!(unit("Environment").contains(&format!("ZALOXIDE_STATE_DIR={state}").as_str()));
    // The program's own end is bounded by less.
    assert!(one("TimeoutStopSec").parse::<u32>().unwrap() > 10);
    let place = Place::new();
    for command in [one("ExecStart"), one("ExecReload")] {
        let words: Vec<&str> = command.split(' ').collect();
        assert_eq!(words[0], "/usr/local/bin/zaloxide");
        place.zaloxide(&[&words[1..], &["--help"]].concat()).assert().code(0);
    }
}

#[test]
fn systemd_finds_nothing_wrong_with_the_unit() {
    if !has("systemd-analyze") {
        return;
    }
    let place = Place::new();
    let program = assert_cmd::cargo::cargo_bin!("zaloxide").display().to_string();
    let unit = UNIT.replace("/usr/local/bin/zaloxide", &program);
    let path = place.path("zaloxide.service");
    fs::write(&path, unit).unwrap();
    let verify = Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&path).output();
    let verify = verify.unwrap();
    let said = String::from_utf8_lossy(&verify.stderr).into_owned();
    // It looks at the machine's own units too.
    let ours: Vec<&str> = said.lines().filter(|line| line.contains("zaloxide.service")).collect();
    assert!(ours.is_empty(), "{ours:#?}");
    let offline = ["security", "--offline=true", "--threshold=20"];
    let security = Command::new("systemd-analyze").args(offline).arg(&path).output().unwrap();
    assert!(security.status.success(), "{}", String::from_utf8_lossy(&security.stdout));
}

/// The image's instructions: words and the rest, lines joined.
fn instructions() -> Vec<(&'static str, String)> {
    let mut all: Vec<(&str, String)> = Vec::new();
    let mut goes_on = false;
    for line in IMAGE.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        let text = line.trim_end_matches('\\').trim();
        match (goes_on, text.split_once(' ')) {
            (true, _) => {
                let last = &mut all.last_mut().unwrap().1;
                last.push(' ');
                last.push_str(text);
            }
            (false, Some((word, rest))) => all.push((word, rest.to_owned())),
            (false, None) => assert_eq!(text, "", "{line}"),
        }
        goes_on = line.ends_with('\\');
    }
    all
}

#[test]
fn the_image_is_built_apart_and_runs_as_nobody_special() {
    let all = instructions();
    let stages: Vec<usize> = (0..all.len()).filter(|at| all[*at].0 == "FROM").collect();
    let [build, run] = stages[..] else { panic!("{stages:?}") };
    assert!(all[build].1.ends_with(" AS build"));
    let of = |word: &str| -> Vec<&str> {
        let run = all[run..].iter().filter(|(name, _)| *name == word);
        run.map(|(_, rest)| rest.as_str()).collect()
    };
    let words = |json: &str| serde_json::from_str::<Vec<String>>(json).unwrap();
    let [user] = of("USER")[..] else { panic!() };
    assert!(user.split(':').all(|id| id.parse::<u32>().unwrap() > 0), "{user}");
    let [volume] = of("VOLUME")[..] else { panic!() };
    let state = format!("ZALOXIDE_STATE_DIR={}", words(volume)[0]);
    assert!(of("ENV")[0].contains(&state));
    // Everything copied is the program; what needs a shell or root comes before the user.
    assert_eq!(of("COPY"), ["--from=build /usr/local/bin/zaloxide /usr/local/bin/zaloxide"]);
    let at = |word: &str| all.iter().rposition(|(name, _)| *name == word).unwrap();
    assert!(at("RUN") < at("USER"));
    assert_eq!(of("STOPSIGNAL"), ["SIGTERM"]);
    // The commands are the program's.
    let (_, check) = of("HEALTHCHECK")[0].split_once("CMD ").unwrap();
    let entry = words(of("ENTRYPOINT")[0]);
    let place = Place::new();
    for command in [words(check), [entry, words(of("CMD")[0])].concat()] {
        assert_eq!(command[0], "zaloxide");
        let rest: Vec<&str> = command[1..].iter().map(String::as_str).collect();
        place.zaloxide(&[rest.as_slice(), &["--help"]].concat()).assert().code(0);
    }
    // What the workspace is made of is there to be built, and nothing that is secret.
    let kept: Vec<&str> = IGNORED.lines().filter_map(|line| line.strip_prefix('!')).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for name in &kept {
        assert!(root.join(name).exists(), "{name}");
    }
    for name in ["Cargo.toml", "Cargo.lock", "core", "adapters", "tests"] {
        assert!(kept.contains(&name), "{name}");
    }
}

/// On a root that nobody can write to, as nobody special, with the state directory alone writable.
const READ_ONLY: &str = r#"
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
mount -o remount,bind,ro /
if touch /tmp/zaloxide-test 2>/dev/null; then echo "the root can be written to"; exit 1; fi
shift
exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
"#;

/// Runs something there; `None`: this machine can't.
fn read_only(place: &Place, arguments: &[&str]) -> Option<Running> {
    let state = place.path("state").display().to_string();
    let mut trial = Command::new("unshare");
    trial.args(["--mount", "sh", "-c", READ_ONLY, "sh", &state, "true"]);
    if !trial.output().is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: no read-only root can be made here: that needs root, and unshare");
        return None;
    }
    let program = assert_cmd::cargo::cargo_bin!("zaloxide").display().to_string();
    let before = ["--mount", "sh", "-c", READ_ONLY, "sh", state.as_str(), program.as_str()];
    Some(place.start_program("unshare", &[&before, arguments].concat()))
}

#[test]
fn a_read_only_root_is_enough() {
    let place = Place::new();
    let zalo = Zalo::start(&place);
    configure(&place, &zalo, &json!({"dmPolicy": "open", "allowFrom": ["*"]}));
    let state = place.path("state");
    fs::create_dir(&state).unwrap();
    fs::set_permissions(&state, fs::Permissions::from_mode(0o700)).unwrap();
    fs::set_permissions(place.path(""), fs::Permissions::from_mode(0o755)).unwrap();
    if chown(&state, Some(65_534), Some(65_534)).is_err() {
        eprintln!("SKIPPED: only root can give a directory away");
        return;
    }
    let Some(mut gateway) = read_only(&place, &["run", "--agent", "echo"]) else { return };
    gateway.wait_for_line("connected as bot");
    zalo.writes(AN, &json!({"text": "is it enough?"}));
    assert_eq!(zalo.wait_for_texts(AN, 1), ["is it enough?"]);
    // What the image's check of its health asks.
    let mut health = read_only(&place, &["channels", "status"]).unwrap();
    health.wait_for_line("default");
    assert_eq!(health.end().0.code(), Some(0));
    gateway.signal(Signal::TERM);
    let (status, said) = gateway.end();
    assert_eq!(status.code(), Some(0), "{said}");
}
