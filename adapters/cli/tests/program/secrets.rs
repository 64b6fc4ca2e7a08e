//! Secrets where everything goes wrong: each way of failing is provoked, with all that is logged,
//! and whatever comes out is searched. `Place` and `Run` do the searching.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use serde_json::{Value, json};

use crate::canary::CANARY;
use crate::errands::end;
use crate::gateway::{AN, TOKEN, Zalo};
use crate::place::Place;

const SECRET: &str = "canary-9f3b-of-the-door";

/// Everything that can be asked, for people and for programs.
const COMMANDS: [&[&str]; 16] = [
    &["doctor"],
    &["channels", "status", "--probe"],
    &["webhook", "info"],
    &["webhook", "set"],
    &["webhook", "test"],
    &["webhook", "delete"],
    &["config", "check"],
    &["config", "reload"],
    &["pairing", "list"],
    &["pairing", "history"],
    &["message", "send", "--target", AN, "--message", "x", "--wait", "0"],
    &["turns", "list"],
    &["chats", "list"],
    &["quota"],
    &["logs"],
    &["state", "backup", "copy.db"],
];

fn write_config(place: &Place, channel: &Value) {
    let mut zalo = json!({
        "botToken": TOKEN, "typing": false,
        "mediaProxy": format!("http://me:{CANARY}-of-the-media-proxy@127.0.0.1:9"),
    });
    for (key, value) in channel.as_object().unwrap() {
        zalo[key] = value.clone();
    }
    let env = json!({"API_KEY": format!("{CANARY}-of-the-agent")});
    let agent = json!({"type": "exec", "command": ["sh", "-c", "exit 3"], "env": env});
    let config = json!({"channels": {"zalo": zalo}, "agent": agent});
    fs::write(place.path("zaloxide.json5"), config.to_string()).unwrap();
}

/// Runs a gateway that logs everything until it says this, and every command with it and without.
fn provoke(place: &Place, says: &str) {
    let run = ["run", "-vv", "--record", "record.jsonl"];
    let mut gateway = place.start(&run, &[]);
    gateway.wait_for_line(says);
    ask_all(place);
    end(gateway);
    ask_all(place);
    place.zaloxide(&["replay", "record.jsonl"]).assert().code(0);
}

fn ask_all(place: &Place) {
    for words in COMMANDS {
        // Some fail, and are meant to: it is what they say that counts.
        place.zaloxide(&[words, &["-vv"]].concat()).assert();
        place.zaloxide(&[words, &["--json"]].concat()).assert();
        let _ = fs::remove_file(place.path("copy.db"));
    }
}

/// A server that answers each request with what `answer` makes of it.
pub(crate) fn server(answer: fn(&str) -> String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serve = move |mut stream: TcpStream| {
        let mut request = vec![0; 64 << 10];
        let read = stream.read(&mut request).unwrap_or_default();
        // The body may come behind its head.
        let more = stream.set_read_timeout(Some(std::time::Duration::from_millis(20)));
        let rest = more.and_then(|()| stream.read(&mut request[read..])).unwrap_or_default();
        let request = String::from_utf8_lossy(&request[..read + rest]).into_owned();
        let _ = stream.write_all(answer(&request).as_bytes());
    };
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || serve(stream));
        }
    });
    format!("http://{address}")
}

pub(crate) fn answer(status: &str, more: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\n{more}Content-Length: {length}\r\n\r\n{body}"
    )
}

/// What was asked, in the forms in which it may come back.
fn echo(request: &str) -> String {
    let whole = request.replace("\r\n", " ");
    format!("{whole} {} {}", whole.replace(':', "%3A"), whole.replace(':', "%3a"))
}

#[test]
fn a_zalo_that_repeats_what_it_was_asked() {
    let as_json = server(|request| {
        let said = json!({"ok": false, "error_code": 400, "description": echo(request)});
        answer("200 OK", "", &said.to_string())
    });
    let as_page =
        server(|request| answer("502 Bad Gateway", "", &format!("<html>{}</html>", echo(request))));
    let as_place = server(|request| {
        let path = request.split(' ').nth(1).unwrap_or_default();
        answer("302 Found", &format!("Location: http://elsewhere.invalid{path}\r\n"), "")
    });
    let webhook = json!({"webhookUrl": "https://b.example/z", "webhookSecret": SECRET});
    for (url, says) in [(as_json, "•"), (as_page, "502"), (as_place, "302")] {
        let place = Place::new();
        let mut channel = webhook.clone();
        channel["apiUrl"] = url.into();
        channel["webhook"] = json!({"listen": "127.0.0.1:0"});
        write_config(&place, &channel);
        provoke(&place, says);
    }
}

#[test]
fn no_way_to_zalo() {
    let refuses = server(|request| answer("407 Proxy Authentication Required", "", &echo(request)));
    let page = server(|_| answer("200 OK", "", "<html>Welcome</html>"));
    let proxy = |url: &str| url.replace("http://", &format!("http://me:{CANARY}-of-the-proxy@"));
    let table = [
        (json!({"apiUrl": "https://zalo.invalid"}), "could not resolve"),
        (json!({"apiUrl": "http://127.0.0.1:1"}), "127.0.0.1:1"),
        // It speaks no TLS.
        (json!({"apiUrl": page.replace("http://", "https://")}), "WARN"),
        (json!({"apiUrl": page}), "not JSON"),
        (json!({"apiUrl": "https://zalo.invalid", "proxy": proxy("http://127.0.0.1:1")}), "WARN"),
        (json!({"apiUrl": "https://zalo.invalid", "proxy": proxy(&refuses)}), "WARN"),
    ];
    for (channel, says) in table {
        let place = Place::new();
        write_config(&place, &channel);
        provoke(&place, says);
    }
}

#[test]
fn a_zalo_that_refuses_the_token_and_an_agent_that_fails() {
    let place = Place::new();
    let zalo = Zalo::start_with(&place, &["12345689:canary-9f3b-another"]);
    write_config(&place, &json!({"apiUrl": zalo.url}));
    provoke(&place, "refuses the bot token");

    let place = Place::new();
    let zalo = Zalo::start(&place);
    write_config(&place, &json!({"apiUrl": zalo.url, "dmPolicy": "open", "allowFrom": ["*"]}));
    zalo.writes(AN, &json!({"photo": "https://127.0.0.1/a.jpg", "text": "x"}));
    provoke(&place, "the agent ended with");
}

#[test]
fn a_configuration_in_which_every_secret_stands_at_a_mistake() {
    let mistakes = [
        r#"{channels: {zalo: {botTokn: "1:canary-9f3b"}}}"#,
        r#"{channels: {zalo: {botToken: ["1:canary-9f3b"]}}}"#,
        r#"{channels: {zalo: {botToken: "canary-9f3b"}}}"#,
        r#"{channels: {zalo: {botToken: "1:canary-9f3b"#,
        r#"{channels: {zalo: {botToken: "1:canary-9f3b", apiUrl: "ftp://me:canary-9f3b@x"}}}"#,
        r#"{channels: {zalo: {botToken: "1:canary-9f3b", proxy: "ftp://me:canary-9f3b@x"}}}"#,
        r#"{channels: {zalo: {botToken: "1:canary-9f3b", mediaProxy: "x://me:canary-9f3b@x"}}}"#,
        r#"{channels: {zalo: {botToken: "1:a", webhookUrl: "https://x/", webhookSecret: "canary-9f3b é"}}}"#,
        r#"{channels: {zalo: {botToken: "1:a", webhookUrl: "https://x/", webhookSecret: 7}}}"#,
        r#"{channels: {zalo: {botToken: {source: "canary-9f3b", id: "X"}}}}"#,
        r#"{channels: {zalo: {botToken: {source: "file", id: "canary-9f3b"}}}}"#,
        r#"{agent: {type: "exec", command: ["x"], env: {KEY: ["canary-9f3b"]}}}"#,
        r#"{agent: {type: "exec", command: ["x"], enw: {KEY: "canary-9f3b"}}}"#,
        r#"{channels: {zalo: {accounts: {a: {botToken: "1:canary-9f3b"}, b: {botToken: "1:canary-9f3b"}}}}}"#,
    ];
    let place = Place::new();
    for mistake in mistakes {
        fs::write(place.path("zaloxide.json5"), mistake).unwrap();
        for words in [["config", "check"], ["doctor", "-vv"], ["run", "--agent=echo"]] {
            place.zaloxide(&words).assert().code(3);
            place.zaloxide(&[&words[..], &["--json"]].concat()).assert().code(3);
        }
    }
    for (name, text) in
        [("two.secret", "1:canary-9f3b\n1:canary-9f3b"), ("no.secret", "canary-9f3b")]
    {
        fs::write(place.path(name), text).unwrap();
        let config = json!({"channels": {"zalo": {"tokenFile": name}}});
        fs::write(place.path("zaloxide.json5"), config.to_string()).unwrap();
        place.zaloxide(&["config", "check"]).assert().code(3);
    }
    let wrong = place.zaloxide(&["run", "--agent", "echo", "--config", "none.json5"]);
    wrong.env("ZALO_BOT_TOKEN", "canary-9f3b").assert().code(3);
}
