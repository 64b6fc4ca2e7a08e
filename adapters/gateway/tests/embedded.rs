//! An engine inside a program in another language: what it pulls, is told, and hands in.
#![cfg(all(unix, feature = "webhook"))]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use zaloxide::Reply;
use zaloxide::agents::{Pull, Pulled};
use zaloxide::bot::{BotError, Hears, Plan, snake_case};
use zaloxide::control::Request;
use zaloxide::core::{Answer as Done, Settled};
use zaloxide::embedded::{Answer, Clerk, Embedded, Knock, Knocked, NotDone, Wish};
use zaloxide::front::PlainAnswer;
use zaloxide_emulator::{DEFAULT_TOKEN, Emulator, Options};

const PATIENCE: Duration = Duration::from_secs(30);
const SECRET: &str = "a-long-random-secret";
const BODY: &str = r#"{"message":{"from":{"id":"an"},"chat":{"id":"an"},"text":"hello"}}"#;

fn plan(zalo: &Emulator, dir: &Path) -> Plan {
    let keys = json!({
        "botToken": DEFAULT_TOKEN,
        "apiUrl": zalo.url(),
        "dmPolicy": "open",
        "allowFrom": ["*"],
        "webhookUrl": "https://bot.example.com/zalo",
        "webhookSecret": SECRET,
    });
    Plan::from_keys(&keys.to_string(), Some(dir.into()), snake_case).unwrap()
}

fn wish(mounted: bool) -> Wish {
    let (durable, local) = (false, true);
    let (hears, source, level) = (Hears::default(), "test", None);
    Wish { durable, hears, mounted, local, source, level }
}

fn start(plan: &Plan) -> Embedded {
    Embedded::start(plan, &wish(true), &Pulled::new(10).unwrap()).unwrap()
}

fn knock(secret: &str, body: Option<&str>) -> Knock {
    let header = |name: &str, value: &str| (name.into(), value.into());
    Knock {
        method: "POST".into(),
        target: "/zalo".into(),
        headers: vec![
            header("X-Bot-Api-Secret-Token", secret),
            header("Content-Type", "application/json"),
            header("Content-Length", &BODY.len().to_string()),
        ],
        peer: Some("192.0.2.1".into()),
        major: 1,
        body: body.map(Into::into),
    }
}

fn now(knocked: &Knocked) -> u16 {
    match knocked {
        Knocked::Now(PlainAnswer { status, .. }) => *status,
        Knocked::Later(number) => panic!("later, as {number}"),
    }
}

/// The status that comes under a number, after what was wanted of the body was given.
fn later(engine: &Embedded, knocked: &Knocked) -> u16 {
    let &Knocked::Later(number) = knocked else { panic!("{knocked:?}") };
    loop {
        match engine.result(number, PATIENCE).expect("nothing came") {
            Answer::Wanted => engine.give(number, Some(BODY.into()), true),
            Answer::Http(answer) => return answer.status,
            other @ Answer::Sent(_) => panic!("{other:?}"),
        }
    }
}

/// Answers the next turn.
fn answers(engine: &Embedded, text: &str) {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        if let Ok(Pull::Turn { envelope, .. }) = engine.pulled().next(PATIENCE) {
            engine.show_typing(&envelope.account, envelope.turn, envelope.attempt);
            let reply = Ok(Reply::text(text));
            assert!(engine.pulled().answer(envelope.turn, envelope.attempt, reply));
            return;
        }
    }
    panic!("no turn came");
}

#[test]
fn a_plan_is_made_of_keys_and_says_what_is_wrong_in_the_programs_words() {
    let dir = tempfile::tempdir().unwrap();
    let state = || Some(dir.path().to_owned());
    let plan = Plan::from_keys(r#"{"botToken": "77:x"}"#, state(), snake_case).unwrap();
    assert_eq!((plan.accounts(), plan.dir.as_path()), (vec!["default".to_owned()], dir.path()));
    assert!(!plan.takes_webhooks() && plan.paths().is_empty() && plan.warnings().is_empty());
    let wrong = r#"{"botToken": "77:x", "dmPolicy": "opne"}"#;
    let said =
        |spell: fn(&str) -> String| Plan::from_keys(wrong, state(), spell).unwrap_err().to_string();
    assert!(said(snake_case).starts_with("`dm_policy`"), "{}", said(snake_case));
    assert!(said(str::to_owned).starts_with("`dmPolicy`"), "{}", said(str::to_owned));
    let file = dir.path().join("zaloxide.json5");
    std::fs::write(&file, "{channels: {zalo: {botToken: \"77:x\", dmPolicy: \"opne\"}}}").unwrap();
    let wrong = Plan::from_file(Some(&file), Some(dir.path())).unwrap_err();
    assert!(wrong.to_string().contains("zaloxide.json5:1:"), "{wrong}");
}

#[test]
fn a_webhook_is_answered_at_once_or_later_and_its_turn_is_pulled() {
    let (zalo, dir) = (Emulator::start(Options::default()).unwrap(), tempfile::tempdir().unwrap());
    let engine = start(&plan(&zalo, dir.path()));
    assert!(!engine.is_guest());
    assert_eq!(now(&engine.knock(knock(SECRET, Some(BODY))).unwrap()), 200, "in memory, at once");
    answers(&engine, "xin chào");
    let sent = zalo.wait_for_call(0, PATIENCE, |call| call.method == "sendMessage").unwrap();
    assert_eq!(sent.params["text"], "xin chào");
    let mut elsewhere = knock(SECRET, None);
    (elsewhere.target, elsewhere.headers) = ("/else".into(), Vec::new());
    assert_eq!(now(&engine.knock(elsewhere).unwrap()), 404, "nothing of the body is needed");
    let piecewise = engine.knock(knock(SECRET, None)).unwrap();
    assert_eq!(later(&engine, &piecewise), 200);
    let broken = engine.knock(knock(SECRET, None)).unwrap();
    let Knocked::Later(number) = broken else { panic!("{broken:?}") };
    assert!(matches!(engine.result(number, PATIENCE), Some(Answer::Wanted)));
    engine.give(number, None, true);
    assert!(matches!(engine.result(number, PATIENCE), Some(Answer::Http(it)) if it.status == 400));
}

#[test]
fn a_clerk_hands_requests_in_and_all_that_comes_of_them_comes_under_their_number() {
    let (zalo, dir) = (Emulator::start(Options::default()).unwrap(), tempfile::tempdir().unwrap());
    let (engine, clerk) = (Arc::new(start(&plan(&zalo, dir.path()))), Clerk::start().unwrap());
    for (secret, status) in [(SECRET, 200), ("guess", 401)] {
        let (number, other) = (engine.numbers(1).unwrap(), Arc::clone(&engine));
        clerk.take(move || other.knock_as(number, knock(secret, Some(BODY))));
        assert_eq!(later(&engine, &Knocked::Later(number)), status);
    }
    answers(&engine, "xin chào");
    let polls = format!(r#"{{"botToken": "77:y", "apiUrl": "{}"}}"#, zalo.url());
    let polls = Plan::from_keys(&polls, Some(dir.path().join("polls")), str::to_owned).unwrap();
    let doorless = start(&polls).numbers(1);
    assert!(matches!(doorless, Err(NotDone::NoDoor)), "{doorless:?}");
}

#[test]
fn a_send_ends_under_its_number_and_requests_are_answered() {
    let (zalo, dir) = (Emulator::start(Options::default()).unwrap(), tempfile::tempdir().unwrap());
    let engine = start(&plan(&zalo, dir.path()));
    let number = engine.send("default", "an", Reply::text("hello")).unwrap();
    let sent = engine.result(number, PATIENCE);
    let Some(Answer::Sent(Ok(Settled::Ok(Done::Sent { sent, .. })))) = sent else {
        panic!("{sent:?}")
    };
    assert_eq!(sent.len(), 1);
    assert!(matches!(engine.send("else", "an", Reply::text("x")), Err(NotDone::Ask(_))));
    let list = engine.ask(Request::PairingList { account: None }).unwrap();
    assert_eq!(list["accounts"][0]["account"], "default");
    engine.stop();
    let ended = engine.wait(PATIENCE).expect("it has not ended");
    assert_eq!((ended.cut_short, ended.failed), (vec![], None));
}

#[test]
fn a_second_one_hands_over_if_it_is_mounted_and_is_told_so_if_not() {
    let (zalo, dir) = (Emulator::start(Options::default()).unwrap(), tempfile::tempdir().unwrap());
    let plan = plan(&zalo, dir.path());
    let owner = start(&plan);
    let alone = Embedded::start(&plan, &wish(false), &Pulled::new(10).unwrap());
    assert!(matches!(alone, Err(BotError::AlreadyRunning { .. })), "{alone:?}");
    let guest = start(&plan);
    assert!(guest.is_guest() && guest.addresses() == (None, None));
    let knocked = guest.knock(knock(SECRET, Some(BODY))).unwrap();
    assert_eq!(later(&guest, &knocked), 200);
    answers(&owner, "xin chào");
    assert_eq!(now(&guest.knock(knock("guess", Some(BODY))).unwrap()), 401);
    assert!(matches!(guest.send("default", "an", Reply::text("x")), Err(NotDone::Guest)));
    guest.stop();
    assert_eq!(guest.wait(PATIENCE).unwrap().failed, None);
}
