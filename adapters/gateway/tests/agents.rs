//! The example agents, and servers as agents, over the local Zalo platform.
#![cfg(unix)]

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use zaloxide::Engine;
use zaloxide::agents::from_config;
use zaloxide::config::Config;
use zaloxide_emulator::{Call, DEFAULT_TOKEN, Emulator, Options};

const PATIENCE: Duration = Duration::from_secs(30);
const AN: &str = "6ede9afa66b88fe6d6a9";
const CANARY: &str = "sk-CANARY-0123456789";

/// A bot with this agent, and the platform that it is on.
struct Bot {
    zalo: Emulator,
    engine: Engine,
}

impl Bot {
    fn with(agent: &Value) -> Self {
        let zalo = Emulator::start(Options::default()).unwrap();
        let zalo_key = json!({
            "botToken": DEFAULT_TOKEN, "apiUrl": zalo.url(), "dmPolicy": "open",
            "allowFrom": ["*"], "turn": { "tries": 1 },
        });
        let text = json!({ "channels": { "zalo": zalo_key }, "agent": agent }).to_string();
        let config =
            Config::parse(&text, None, &|_| None).unwrap_or_else(|error| panic!("{error}"));
        let agent = from_config(config.agent.as_ref().unwrap()).unwrap();
        let engine = Engine::builder().config(&config).agent(agent).start().unwrap();
        Self { zalo, engine }
    }

    fn hears(&self, words: &str) {
        assert!(self.zalo.wait_for_poll(None, PATIENCE).unwrap(), "nobody polls");
        assert!(self.zalo.user(AN).named("An").sends_text(words).unwrap().is_delivered());
    }

    /// What it says to these words.
    fn says(&self, words: &str) -> String {
        let since = self.zalo.calls_since(0).last().map_or(0, |call| call.n);
        self.hears(words);
        self.next(since)
    }

    fn next(&self, since: u64) -> String {
        let wanted = |call: &Call| call.method == "sendMessage";
        let call = self.zalo.wait_for_call(since, PATIENCE, wanted).expect("nothing was said");
        call.params["text"].as_str().unwrap().to_owned()
    }

    /// Why the next turn is given up.
    fn fails(&self, words: &str) -> String {
        self.hears(words);
        let begun = std::time::Instant::now();
        loop {
            let dead = |view: zaloxide::core::View<'_>| {
                view.dead_letters().last().map(|letter| letter.message.clone())
            };
            if let Some(reason) = self.engine.handle().view("default", dead).unwrap() {
                return reason;
            }
            assert!(begun.elapsed() < PATIENCE, "it never failed");
            thread::yield_now();
        }
    }
}

fn example(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/agents").join(name);
    path.to_str().unwrap().to_owned()
}

/// The interpreter itself: what stands in `PATH` may be a script that needs an environment.
fn python() -> String {
    let which = ["-c", "import sys; print(sys.executable)"];
    let output = Command::new("python3").args(which).output().expect("python3 is needed");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn the_shell_script_answers() {
    let bot = Bot::with(&json!({ "type": "exec", "command": [example("exec.sh")] }));
    assert_eq!(bot.says("xin chào"), "Bạn có thể hỏi /time hoặc /shop.");
    assert!(bot.says("/time").starts_with("Bây giờ là "));
    assert_eq!(bot.says("/shop"), "Mở cửa từ 8:00 đến 21:00.");
    assert!(bot.engine.stop().cut_short.is_empty());
}

#[test]
fn the_python_bot_answers_and_remembers() {
    let bot = Bot::with(&json!({ "type": "stdio", "command": [python(), example("stdio.py")] }));
    assert_eq!(bot.says("chào"), "Tin thứ 1 của cuộc trò chuyện: chào");
    assert_eq!(bot.says("còn nhớ không?"), "Tin thứ 2 của cuộc trò chuyện: còn nhớ không?");
    assert!(bot.engine.stop().cut_short.is_empty());
}

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_web_server_answers() {
    let mut command = Command::new(python());
    let child = command.args([&example("http_server.py"), "0"]).stdout(Stdio::piped());
    let mut server = Running(child.stderr(Stdio::null()).spawn().unwrap());
    let mut url = String::new();
    BufReader::new(server.0.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let bot = Bot::with(&json!({ "type": "http", "url": url.trim() }));
    assert_eq!(bot.says("mình đây"), "Chào An! mình đây");
    assert!(bot.engine.stop().cut_short.is_empty());
}

#[test]
fn the_example_of_a_model_is_a_configuration() {
    let path = example("openai.json5");
    let env = |name: &str| (name == "OPENAI_API_KEY").then(|| CANARY.to_owned());
    let config = Config::load(Some(Path::new(&path)), &env).unwrap();
    let agent = config.agent.unwrap();
    assert_eq!(agent.to_string(), "openai: gpt-5-mini at api.openai.com");
    assert!(!format!("{agent:?}").contains("CANARY"), "{agent:?}");
}

/// Answers one request after the other with what is at hand, and hands them on.
fn server(answers: &'static [(&'static str, &'static str)]) -> (String, Receiver<(String, Value)>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (tell, told) = channel();
    thread::spawn(move || {
        for ((status, body), stream) in answers.iter().zip(listener.incoming()) {
            let mut stream = stream.unwrap();
            let Some(request) = request(&mut stream) else { return };
            let mut answer = format!("HTTP/1.1 {status}\r\nConnection: close\r\n");
            let _ = write!(answer, "Content-Length: {}\r\n\r\n{body}", body.len());
            let _ = stream.write_all(answer.as_bytes());
            let _ = tell.send(request);
        }
    });
    (url, told)
}

/// The head of a request, and its JSON.
fn request(stream: &mut TcpStream) -> Option<(String, Value)> {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().unwrap())
    });
    let mut body = vec![0; length?];
    reader.read_exact(&mut body).ok()?;
    Some((head, serde_json::from_slice(&body).unwrap()))
}

#[test]
fn a_model_is_asked_one_question_a_message() {
    let (url, requests) = server(&[
        (
            "200 OK",
            r#"{"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":"Dạ có ạ."}}],"usage":{}}"#,
        ),
        (
            "401 Unauthorized",
            r#"{"error":{"message":"Incorrect API key provided: sk-CANARY-0123456789."}}"#,
        ),
    ]);
    let bot = Bot::with(&json!({
        "type": "openai", "url": format!("{url}/v1/"), "model": "m", "apiKey": CANARY,
        "system": "Ngắn gọn.",
    }));
    assert_eq!(bot.says("Có cà phê không?"), "Dạ có ạ.");
    let (head, body) = requests.recv_timeout(PATIENCE).unwrap();
    assert!(head.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"), "{head}");
    assert!(
        head.to_ascii_lowercase()
            .contains(&format!("authorization: bearer {}", CANARY.to_ascii_lowercase()))
    );
    assert_eq!(
        body,
        json!({ "model": "m", "messages": [
            { "role": "system", "content": "Ngắn gọn." },
            { "role": "user", "content": "Có cà phê không?" },
        ] })
    );
    let reason = bot.fails("Còn trà?");
    assert!(reason.contains("HTTP 401") && reason.contains("provided: •"), "{reason}");
    assert!(!reason.contains("CANARY"), "{reason}");
    assert!(bot.engine.stop().cut_short.is_empty());
}

#[test]
fn a_server_gets_the_envelope_and_the_headers() {
    let (url, requests) = server(&[
        ("200 OK", r#"[{"text":"một"},{"text":"hai"}]"#),
        ("204 No Content", ""),
        ("302 Found\r\nLocation: http://127.0.0.1:1/x", ""),
    ]);
    let bot = Bot::with(&json!({
        "type": "http", "url": format!("{url}/turn?key=1"), "headers": { "X-Key": CANARY },
    }));
    assert_eq!(bot.says("a"), "một");
    let (head, envelope) = requests.recv_timeout(PATIENCE).unwrap();
    assert!(head.starts_with("POST /turn?key=1 HTTP/1.1\r\n"), "{head}");
    assert!(head.contains(CANARY) && head.contains("application/json"), "{head}");
    assert_eq!((&envelope["text"], &envelope["attempt"]), (&json!("a"), &json!(1)));
    assert_eq!(envelope["message_ids"].as_array().map(Vec::len), Some(1));
    bot.hears("b");
    requests.recv_timeout(PATIENCE).unwrap();
    let reason = bot.fails("c");
    assert!(reason.contains("HTTP 302: redirects are not followed"), "{reason}");
    assert!(bot.engine.stop().cut_short.is_empty());
}

#[test]
fn a_server_that_never_answers_is_given_up() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (tell, told) = channel();
    thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        let _ = tell.send(request(&mut stream));
        // Until the other side closes.
        let _ = stream.read_to_end(&mut Vec::new());
        let _ = tell.send(None);
    });
    let bot = Bot::with(&json!({ "type": "http", "url": url }));
    bot.hears("a");
    assert!(told.recv_timeout(PATIENCE).unwrap().is_some());
    assert!(bot.engine.stop().cut_short.is_empty(), "the engine ends all the same");
    assert_eq!(told.recv_timeout(PATIENCE), Ok(None), "the connection is closed");
}
