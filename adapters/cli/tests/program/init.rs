//! `config init`: on a terminal and by flags, with a Zalo that knows one token.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Instant;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::Value;

use crate::gateway::{TOKEN, Zalo};
use crate::place::{BOUND, Place, environment, wait_until};

const SECRET: &str = "canary-9f3b";

/// The program on a terminal of its own.
struct Terminal {
    child: Child,
    keys: File,
    said: Receiver<String>,
    all: String,
    seen: usize,
}

impl Terminal {
    fn start(place: &Place, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let keys = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&keys).unwrap();
        unlockpt(&keys).unwrap();
        let name = ptsname(&keys, Vec::new()).unwrap().into_string().unwrap();
        let screen = File::options().read(true).write(true).open(name).unwrap();
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("zaloxide"));
        command.args(arguments).current_dir(place.path("")).env_clear();
        command.envs(environment(&place.path(""))).envs(variables.iter().copied());
        let stream = || Stdio::from(screen.try_clone().unwrap());
        command.stdin(stream()).stdout(stream()).stderr(stream());
        let child = command.spawn().unwrap();
        let keys = File::from(keys);
        let mut read = keys.try_clone().unwrap();
        let (tell, said) = channel();
        thread::spawn(move || {
            let mut bytes = [0; 4_096];
            // A terminal that nobody has open any more is an error to read.
            while let Ok(length @ 1..) = read.read(&mut bytes) {
                let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
                if tell.send(text).is_err() {
                    break;
                }
            }
        });
        Self { child, keys, said, all: String::new(), seen: 0 }
    }

    /// Waits until this is shown, after what was waited for before.
    fn shows(&mut self, part: &str) -> &mut Self {
        let deadline = Instant::now() + BOUND;
        loop {
            if let Some(at) = self.all[self.seen..].find(part) {
                self.seen += at + part.len();
                return self;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let more = self.said.recv_timeout(left);
            let more = more.unwrap_or_else(|_| panic!("no {part:?} in {}", self.all));
            self.all.push_str(&more);
        }
    }

    fn types(&mut self, keys: &str) -> &mut Self {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self
    }

    /// Its exit code, and all that was shown.
    fn end(mut self) -> (Option<i32>, String) {
        wait_until("it ends", || self.child.try_wait().unwrap().is_some());
        while let Ok(more) = self.said.recv_timeout(std::time::Duration::from_millis(200)) {
            self.all.push_str(&more);
        }
        (self.child.wait().unwrap().code(), self.all)
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// What `config check` says of it, for programs.
fn checked(place: &Place, file: &str) -> Value {
    let arguments = ["config", "check", "--json", "--config", file];
    let output = place.zaloxide(&arguments).assert().code(0).get_output().clone();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_wizard_writes_a_configuration_that_runs() {
    let place = Place::new();
    let zalo = Zalo::start(&place);
    let mut terminal =
        Terminal::start(&place, &["config", "init"], &[("ZALO_API_URL", zalo.url.as_str())]);
    terminal.shows("token (it is not shown)").types("no-token\n");
    terminal.shows("has no colon").shows("token (it").types("77:canary-9f3b-wrong\n");
    terminal.shows("Zalo refuses the token: 401").shows("token (it");
    // A key too many, and taken back.
    terminal.types(&format!("{TOKEN}x\u{7f}\n"));
    terminal.shows("good: bot 12345689").shows("1 or 2 [1]").types("3\n");
    terminal.shows("a number from 1 to 2").types("2\n");
    terminal.shows("URL, such as").types("http://bot.example/zalo\n");
    terminal.shows("must start with https://").types("https://bot.example/zalo\n");
    terminal.shows("1 to 4 [1]").types("2\n");
    terminal.shows("ids, with commas").types("an id?\n").shows("is no id");
    terminal.types("zalo:6ede9afa66b88fe6d6a9, ZL:123456789\n");
    terminal.shows("agent [echo]").types("magic\n").shows("is no agent").types("\n");
    terminal.shows("wrote zaloxide.json5");
    let (code, all) = terminal.end();
    assert_eq!(code, Some(0), "{all}");
    assert!(!all.contains(SECRET), "{all}");

    let file = place.path("zaloxide.json5");
    let text = fs::read_to_string(&file).unwrap();
    assert!(!text.contains(SECRET) && text.contains("// "), "{text}");
    assert!(text.contains("[\"6ede9afa66b88fe6d6a9\",\"123456789\"]"), "{text}");
    assert_eq!((mode(&file), mode(&place.path("zaloxide.token"))), (0o600, 0o600));
    let checked = checked(&place, "zaloxide.json5");
    assert_eq!(checked["problems"], serde_json::json!([]));
    assert_eq!(checked["accounts"][0]["state"], "ready");
    assert_eq!(checked["agent"], "echo");
    // Once more: it is there.
    let again = place.zaloxide(&["config", "init", "--token-file", "zaloxide.token"]).assert();
    let again = String::from_utf8(again.code(1).get_output().stderr.clone()).unwrap();
    assert!(again.contains("--force writes over it"), "{again}");
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
}

#[test]
fn what_ends_midway_writes_nothing() {
    let place = Place::new();
    let zalo = Zalo::start(&place);
    let url = [("ZALO_API_URL", zalo.url.as_str())];
    for keys in ["\u{4}", "\u{3}"] {
        let mut terminal = Terminal::start(&place, &["config", "init"], &url);
        terminal.shows("token (it is not shown)").types(keys);
        let (code, all) = terminal.end();
        assert_eq!(code, Some(1), "{all}");
        assert!(all.contains("nothing was written"), "{all}");
    }
    let mut terminal = Terminal::start(&place, &["config", "init"], &url);
    terminal.shows("token (it").types(&format!("{TOKEN}\n")).shows("[1]").types("\u{4}");
    let (code, all) = terminal.end();
    assert_eq!(code, Some(1), "{all}");
    assert!(all.contains("nothing was written") && !all.contains(SECRET), "{all}");
    assert!(!place.path("zaloxide.json5").exists() && !place.path("zaloxide.token").exists());
}

#[test]
fn flags_alone_are_enough() {
    let place = Place::new();
    let zalo = Zalo::start(&place);
    fs::write(place.path("shop.secret"), format!("{TOKEN}\n")).unwrap();
    fs::write(place.path("wrong.secret"), "77:canary-9f3b-wrong\n").unwrap();
    let run = |arguments: &[&str], code: i32| {
        let arguments = [&["config", "init"], arguments].concat();
        let command = place.zaloxide(&arguments);
        let command = command.env("ZALO_API_URL", &zalo.url).env("SHOP", TOKEN);
        let output = command.assert().code(code).get_output().clone();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!text.contains(SECRET), "{text}");
        text
    };
    // No terminal, and no word on the token: what to type is said.
    let usage = run(&[], 2);
    assert!(usage.contains("config init --token-env ZALO_BOT_TOKEN --agent echo"), "{usage}");
    assert!(run(&["--token", TOKEN], 2).contains("unexpected argument '--token'"));
    assert!(run(&["--token-env", "A", "--token-file", "b"], 2).contains("cannot be used"));
    assert!(run(&["--token-env", "NONE"], 3).contains("NONE, which is not set"));
    assert!(run(&["--token-file", "none"], 3).contains("is not there"));
    assert!(run(&["--token-file", "wrong.secret"], 1).contains("nothing was written"));
    assert!(run(&["--token-file", "shop.secret", "--allow", "a b"], 2).contains("is no id"));
    assert!(
        run(&["--token-file", "shop.secret", "--webhook-url", "bot.example"], 2)
            .contains("https://")
    );
    assert!(!place.path("zaloxide.json5").exists());

    let said = run(&["--token-file", "shop.secret", "--agent", "echo"], 0);
    assert!(said.contains("the token is good: bot 12345689"), "{said}");
    assert!(said.contains("zaloxide run") && said.contains("pairing approve"), "{said}");
    assert_eq!(mode(&place.path("zaloxide.json5")), 0o600);
    assert_eq!(checked(&place, "zaloxide.json5")["accounts"][0]["state"], "ready");

    let more = ["--token-env", "SHOP", "--allow", "zalo:A1,zl:b2", "--agent", "exec:./bot 'a b'"];
    let json = run(&[&more[..], &["--force", "--json"]].concat(), 0);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["file"], &json["bot"]["id"]), (&"zaloxide.json5".into(), &"12345689".into()));
    let text = fs::read_to_string(place.path("zaloxide.json5")).unwrap();
    assert!(text.contains(r#"{"id":"SHOP","source":"env"}"#), "{text}");
    assert!(text.contains(r#"allowFrom: ["a1","b2"]"#) && text.contains("allowlist"), "{text}");
    assert!(text.contains(r#"{"command":["./bot","a b"],"type":"exec"}"#), "{text}");

    // Nobody is asked, and the variable need not be there yet.
    drop(zalo);
    let away = ["config", "init", "--token-env", "LATER", "--no-check", "--dm-policy", "open"];
    let config = ["--config", "later.json5"];
    place.zaloxide(&[&away[..], &config[..]].concat()).assert().code(0);
    assert!(fs::read_to_string(place.path("later.json5")).unwrap().contains("[\"*\"]"));
    let away = ["config", "init", "--token-file", "shop.secret", "--config", "away.json5"];
    let command = place.zaloxide(&away);
    let output = command.env("ZALO_API_URL", "http://127.0.0.1:9").assert().code(1);
    let text = String::from_utf8(output.get_output().stderr.clone()).unwrap();
    assert!(text.contains("can't be asked") && text.contains("--no-check"), "{text}");
}
