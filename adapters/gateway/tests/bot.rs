//! Whole bots against the local Zalo platform, over HTTP and the control socket.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::{Value, json};
use zaloxide::agents::from_config;
use zaloxide::config::{AgentConfig, Config};
use zaloxide::control::{CallError, Client, Host, Request, Server, ServerError, Who, socket_path};
use zaloxide::core::{ChatId, Method, Refused, SenderId};
use zaloxide::engine::AskError;
use zaloxide::store::Memory;
use zaloxide::{Account, AllowList, Callback, DmPolicy, Engine, Reply};
use zaloxide_emulator::{Call, DEFAULT_TOKEN, Emulator, Fault, FaultKind, Options};

const PATIENCE: Duration = Duration::from_secs(30);
const AN: &str = "6ede9afa66b88fe6d6a9";

fn account(zalo: &Emulator) -> Account {
    let mut account = Account::new("default", DEFAULT_TOKEN).unwrap();
    account.settings.api_url = zalo.url();
    account
}

/// The next message to this chat after the call `since`.
fn told(zalo: &Emulator, since: u64, chat: &str) -> Call {
    let wanted = |call: &Call| call.method == "sendMessage" && call.params["chat_id"] == chat;
    zalo.wait_for_call(since, PATIENCE, wanted).expect("nothing was sent")
}

fn text(call: &Call) -> &str {
    call.params["text"].as_str().unwrap()
}

fn writes(zalo: &Emulator, user: &str, words: &str) {
    assert!(zalo.wait_for_poll(None, PATIENCE).unwrap(), "nobody polls");
    assert!(zalo.user(user).named("An").sends_text(words).unwrap().is_delivered());
}

#[test]
fn an_engine_that_has_ended_holds_nothing_whoever_holds_a_handle_of_it() {
    let zalo = Emulator::start(Options::default()).unwrap();
    let (wrote, written) = channel();
    let agent = Arc::new(Callback::new(move |_| {
        wrote.send(()).unwrap();
        Ok(Reply::text("ok"))
    }));
    let its_agent = Arc::downgrade(&agent);
    let store = Arc::new(Memory::new());
    let kept = Arc::downgrade(&store);
    let mut account = account(&zalo);
    account.config.dm_policy = DmPolicy::Open;
    account.config.allow_from = AllowList::from_entries(["*"]);
    let engine = Engine::builder().account(account).store(store).agent(agent).start().unwrap();
    let handle = engine.handle();
    writes(&zalo, AN, "hello");
    written.recv_timeout(PATIENCE).unwrap();
    assert_eq!(handle.accounts(), ["default"]);
    engine.stop();
    assert!(handle.accounts().is_empty());
    let send = handle.send("default", AN.into(), Reply::text("too late"));
    assert_eq!(send.unwrap_err(), AskError::Refused(Refused::Stopped));
    drop(handle);
    assert!(its_agent.upgrade().is_none(), "the agent is let go");
    assert!(kept.upgrade().is_none(), "the store too");
}

#[test]
fn a_stranger_gets_a_code_is_approved_and_answered_in_chunks() {
    let zalo = Emulator::start(Options::default()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = socket_path(dir.path(), &|_| None).unwrap();
    let engine = Engine::builder().account(account(&zalo)).start().unwrap();
    let server = Server::start(&path, engine.handle(), Host::default()).unwrap();
    let mut client = Client::connect(&path).unwrap();

    writes(&zalo, AN, "let me in");
    let asked = told(&zalo, 0, AN);
    let list = client.call(&Request::PairingList { account: None }).unwrap();
    let pending = &list["accounts"][0]["pending"][0];
    assert_eq!((&pending["sender"], &pending["name"]), (&json!(AN), &json!("An")));
    let code = pending["code"].as_str().unwrap();
    assert!(text(&asked).contains(code) && text(&asked).contains(AN), "{}", text(&asked));

    let approve = |code: &str| Request::PairingApprove {
        account: None,
        code: code.to_owned(),
        notify: false,
    };
    let unknown = client.call(&approve("WRONG234")).unwrap_err();
    assert!(matches!(unknown, CallError::Refused { ref kind, .. } if kind == "unknown_code"));
    let approved = client.call(&approve(&format!(" {} ", code.to_lowercase()))).unwrap();
    assert_eq!((&approved["sender"], &approved["account"]), (&json!(AN), &json!("default")));
    let used = client.call(&approve(code)).unwrap_err();
    assert!(matches!(used, CallError::Refused { .. }), "{used}");

    let words = "Xin chào các bạn. ".repeat(280);
    writes(&zalo, AN, words.trim());
    let mut since = zalo.calls_since(0).iter().find(|call| call.n == asked.n).unwrap().n;
    let mut answer = Vec::new();
    while answer.iter().map(String::len).sum::<usize>() + answer.len() < words.trim().len() {
        let chunk = told(&zalo, since, AN);
        assert!(text(&chunk).encode_utf16().count() <= 2_000);
        answer.push(text(&chunk).to_owned());
        since = chunk.n;
    }
    assert!(answer.len() >= 3 && answer.join(" ") == words.trim(), "{answer:?}");

    let history = client.call(&Request::PairingHistory { account: None }).unwrap();
    assert_eq!(history["accounts"][0]["history"][0]["source"], "cli");
    let revoke = Request::PairingRevoke { account: None, sender: SenderId::from(AN) };
    assert_eq!(client.call(&revoke).unwrap()["sender"], AN);
    assert!(engine.stop().cut_short.is_empty());
    drop(server);
    assert!(!path.exists(), "the socket is removed");
}

#[test]
fn commands_reach_the_right_account() {
    let other = "2000000000000000002:another-token";
    let options =
        Options { tokens: vec![DEFAULT_TOKEN.into(), other.into()], ..Options::default() };
    let zalo = Emulator::start(options).unwrap();
    let mut second = Account::new("second", other).unwrap();
    second.settings.api_url = zalo.url();
    let engine = Engine::builder().account(account(&zalo)).account(second).start().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = socket_path(dir.path(), &|_| None).unwrap();
    let server = Server::start(&path, engine.handle(), Host::default()).unwrap();
    let mut client = Client::connect(&path).unwrap();

    let bot = Some("2000000000000000002");
    assert!(zalo.wait_for_poll(bot, PATIENCE).unwrap());
    zalo.user(AN).to_bot("2000000000000000002").sends_text("hi").unwrap();
    told(&zalo, 0, AN);
    let list = client.call(&Request::PairingList { account: Some("second".into()) }).unwrap();
    let code = list["accounts"][0]["pending"][0]["code"].as_str().unwrap().to_owned();
    let reject = Request::PairingReject { account: None, who: Who::Either(code), block: true };
    assert_eq!(client.call(&reject).unwrap()["account"], "second");
    let stranger = Who::Sender(SenderId::from("nobody"));
    let reject = Request::PairingReject { account: None, who: stranger, block: false };
    assert!(client.call(&reject).unwrap_err().to_string().contains("--account"));

    let message = |account: Option<&str>| Request::Send {
        account: account.map(ToOwned::to_owned),
        chat: ChatId::from("c1"),
        content: Reply::text("hello"),
        wait_ms: 30_000,
    };
    let unclear = client.call(&message(None)).unwrap_err();
    assert!(unclear.to_string().contains("default, second"), "{unclear}");
    let sent = client.call(&message(Some("second"))).unwrap();
    assert_eq!((&sent["type"], sent["sent"].as_array().unwrap().len()), (&json!("sent"), 1));
    assert_eq!(told(&zalo, 0, "c1").token_id.as_deref(), bot);
    let nobody = client.call(&message(Some("third"))).unwrap_err();
    assert!(nobody.to_string().contains("no account is named \"third\""), "{nobody}");

    let status = client.call(&Request::Status { account: None }).unwrap();
    let names: Vec<&Value> =
        status["accounts"].as_array().unwrap().iter().map(|one| &one["account"]).collect();
    assert_eq!(names, ["default", "second"]);
    for list in [
        Request::TurnsList { account: None },
        Request::Quota { account: None },
        Request::ChatsList { account: None },
    ] {
        assert_eq!(client.call(&list).unwrap()["accounts"].as_array().unwrap().len(), 2);
    }
    let pause = |chat: &str| Request::ChatsPause {
        account: Some("second".into()),
        chat: ChatId::from(chat),
    };
    assert_eq!(client.call(&pause("c1")).unwrap()["type"], "chat_paused");
    assert!(client.call(&Request::QuotaResume { account: Some("second".into()) }).is_err());
    assert_eq!(client.call(&Request::Stop {}).unwrap()["type"], "stopping");
    assert!(engine.wait().cut_short.is_empty());
    drop(server);
}

#[test]
fn a_program_answers_and_faults_of_the_network_are_survived() {
    let zalo = Emulator::start(Options::default()).unwrap();
    let text = format!(
        "{{ channels: {{ zalo: {{ botToken: '{DEFAULT_TOKEN}', apiUrl: '{}', dmPolicy: 'open',
            allowFrom: ['*'] }} }}, agent: {{ type: 'exec', command: ['/bin/sh', '-c',
            'read -r line; echo \"{{\\\\\"text\\\\\": \\\\\"$GREETING\\\\\"}}\"'],
            env: {{ GREETING: 'Chào An' }} }} }}",
        zalo.url()
    );
    let config = Config::parse(&text, None, &|_| None).unwrap_or_else(|error| panic!("{error}"));
    let agent = from_config(config.agent.as_ref().unwrap()).unwrap();
    let engine = Engine::builder().config(&config).agent(agent).start().unwrap();
    for kind in [FaultKind::Http429Html, FaultKind::Http502Html] {
        zalo.fault(Fault::new(kind).on_method(Method::SendMessage).times(1)).unwrap();
    }
    writes(&zalo, AN, "hello");
    let wanted = |call: &Call| call.method == "sendMessage" && call.status == Some(200);
    let answered = zalo.wait_for_call(0, PATIENCE, wanted).expect("no answer");
    assert_eq!(self::text(&answered), "Chào An");
    assert!(engine.stop().cut_short.is_empty());
    assert!(from_config(&AgentConfig::Echo).is_ok());
}

#[test]
fn a_slow_chat_holds_up_no_other() {
    let zalo = Emulator::start(Options::default()).unwrap();
    let (release, released) = channel::<()>();
    let released = std::sync::Mutex::new(released);
    let agent = Callback::new(move |envelope| {
        if envelope.text == "slow" {
            let _ = released.lock().unwrap().recv_timeout(PATIENCE);
        }
        Ok(Reply::text(envelope.text.clone()))
    });
    let mut account = account(&zalo);
    account.config.dm_policy = DmPolicy::Open;
    account.config.allow_from.any = true;
    let engine = Engine::builder().account(account).agent(Arc::new(agent)).start().unwrap();
    writes(&zalo, "a", "slow");
    writes(&zalo, "b", "quick");
    assert_eq!(text(&told(&zalo, 0, "b")), "quick");
    let answered = |call: &Call| call.method == "sendMessage" && call.params["chat_id"] == "a";
    assert!(!zalo.calls_since(0).iter().any(answered));
    release.send(()).unwrap();
    assert_eq!(text(&told(&zalo, 0, "a")), "slow");
    assert!(engine.stop().cut_short.is_empty());
}

#[test]
fn the_socket_is_its_owners_alone() {
    let zalo = Emulator::start(Options::default()).unwrap();
    let engine = Engine::builder().account(account(&zalo)).start().unwrap();
    let start = |path: &Path| Server::start(path, engine.handle(), Host::default());
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let path = socket_path(&state, &|_| None).unwrap();
    assert!(matches!(Client::connect(&path), Err(CallError::NotRunning { .. })));

    // One that nobody listens on any more is replaced.
    fs::create_dir(&state).unwrap();
    fs::set_permissions(&state, fs::Permissions::from_mode(0o700)).unwrap();
    drop(UnixListener::bind(&path).unwrap());
    let server = start(&path).unwrap();
    let meta = fs::metadata(&path).unwrap();
    assert!(meta.file_type().is_socket() && meta.permissions().mode() & 0o777 == 0o600);
    let twice = start(&path).unwrap_err();
    assert!(matches!(twice, ServerError::Running { .. }), "{twice}");

    // A directory of its own is made for the owner alone; an open one is refused.
    let fresh = dir.path().join("fresh/deep");
    drop(start(&fresh.join("control.sock")).unwrap());
    assert_eq!(fs::metadata(&fresh).unwrap().permissions().mode() & 0o777, 0o700);
    fs::set_permissions(&fresh, fs::Permissions::from_mode(0o777)).unwrap();
    let open = start(&fresh.join("control.sock")).unwrap_err();
    assert!(open.to_string().contains("chmod 700"), "{open}");

    // Lines that are no requests are answered, and harm nobody else.
    let greeted = |line: &str| {
        let mut stream = UnixStream::connect(&path).unwrap();
        stream.write_all(line.as_bytes()).unwrap();
        let mut answer = String::new();
        BufReader::new(&stream).read_line(&mut answer).unwrap();
        answer
    };
    assert!(greeted("{\"protocol\":1}\n").contains("\"protocol\":1"));
    assert!(greeted("{\"protocol\":2}\n").contains("speaks protocol 1"));
    assert!(greeted("hello\n").contains("error"));
    let mut stream = BufReader::new(UnixStream::connect(&path).unwrap());
    for line in ["{\"protocol\":1}", "{\"request\":\"dance\"}", "{\"request\":\"stop\",\"x\":1}"] {
        stream.get_mut().write_all(format!("{line}\n").as_bytes()).unwrap();
    }
    let mut answers = String::new();
    for _ in 0..3 {
        stream.read_line(&mut answers).unwrap();
    }
    assert_eq!(answers.matches("bad_request").count(), 2, "{answers}");
    assert!(Client::connect(&path).unwrap().call(&Request::Status { account: None }).is_ok());

    assert!(engine.stop().cut_short.is_empty());
    drop(server);
}

#[test]
fn a_long_state_directory_has_its_socket_elsewhere() {
    let long = Path::new("/tmp").join("x".repeat(120));
    let runtime = |name: &str| (name == "XDG_RUNTIME_DIR").then(|| "/run/user/1".to_owned());
    let path = socket_path(&long, &runtime).unwrap();
    assert!(
        path.starts_with("/run/user/1") && path != socket_path(&long.join("y"), &runtime).unwrap()
    );
    assert_eq!(path, socket_path(&long, &runtime).unwrap());
    let error = socket_path(&long, &|_| None).unwrap_err().to_string();
    assert!(error.contains("XDG_RUNTIME_DIR"), "{error}");
}
