//! A gateway and a Zalo as processes of their own: what a bot's owner does from start to end.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::place::{Place, Running, wait_until};

pub(crate) const TOKEN: &str = "12345689:canary-9f3b-very-secret";
pub(crate) const AN: &str = "6ede9afa66b88fe6d6a9";

/// A Zalo as a process of its own.
pub(crate) struct Zalo {
    _process: Running,
    pub(crate) url: String,
}

impl Zalo {
    pub(crate) fn start(place: &Place) -> Self {
        Self::start_with(place, &[TOKEN])
    }

    pub(crate) fn start_with(place: &Place, tokens: &[&str]) -> Self {
        Self::start_at(place, tokens, &["--queue"])
    }

    pub(crate) fn start_at(place: &Place, tokens: &[&str], more: &[&str]) -> Self {
        let file = place.path("port");
        let mut arguments = vec!["emulator", "--port-file", "port"];
        arguments.extend(more);
        arguments.extend(tokens.iter().flat_map(|token| ["--token", token]));
        let mut process = place.start(&arguments, &[]);
        let line = process.wait_for_line("ZALO_API_URL=");
        let url = line.trim_start_matches("ZALO_API_URL=").to_owned();
        let port = fs::read_to_string(file).unwrap();
        assert_eq!(url, format!("http://127.0.0.1:{}", port.trim()));
        Self { _process: process, url }
    }

    pub(crate) fn writes(&self, user: &str, message: &Value) {
        self.control(&format!("users/{user}/messages"), message);
    }

    pub(crate) fn control(&self, what: &str, body: &Value) {
        let url = format!("{}/_control/{what}", self.url);
        let answer = ureq::post(&url).send(body.to_string()).unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
    }

    /// The calls of a method for this chat so far.
    pub(crate) fn calls(&self, method: &str, chat: &str) -> Vec<Value> {
        let mut calls = self.all_calls();
        calls.retain(|call| call["method"] == method && call["params"]["chat_id"] == chat);
        calls
    }

    /// How many calls of a method there were so far.
    pub(crate) fn calls_of(&self, method: &str) -> usize {
        self.all_calls().iter().filter(|call| call["method"] == method).count()
    }

    fn all_calls(&self) -> Vec<Value> {
        let mut answer = ureq::get(format!("{}/_control/calls?since=0", self.url)).call().unwrap();
        let listed = answer.body_mut().read_to_string().unwrap();
        let mut listed: Value = serde_json::from_str(&listed).unwrap();
        std::mem::take(listed["calls"].as_array_mut().unwrap())
    }

    /// The texts that this chat was sent so far.
    pub(crate) fn texts(&self, chat: &str) -> Vec<String> {
        let mut sent = self.calls("sendMessage", chat);
        sent.retain(|call| call["response"]["ok"] == true);
        sent.iter().map(|call| call["params"]["text"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn wait_for_texts(&self, chat: &str, count: usize) -> Vec<String> {
        wait_until("enough messages", || {
            Some(self.texts(chat)).filter(|texts| texts.len() >= count)
        })
        .unwrap()
    }
}

fn run(place: &Place, zalo: &str, more: &[&str]) -> Running {
    let arguments = [&["run", "--agent", "echo"], more].concat();
    place.start(&arguments, &[("ZALO_BOT_TOKEN", TOKEN), ("ZALO_API_URL", zalo)])
}

/// Runs a command that must do what it is asked to, and gives its object.
pub(crate) fn asked(place: &Place, arguments: &[&str]) -> Value {
    let output = place.zaloxide(&[arguments, &["--json"]].concat()).assert().code(0).stderr("");
    serde_json::from_slice(&output.get_output().stdout).unwrap()
}

/// Runs a command that must do what it is asked to, and gives its words.
pub(crate) fn told(place: &Place, arguments: &[&str]) -> String {
    let output = place.zaloxide(arguments).assert().code(0).stderr("");
    String::from_utf8(output.get_output().stdout.clone()).unwrap()
}

#[test]
fn a_stranger_is_let_in_answered_written_to_and_shut_out() {
    let place = Place::new();
    let zalo = Zalo::start(&place);
    let mut gateway = run(&place, &zalo.url, &["--record", "record.jsonl"]);
    gateway.wait_for_line("connected as bot 12345689");

    zalo.writes(AN, &json!({"text": "xin chào", "name": "An\u{1b}[2J"}));
    let code = wait_until("a code", || {
        let listed = asked(&place, &["pairing", "list", "zalo"]);
        listed["accounts"][0]["pending"][0]["code"].as_str().map(str::to_owned)
    })
    .unwrap();
    assert!(zalo.wait_for_texts(AN, 1)[0].contains(&code));
    let list = told(&place, &["pairing", "list"]);
    assert!(list.contains(&code) && list.contains("An\\u{1b}[2J") && !list.contains('\u{1b}'));

    let wrong = place.zaloxide(&["pairing", "approve", "zalo", "WRONG234"]).assert().code(1);
    let wrong = String::from_utf8_lossy(&wrong.get_output().stderr).into_owned();
    assert!(wrong.starts_with("error: ") && wrong.lines().count() == 1, "{wrong}");
    let approved = told(&place, &["pairing", "approve", "zalo", &code.to_lowercase()]);
    assert!(approved.starts_with(&format!("approved: {AN}")), "{approved}");
    place.zaloxide(&["pairing", "approve", "zalo", &code]).assert().code(1);

    zalo.writes(AN, &json!({"text": "bé ơi"}));
    assert_eq!(zalo.wait_for_texts(AN, 2)[1], "bé ơi");

    let target = format!("zalo:user:{AN}");
    let command =
        ["message", "send", "--channel", "zalo", "--target", &target, "--message", "-- tin"];
    let sent = asked(&place, &command);
    assert_eq!((&sent["type"], &sent["of"]), (&"sent".into(), &1.into()), "{sent}");
    assert_eq!(zalo.wait_for_texts(AN, 3)[2], "-- tin");

    let status = asked(&place, &["channels", "status"]);
    assert_eq!(status["accounts"][0]["state"]["type"], "polling");
    assert!(told(&place, &["channels", "status"]).contains("polling"));
    assert!(told(&place, &["turns", "list"]).contains("Nothing waits"));
    assert!(told(&place, &["quota"]).contains("sending"));
    told(&place, &["chats", "pause", AN]);
    assert!(told(&place, &["chats", "list"]).contains("you"));
    told(&place, &["chats", "resume", AN]);
    assert!(told(&place, &["pairing", "revoke", "zalo", AN]).starts_with("revoked: "));
    let history = asked(&place, &["pairing", "history"]);
    let decisions = history["accounts"][0]["history"].as_array().unwrap().iter();
    let decisions: Vec<&Value> = decisions.map(|entry| &entry["decision"]).collect();
    assert_eq!(decisions, [&json!("approved"), &json!("revoked")]);
    told(&place, &["pairing", "history"]);
    told(&place, &["forget", AN]);

    gateway.signal(Signal::TERM);
    let (status, said) = gateway.end();
    assert_eq!(status.code(), Some(0), "{said}");
    assert!(!said.contains('\u{1b}'), "{said}");
    assert!(!place.path("state/control.sock").exists(), "the socket is gone");
    replays_to_the_byte(&place);
}

fn replays_to_the_byte(place: &Place) {
    let record = fs::read_to_string(place.path("record.jsonl")).unwrap();
    let mode = fs::metadata(place.path("record.jsonl")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let replay = || place.zaloxide(&["replay", "record.jsonl"]).assert().code(0).stderr("");
    let first = replay().get_output().stdout.clone();
    assert_eq!(replay().get_output().stdout, first);
    let piped = place.zaloxide(&["replay", "-"]).write_stdin(record).assert().code(0);
    assert_eq!(piped.get_output().stdout, first);
    let text = String::from_utf8(first).unwrap();
    for (line, n) in text.lines().zip(1_u64..) {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!((&line["n"], &line["account"]), (&n.into(), &"default".into()));
    }
    for kind in ["issue_code", "send_chunk", "deliver", "drop", "stopped"] {
        assert!(text.contains(&format!("\"type\":\"{kind}\"")), "no {kind}");
    }
}

#[test]
fn a_wrong_token_is_one_clear_line_and_the_gateway_can_be_ended() {
    let place = Place::new();
    let zalo = Zalo::start(&place);
    let wrong = [("ZALO_BOT_TOKEN", "12345689:canary-9f3b-mistyped"), ("ZALO_API_URL", &zalo.url)];
    let mut gateway = place.start(&["run", "--agent", "echo"], &wrong);
    let line = gateway.wait_for_line("refuses the bot token");
    assert!(line.contains("ERROR") && line.contains("bot.zaloplatforms.com"), "{line}");
    gateway.signal(Signal::INT);
    let (status, said) = gateway.end();
    assert_eq!(status.code(), Some(0), "{said}");
}

#[test]
fn nobody_at_home_html_and_no_such_name_are_one_clear_line_each() {
    let place = Place::new();
    let html = html_server();
    let table = [
        ("http://127.0.0.1:1".to_owned(), "127.0.0.1:1"),
        ("https://zalo.invalid".to_owned(), "could not resolve zalo.invalid"),
        (html, "not JSON"),
    ];
    for (url, part) in table {
        let mut gateway = run(&place, &url, &["-vv"]);
        let line = gateway.wait_for_line(part);
        assert!(line.contains("WARN"), "{line}");
        gateway.signal(Signal::TERM);
        let (status, said) = gateway.end();
        assert_eq!(status.code(), Some(0), "{url}: {said}");
    }
}

/// A web server that is no Bot API.
fn html_server() -> String {
    use std::io::{Read, Write};

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut stream = stream;
            let _ = stream.read(&mut [0; 4_096]);
            let body = "<html>Welcome</html>";
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            let _ = stream.write_all((head + body).as_bytes());
        }
    });
    url
}

#[test]
fn two_gateways_do_not_share_a_state_directory() {
    let place = Place::new();
    let zalo = Zalo::start(&place);
    let mut first = run(&place, &zalo.url, &[]);
    first.wait_for_line("connected as bot");
    let second = run(&place, &zalo.url, &[]);
    let (status, said) = second.end();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("another gateway listens at"), "{said}");
    // A gateway that was killed leaves a socket behind, which the next one replaces.
    first.signal(Signal::KILL);
    first.end();
    assert!(place.path("state/control.sock").exists());
    let mut third = run(&place, &zalo.url, &[]);
    third.wait_for_line("connected as bot");
    told(&place, &["pairing", "list"]);
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let place = Place::new();
    let zalo = Zalo::start(&place);
    let log = place.path("bot.log");
    let agent = ["run", "--agent", "exec:sleep 60", "--config", "open.json5"];
    let open =
        "{channels: {zalo: {dmPolicy: \"open\", allowFrom: [\"*\"]}}, log: {file: \"bot.log\"}}";
    fs::write(place.path("open.json5"), open).unwrap();
    let variables = [("ZALO_BOT_TOKEN", TOKEN), ("ZALO_API_URL", &*zalo.url)];
    let mut gateway = place.start(&agent, &variables);
    gateway.wait_for_line("connected as bot");
    zalo.writes(AN, &json!({"text": "chậm"}));
    gateway.wait_for_line("to the agent");
    gateway.signal(Signal::TERM);
    gateway.wait_for_line("stopping");
    gateway.signal(Signal::TERM);
    let (_, said) = gateway.end();
    assert!(!said.contains("panicked"), "{said}");
    let log = fs::read_to_string(log).unwrap();
    assert!(log.contains("connected as bot") && log.contains("ending at once"), "{log}");
}
