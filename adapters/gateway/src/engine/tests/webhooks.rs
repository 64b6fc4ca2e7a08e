//! Accounts that are pushed to, and accounts that come and go.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use super::*;
use crate::front::FrontConfig;

pub(super) const SECRET: &str = "secret-of-a";

/// An account that Zalo pushes to.
pub(super) fn pushed(name: &str, token: &str, path: &str) -> Account {
    let mut account = account();
    account.config.account = name.into();
    account.settings = zaloxide_polling::Settings::new(token.parse().unwrap());
    account.config.bot_id = account.settings.token.bot_id().into();
    account.config.webhook_url = Some(format!("https://bot.example{path}"));
    account.settings.webhook_secret = Some(SECRET.parse().unwrap());
    account
}

fn engine(accounts: Vec<Account>, script: &Script, store: &Memory) -> Engine {
    let mut front = FrontConfig::default();
    front.listen.set_port(0);
    let builder = Engine::builder().accounts(accounts).front(front);
    start_accounts(builder.store(Arc::new(store.clone())), script)
}

/// Answers until a bot's webhook is set; the body of `setWebhook`.
pub(super) fn hooked(script: &Script, id: &str) -> String {
    script.next(Method::GetMe).1.tell(ok(&json!({"id": id})));
    script.next(Method::GetWebhookInfo).1.tell(ok(&json!({"url": ""})));
    let (call, end) = script.next(Method::SetWebhook);
    end.tell(ok(&json!({"url": "https://bot.example", "updated_at": 1})));
    call.body
}

pub(super) fn update(chat: &str, id: u32, text: &str) -> String {
    json!({"event_name": "message.text.received", "message": {
        "from": {"id": chat, "display_name": "An"}, "chat": {"id": chat, "chat_type": "PRIVATE"},
        "text": text, "message_id": format!("m{id}"), "date": 1_795_000_000_000_u64}})
    .to_string()
}

/// The status that Zalo is told.
pub(super) fn posts(to: SocketAddr, path: &str, secret: &str, body: &str) -> u16 {
    let mut stream = TcpStream::connect(to).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n\
         X-Bot-Api-Secret-Token: {secret}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut heard = String::new();
    stream.read_to_string(&mut heard).unwrap();
    heard[9..12].parse().unwrap()
}

pub(super) fn door(engine: &Engine) -> SocketAddr {
    engine.handle().addresses().0.unwrap()
}

pub(super) fn answered(script: &Script, text: &str) {
    let (call, end) = script.next(Method::SendMessage);
    assert!(call.body.contains(text), "{}", call.body);
    end.tell(sent(1));
}

#[test]
fn what_is_pushed_is_durable_answered_and_known_when_it_comes_again() {
    let (script, store) = (Script::default(), Memory::new());
    let first = engine(vec![pushed("a", "1:x", "/a")], &script, &store);
    let to = door(&first);
    assert!(hooked(&script, "1").contains("https://bot.example/a"));
    assert_eq!(posts(to, "/a", SECRET, &update("c", 1, "chào")), 200);
    answered(&script, "chào");
    for _ in 0..3 {
        assert_eq!(posts(to, "/a", SECRET, &update("c", 1, "chào")), 200, "a duplicate");
    }
    assert_eq!(posts(to, "/a", SECRET, "[1"), 400);
    assert_eq!(posts(to, "/a", SECRET, &"[".repeat(500_000)), 400);
    let deep = format!("{}1{}", r#"{"message":"#.repeat(50_000), "}".repeat(50_000));
    assert_eq!(posts(to, "/a", SECRET, &deep), 200, "an object, though nobody knows what of");
    assert_eq!(posts(to, "/a", "wrong", &update("c", 2, "x")), 401);
    assert_eq!(posts(to, "/b", SECRET, &update("c", 2, "x")), 404);
    // In another chat the same number is another message.
    assert_eq!(posts(to, "/a", SECRET, &update("d", 1, "hai")), 200);
    answered(&script, "hai");
    assert_eq!(first.handle().view("a", |view| view.status().counters.received).unwrap(), 8);
    assert!(first.stop().cut_short.is_empty());
    assert_eq!(script.waiting(Method::SendMessage), 0);
    assert_eq!(script.waiting(Method::DeleteWebhook), 0, "the webhook stays");
}

#[test]
fn what_can_not_be_kept_is_to_come_again() {
    let (script, store) = (Script::default(), Faulty::new(Arc::new(Memory::new())));
    let mut front = FrontConfig::default();
    front.listen.set_port(0);
    let builder = Engine::builder().account(pushed("a", "1:x", "/a")).front(front);
    let engine = start_accounts(builder.store(Arc::new(store.clone())), &script);
    let to = door(&engine);
    hooked(&script, "1");
    wait_for(|| engine.handle().view("a", |view| view.records()).unwrap().0 > 0);
    store.plan([Fault::Fail]);
    assert_eq!(posts(to, "/a", SECRET, &update("c", 1, "chào")), 503);
    assert_eq!(posts(to, "/a", SECRET, &update("c", 2, "hai")), 503, "intake is closed");
    // It heals, and Zalo's repetition finds the first one known.
    answered(&script, "chào");
    assert_eq!(posts(to, "/a", SECRET, &update("c", 1, "chào")), 200);
    assert_eq!(posts(to, "/a", SECRET, &update("c", 2, "hai")), 200);
    answered(&script, "hai");
    assert!(engine.stop().cut_short.is_empty());
    assert_eq!(script.waiting(Method::SendMessage), 0);
}

#[test]
fn accounts_join_change_and_leave_and_the_others_work_on() {
    let (script, store) = (Script::default(), Memory::new());
    let (a, b) = (pushed("a", "1:x", "/a"), pushed("b", "2:y", "/b"));
    let engine = engine(vec![a.clone()], &script, &store);
    let (handle, to) = (engine.handle(), door(&engine));
    hooked(&script, "1");

    let done = handle.reload(vec![a.clone(), b.clone()]).unwrap();
    assert_eq!((done.added.as_slice(), done.to_string().as_str()), (&["b".into()][..], "added b"));
    hooked(&script, "2");
    assert_eq!(posts(to, "/b", SECRET, &update("c", 1, "to b")), 200);
    answered(&script, "to b");
    assert_eq!(handle.accounts(), ["a", "b"]);
    assert_eq!(
        handle.reload(vec![a.clone(), b.clone()]).unwrap().to_string(),
        "nothing has changed"
    );

    // A new path: the old one is let in until Zalo has taken the new one.
    let mut moved = a.clone();
    moved.config.webhook_url = Some("https://bot.example/new".into());
    assert_eq!(handle.reload(vec![moved.clone(), b.clone()]).unwrap().changed, ["a"]);
    script.next(Method::GetMe).1.tell(ok(&json!({"id": "1"})));
    let (_, info) = script.next(Method::GetWebhookInfo);
    assert_eq!(posts(to, "/a", SECRET, &update("c", 2, "old")), 200);
    assert_eq!(posts(to, "/new", SECRET, &update("c", 3, "new")), 200);
    answered(&script, "old");
    answered(&script, "new");
    info.tell(ok(&json!({"url": "https://bot.example/a"})));
    script.next(Method::SetWebhook).1.tell(ok(&json!({"url": "https://bot.example/new"})));
    wait_for(|| posts(to, "/a", SECRET, "{}") == 404);
    assert_eq!(posts(to, "/new", SECRET, "{}"), 200);

    // A new secret is told to Zalo too.
    let mut rotated = moved.clone();
    rotated.settings.webhook_secret = Some("another-secret".parse().unwrap());
    assert_eq!(handle.reload(vec![rotated.clone(), b.clone()]).unwrap().changed, ["a"]);
    script.next(Method::GetMe).1.tell(ok(&json!({"id": "1"})));
    script.next(Method::GetWebhookInfo).1.tell(ok(&json!({"url": "https://bot.example/new"})));
    assert_eq!(posts(to, "/new", SECRET, "{}"), 200);
    script.next(Method::SetWebhook).1.tell(ok(&json!({"url": "https://bot.example/new"})));
    wait_for(|| posts(to, "/new", SECRET, "{}") == 401);
    assert_eq!(posts(to, "/new", "another-secret", "{}"), 200);

    // `a` leaves with a turn under way; what waits goes on when it is back.
    assert_eq!(posts(to, "/new", "another-secret", &update("c", 4, "kept")), 200);
    let (_, end) = script.next(Method::SendMessage);
    let leaves = thread::spawn({
        let (handle, b) = (handle.clone(), b.clone());
        move || handle.reload(vec![b]).unwrap().removed
    });
    wait_for(|| posts(to, "/new", "another-secret", "{}") == 404);
    end.tell(Outcome::NotSent { reason: "not now".into() });
    assert_eq!(leaves.join().unwrap(), ["a"]);
    assert_eq!(handle.accounts(), ["b"]);
    assert_eq!(posts(to, "/b", SECRET, &update("c", 5, "still")), 200);
    answered(&script, "still");
    assert_eq!(handle.reload(vec![rotated, b]).unwrap().added, ["a"]);
    script.next(Method::GetMe).1.tell(ok(&json!({"id": "1"})));
    answered(&script, "kept");
    assert_eq!(engine.stop(), Ended { cut_short: Vec::new(), failed: None });
}

#[test]
fn a_change_that_can_not_be_leaves_everything_as_it_was() {
    let (script, store) = (Script::default(), Memory::new());
    let a = pushed("a", "1:x", "/a");
    let engine = engine(vec![a.clone()], &script, &store);
    let (handle, to) = (engine.handle(), door(&engine));
    hooked(&script, "1");
    assert!(matches!(handle.reload(Vec::new()), Err(StartError::NoAccount)));
    let mut no_secret = a.clone();
    no_secret.settings.webhook_secret = None;
    assert!(matches!(handle.reload(vec![no_secret]), Err(StartError::Config { .. })));
    let twin = pushed("b", "1:y", "/b");
    assert!(matches!(handle.reload(vec![a.clone(), twin]), Err(StartError::Twice { .. })));
    // Another bot under the old name, and a path that is taken: each fails alone.
    let other_bot = pushed("a", "3:z", "/c");
    let done = handle.reload(vec![other_bot, pushed("b", "2:y", "/a")]).unwrap();
    assert_eq!(done.failed.len(), 2, "{done}");
    assert!(done.to_string().contains("another bot"), "{done}");
    assert!(done.to_string().contains("has this path with this secret already"), "{done}");
    assert_eq!(handle.accounts(), ["a"]);
    assert_eq!(posts(to, "/a", SECRET, &update("c", 1, "chào")), 200);
    answered(&script, "chào");
    assert_eq!(posts(to, "/c", SECRET, "{}"), 404);
    // The lease of the account that could not join was given back.
    assert!(store.open("b").is_ok());
    assert_eq!(engine.stop(), Ended { cut_short: Vec::new(), failed: None });
}

#[test]
fn an_account_may_begin_to_be_pushed_to_and_to_poll_again() {
    let (script, store) = (Script::default(), Memory::new());
    let pushed = pushed("a", "1:x", "/a");
    let mut polled = pushed.clone();
    (polled.config.webhook_url, polled.settings.webhook_secret) = (None, None);
    let engine = engine(vec![polled.clone()], &script, &store);
    let handle = engine.handle();
    script.begin();
    script.write("c", 1, "polled");
    answered(&script, "polled");
    assert_eq!(handle.addresses().0, None, "nothing is listened on that nobody needs");
    assert_eq!(handle.reload(vec![pushed]).unwrap().changed, ["a"]);
    let to = door(&engine);
    hooked(&script, "1");
    assert_eq!(posts(to, "/a", SECRET, &update("c", 2, "pushed")), 200);
    answered(&script, "pushed");
    assert_eq!(handle.reload(vec![polled]).unwrap().changed, ["a"]);
    script.next(Method::GetMe).1.tell(ok(&json!({"id": "1"})));
    script.next(Method::GetWebhookInfo).1.tell(ok(&json!({"url": "https://bot.example/a"})));
    let (_, removal) = script.next(Method::DeleteWebhook);
    assert_eq!(posts(to, "/a", SECRET, &update("c", 3, "the last")), 200, "until it is removed");
    answered(&script, "the last");
    removal.tell(ok(&json!({"url": ""})));
    script.write("c", 4, "polled again");
    answered(&script, "polled again");
    wait_for(|| posts(to, "/a", SECRET, "{}") == 404);
    assert_eq!(engine.stop(), Ended { cut_short: Vec::new(), failed: None });
}

#[test]
fn a_port_that_is_taken_is_named_and_nothing_is_left_behind() {
    let (script, store) = (Script::default(), Memory::new());
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let listen = taken.local_addr().unwrap();
    let mut front = FrontConfig { listen, ..FrontConfig::default() };
    let builder = Engine::builder().account(pushed("a", "1:x", "/a")).front(front.clone());
    let refused = builder.store(Arc::new(store.clone())).start().unwrap_err().to_string();
    assert!(refused.contains("webhook.listen") && refused.contains("another program"), "{refused}");
    assert!(store.open("a").is_ok(), "its lease is free");
    let mut polled = account();
    polled.config.account = "b".into();
    (front.ops, front.listen) = (Some(front.listen), FrontConfig::default().listen);
    let builder = Engine::builder().account(polled).front(front).store(Arc::new(store.clone()));
    let line = script.clone();
    let calls = Calls::new(NonZeroUsize::MIN);
    let refused = builder.start_with(calls.clone(), calls, move |_| Ok(Box::new(line.clone())));
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("ops.listen"), "{refused}");
    assert!(store.open("b").is_ok(), "its lease is free");
}

#[test]
fn health_and_metrics_are_of_the_accounts() {
    let (script, store) = (Script::default(), Faulty::new(Arc::new(Memory::new())));
    let mut front = FrontConfig::default();
    front.listen.set_port(0);
    front.ops = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    let builder = Engine::builder().account(pushed("a\"\n", "1:x", "/a")).front(front);
    let engine = start_accounts(builder.store(Arc::new(store.clone())), &script);
    let (to, ops) = (door(&engine), engine.handle().addresses().1.unwrap());
    let get = |path: &str| {
        let mut stream = TcpStream::connect(ops).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
        let mut heard = String::new();
        stream.read_to_string(&mut heard).unwrap();
        heard
    };
    assert!(get("/healthz").starts_with("HTTP/1.1 200"));
    assert!(get("/readyz").starts_with("HTTP/1.1 503"), "nothing is received yet");
    hooked(&script, "1");
    wait_for(|| get("/readyz").starts_with("HTTP/1.1 200"));
    assert_eq!(posts(to, "/a", SECRET, &update("c", 1, "chào")), 200);
    answered(&script, "chào");
    assert_eq!(posts(to, "/a", SECRET, &update("c", 1, "chào")), 200);
    let account = r#"account="a\"\n""#;
    wait_for(|| get("/metrics").contains(&format!("zaloxide_sent_total{{{account}}} 1\n")));
    let metrics = get("/metrics");
    for line in [
        format!("zaloxide_received_total{{{account}}} 2\n"),
        format!("zaloxide_turns_total{{{account}}} 1\n"),
        format!("zaloxide_dropped_total{{{account},reason=\"duplicate\"}} 1\n"),
        format!("zaloxide_state{{{account},state=\"webhook\"}} 1\n"),
        format!("zaloxide_quota_sent{{{account}}} 1\n"),
        format!("zaloxide_quota_monthly{{{account}}} 3000\n"),
        format!("zaloxide_turns_open{{{account}}} 0\n"),
        format!("zaloxide_chunks_waiting{{{account}}} 0\n"),
        format!("zaloxide_retried_total{{{account}}} 0\n"),
        format!("zaloxide_unknown_total{{{account}}} 0\n"),
        "zaloxide_commit_seconds_bucket{le=\"".into(),
        "zaloxide_commit_seconds_count ".into(),
        "zaloxide_build_info{version=\"".into(),
    ] {
        assert!(metrics.contains(&line), "{line} is not in\n{metrics}");
    }
    assert!(metrics.ends_with("# EOF\n") && !metrics.contains(SECRET), "{metrics}");
    store.plan([Fault::Fail]);
    assert_eq!(posts(to, "/a", SECRET, &update("c", 2, "x")), 503);
    assert!(get("/readyz").contains("the store can't be written"), "{}", get("/readyz"));
    answered(&script, "x");
    assert!(get("/readyz").starts_with("HTTP/1.1 200"));
    assert!(engine.stop().cut_short.is_empty());
}
