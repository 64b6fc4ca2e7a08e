//! `dev`: played by its script, typed into by a pipe, and with somebody else's program.

use serde_json::Value;

use crate::place::Place;

#[test]
fn the_script_ends_well_and_says_so_step_by_step() {
    let place = Place::new();
    let output = place.zaloxide(&["dev", "--script", "--json"]).assert().code(0).stderr("");
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    let steps: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<&str> = steps.iter().map(|step| step["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "connect",
            "stranger",
            "approval",
            "echo",
            "long text",
            "unsupported",
            "two chats",
            "http 429",
            "http 502",
            "end"
        ]
    );
    for (step, number) in steps.iter().zip(1..) {
        assert_eq!((&step["ok"], &step["step"]), (&true.into(), &number.into()), "{step}");
    }
    let units = steps[4]["units"].as_array().unwrap();
    assert!(units.len() >= 3 && units.iter().all(|units| units.as_u64().unwrap() <= 2_000));
}

#[test]
fn lines_from_a_pipe_are_answered_before_it_ends() {
    let lines = "xin chào\n\nbé ơi\n/file\n/hlep\n//slow\n/slow 0.2\nchậm\n/user Bình\nai đó\n";
    let output = Place::new().zaloxide(&["dev"]).write_stdin(lines).assert().code(0).stderr("");
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    let mut rest = text.as_str();
    for part in [
        "An → bot  xin chào",
        "drops it (pairing)",
        "draws the code ",
        "bot → An  Chào bạn! Bot này",
        "approved by dev",
        "An → bot  bé ơi",
        "hands the message to the agent",
        "bot → An  bé ơi",
        "drops it (unsupported)",
        "/hlep is no command",
        "bot → An  /slow",
        "An → bot  chậm",
        "bot → An  chậm",
        "Bình → bot  ai đó",
        "for Bình",
        "bot → Bình  Chào bạn! Bot này",
    ] {
        let at = rest.find(part).unwrap_or_else(|| panic!("no {part:?} in order in\n{text}"));
        rest = &rest[at + part.len()..];
    }
}

#[test]
fn with_nothing_typed_it_says_what_to_do() {
    let output = Place::new().zaloxide(&["dev"]).write_stdin("").assert().code(0);
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    assert!(text.contains("Nothing was typed") && text.contains("zaloxide dev --script"), "{text}");
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_ends_a_session_that_never_would() {
    let binary = assert_cmd::cargo::cargo_bin!("zaloxide");
    let mut endless = std::process::Command::new("sh");
    endless
        .args(["-c", "yes xin | \"$0\" dev | head -n 5; yes | \"$0\" dev -- sleep 60 | head -n 5"]);
    let output = endless.arg(binary).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 10, "{text}");
    assert_eq!(output.stderr, b"", "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn hostile_text_does_not_reach_the_terminal() {
    let lines = "\u{1b}[2J\u{202e}đảo\n\nx\u{1b}]0;title\u{7}\n";
    let output = Place::new().zaloxide(&["dev"]).write_stdin(lines).assert().code(0);
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{text}");
    assert!(text.contains("\\u{1b}[2J\\u{202e}đảo"), "{text}");
}

/// A bot of a few lines that answers one message and ends.
#[cfg(unix)]
const BOT: &str = r#"
import json, os, sys, urllib.request
base = os.environ["ZALO_API_URL"] + "/bot" + os.environ["ZALO_BOT_TOKEN"] + "/"
def call(method, **params):
    body = json.dumps(params).encode()
    headers = {"Content-Type": "application/json"}
    return json.load(urllib.request.urlopen(urllib.request.Request(base + method, body, headers)))
message = call("getUpdates", timeout="30")["result"]["message"]
call("sendMessage", chat_id=message["chat"]["id"], text="nghe: " + message["text"])
sys.exit(7)
"#;

#[cfg(unix)]
#[test]
fn a_program_of_ones_own_is_the_bot_and_gives_its_exit_code() {
    let place = Place::new();
    let dev = place.zaloxide(&["dev", "--json", "--", "python3", "-c", BOT]);
    let output = dev.write_stdin("xin chào\n").assert().code(7).stderr("");
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    let scenes: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&scenes[0]["type"], &scenes[0]["text"]), (&"person".into(), &"xin chào".into()));
    assert_eq!((&scenes[1]["type"], &scenes[1]["text"]), (&"bot".into(), &"nghe: xin chào".into()));
}

#[cfg(unix)]
#[test]
fn a_signal_reaches_the_program_and_ends_both() {
    let place = Place::new();
    let script = "trap 'echo ending; exit 9' TERM; echo ready; while :; do sleep 1; done";
    let mut dev = place.start(&["dev", "--", "sh", "-c", script], &[]);
    dev.wait_for_line("ready");
    dev.signal(rustix::process::Signal::TERM);
    let (status, said) = dev.end();
    assert_eq!(status.code(), Some(9), "{said}");
}
