//! Many accounts and many messages: what one of them is flooded with, or stuck in, harms no other.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Condvar;

use zaloxide_core::{DropReason, State, Status};

use super::webhooks::{SECRET, answered, door, hooked, posts, pushed, update};
use super::*;
use crate::agents::Responder;
use crate::front::FrontConfig;

/// Answers one account's messages with their text, and keeps all others waiting for ever.
#[derive(Default)]
struct Picky {
    answers: Option<&'static str>,
    kept: Mutex<Vec<Responder>>,
}

impl Agent for Picky {
    fn deliver(&self, turn: Turn) {
        if self.answers == Some(&turn.envelope.account) {
            turn.responder.reply(Reply::text(turn.envelope.text.clone()));
        } else {
            self.kept.lock().unwrap().push(turn.responder);
        }
    }

    fn close(&self, _: Duration) {
        let kept = std::mem::take(&mut *self.kept.lock().unwrap());
        drop(kept);
    }
}

/// Answers nothing, at once.
struct Null;

impl Agent for Null {
    fn deliver(&self, turn: Turn) {
        turn.responder.reply(Reply::default());
    }
}

fn engine(accounts: Vec<Account>, agent: Arc<dyn Agent>, script: &Script) -> Engine {
    let mut front = FrontConfig::default();
    front.listen.set_port(0);
    start_accounts(Engine::builder().accounts(accounts).front(front).agent(agent), script)
}

fn status(engine: &Engine, account: &str) -> Status {
    engine.handle().view(account, |view| view.status()).unwrap()
}

/// Posts all bodies on one connection, without waiting for answers; how often each status came.
fn flood(to: SocketAddr, path: &str, bodies: &[String]) -> BTreeMap<u16, usize> {
    let mut stream = TcpStream::connect(to).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut writes = stream.try_clone().unwrap();
    let mut statuses = BTreeMap::new();
    thread::scope(|scope| {
        scope.spawn(move || {
            for (n, body) in bodies.iter().enumerate() {
                let last = if n + 1 == bodies.len() { "close" } else { "keep-alive" };
                write!(
                    writes,
                    "POST {path} HTTP/1.1\r\nHost: a\r\nConnection: {last}\r\n\
                     Content-Type: application/json\r\nX-Bot-Api-Secret-Token: {SECRET}\r\n\
                     Content-Length: {}\r\n\r\n{body}",
                    body.len()
                )
                .unwrap();
            }
        });
        let mut heard = String::new();
        stream.read_to_string(&mut heard).unwrap();
        for head in heard.split("HTTP/1.1 ").skip(1) {
            *statuses.entry(head[..3].parse().unwrap()).or_default() += 1;
        }
    });
    statuses
}

fn messages(count: u32, chat: impl Fn(u32) -> String) -> Vec<String> {
    (0..count).map(|n| update(&chat(n), n, "junk")).collect()
}

#[test]
fn one_that_is_stuck_refused_or_flooded_harms_no_other() {
    let script = Script::default();
    let names = ["stuck", "refused", "flooded", "well"];
    let accounts = (1..).zip(names).map(|(n, name)| {
        let mut account = pushed(name, &format!("{n}:x"), &format!("/{name}"));
        account.config.account = name.into();
        account
    });
    let agent = Picky { answers: Some("well"), ..Picky::default() };
    let engine = engine(accounts.collect(), Arc::new(agent), &script);
    let to = door(&engine);
    // The first is never told who it is: its question stays open.
    let stuck = script.next(Method::GetMe);
    let body = r#"{"ok":false,"error_code":401,"description":"Unauthorized"}"#.into();
    let refused = Outcome::Answered { status: 401, retry_after_ms: None, body };
    script.next(Method::GetMe).1.tell(refused);
    hooked(&script, "3");
    hooked(&script, "4");
    assert_eq!(status(&engine, "refused").state, State::AuthFailed);

    // As many as an account may have open, and some: Zalo is told to keep those.
    let most = u32::try_from(zaloxide_core::limits::ACCOUNT_TURNS_MAX).unwrap();
    let bodies = messages(most + 50, |n| format!("c{}", n % 200));
    let told = flood(to, "/flooded", &bodies);
    assert_eq!(told, [(200, most as usize), (503, 50)].into());
    for name in ["stuck", "refused"] {
        assert_eq!(posts(to, &format!("/{name}"), SECRET, &update("c", 1, "waits")), 200);
    }
    for n in 0..20 {
        assert_eq!(posts(to, "/well", SECRET, &update("c", n, &format!("chào {n}"))), 200);
        answered(&script, &format!("chào {n}"));
    }
    assert_eq!(status(&engine, "well").turns, 0);
    assert_eq!(status(&engine, "flooded").turns, most as usize);
    assert_eq!((status(&engine, "stuck").turns, status(&engine, "refused").turns), (1, 1));
    drop(stuck);
    assert_eq!(engine.stop().failed, None);
}

#[test]
fn a_chat_that_is_flooded_keeps_a_hundred_and_the_others_are_answered() {
    let script = Script::default();
    let engine = engine(vec![pushed("a", "1:x", "/a")], Arc::new(Picky::default()), &script);
    let to = door(&engine);
    hooked(&script, "1");
    assert_eq!(flood(to, "/a", &messages(150, |_| "loud".into())), [(200, 150)].into());
    assert_eq!(posts(to, "/a", SECRET, &update("quiet", 1, "chào")), 200);
    let status = status(&engine, "a");
    assert_eq!((status.turns, status.turns_running), (101, 2), "both chats are with the agent");
    assert_eq!(status.counters.drops.get(&DropReason::LaneFull), Some(&50));
    assert_eq!(engine.stop().failed, None);
}

#[test]
fn junk_in_one_chat_does_not_make_another_chats_messages_unknown() {
    let script = Script::default();
    let engine = engine(vec![pushed("a", "1:x", "/a")], Arc::new(Null), &script);
    let to = door(&engine);
    hooked(&script, "1");
    let quiet = messages(50, |_| "quiet".into());
    assert_eq!(flood(to, "/a", &quiet), [(200, 50)].into());
    assert_eq!(flood(to, "/a", &messages(25_000, |_| "loud".into())), [(200, 25_000)].into());
    let before = status(&engine, "a");
    assert!(before.seen_keys_evicted >= 5_000, "{}", before.seen_keys_evicted);
    assert_eq!(flood(to, "/a", &quiet), [(200, 50)].into());
    let after = status(&engine, "a");
    assert_eq!(after.counters.turns, before.counters.turns, "each was known");
    assert_eq!(after.counters.drops.get(&DropReason::Duplicate), Some(&50));
    assert_eq!(engine.stop().failed, None);
}

/// A Zalo that holds its answers back until it is let go, and counts the calls under way.
#[derive(Default)]
struct Zalo {
    counts: Mutex<Counts>,
    changed: Condvar,
}

#[derive(Default)]
struct Counts {
    under_way: usize,
    most: usize,
    answered: usize,
    let_go: bool,
}

impl Zalo {
    fn start() -> (Arc<Self>, String) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let zalo = Arc::new(Self::default());
        let all = Arc::clone(&zalo);
        // Ends with the test's process.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let all = Arc::clone(&all);
                thread::spawn(move || all.answer(stream));
            }
        });
        (zalo, url)
    }

    fn answer(&self, stream: TcpStream) {
        let mut reader = BufReader::new(stream);
        let (mut head, mut length) = (String::new(), 0);
        while !head.ends_with("\r\n\r\n") {
            let from = head.len();
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
            let line = head[from..].to_ascii_lowercase();
            let declared = line.strip_prefix("content-length:").map(|n| n.trim().parse().unwrap());
            length = declared.unwrap_or(length);
        }
        reader.read_exact(&mut vec![0; length]).unwrap();
        let path = head.split(' ').nth(1).unwrap();
        let id = path.trim_start_matches("/bot").split(':').next().unwrap();
        let body = json!({"ok": true, "result": {"id": id, "url": ""}}).to_string();
        let mut counts = self.counts.lock().unwrap();
        counts.under_way += 1;
        counts.most = counts.most.max(counts.under_way);
        let wait = self.changed.wait_timeout_while(counts, PATIENCE, |counts| !counts.let_go);
        let mut counts = wait.unwrap().0;
        counts.under_way -= 1;
        counts.answered += 1;
        drop(counts);
        let _ = write!(
            reader.get_mut(),
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
    }

    fn counts<R>(&self, of: impl FnOnce(&mut Counts) -> R) -> R {
        let result = of(&mut self.counts.lock().unwrap());
        self.changed.notify_all();
        result
    }
}

#[test]
fn of_all_the_questions_at_a_start_twenty_are_under_way_at_one_time() {
    const ACCOUNTS: usize = 60;
    let (zalo, url) = Zalo::start();
    let accounts = (1..=ACCOUNTS).map(|n| {
        let mut account = pushed(&format!("a{n}"), &format!("{n}:x"), &format!("/a{n}"));
        account.settings.api_url = url.clone();
        account
    });
    let mut front = FrontConfig::default();
    front.listen.set_port(0);
    let engine = Engine::builder().accounts(accounts).front(front).start().unwrap();
    wait_for(|| zalo.counts(|counts| counts.under_way >= 20));
    zalo.counts(|counts| counts.let_go = true);
    // Who it is, which webhook it has, and setting one.
    wait_for(|| zalo.counts(|counts| counts.answered == 3 * ACCOUNTS));
    assert_eq!(zalo.counts(|counts| counts.most), 20);
    let is_set = |name: &String| status(&engine, name).state == State::Webhook;
    wait_for(|| engine.handle().accounts().iter().all(is_set));
    assert_eq!(engine.stop(), Ended { cut_short: Vec::new(), failed: None });
}
