//! Bots made by `Bot::builder`, against the local Zalo platform.
#![cfg(all(unix, feature = "testing"))]

use std::env;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use zaloxide::bot::BotError;
use zaloxide::testing::{Emulator, Options};
use zaloxide::{Bot, DmPolicy, Envelope};
use zaloxide_emulator::Call;

const PATIENCE: Duration = Duration::from_secs(30);
const AN: &str = "6ede9afa66b88fe6d6a9";

fn zalo() -> Emulator {
    Emulator::start(Options { queue: true, ..Options::default() }).unwrap()
}

fn open(zalo: &Emulator) -> zaloxide::bot::BotBuilder {
    Bot::builder().local(zalo).dm_policy(DmPolicy::Open).allow_from(["*"])
}

fn next(zalo: &Emulator, since: u64, text: &str) -> Call {
    let wanted = |call: &Call| call.method == "sendMessage" && call.params["text"] == text;
    zalo.wait_for_call(since, PATIENCE, wanted).expect("it is not sent")
}

async fn echo(turn: Envelope) -> String {
    format!("Bạn nói: {}", turn.text)
}

#[test]
fn an_async_function_is_a_bot() {
    let zalo = zalo();
    let bot = Bot::builder().local(&zalo).allow_from([AN]).agent(echo).start().unwrap();
    zalo.user(AN).sends_text("xin chào").unwrap();
    next(&zalo, 0, "Bạn nói: xin chào");

    zalo.user("stranger").sends_text("xin chào").unwrap();
    let code = |call: &Call| call.params["chat_id"] == "stranger" && call.method == "sendMessage";
    zalo.wait_for_call(0, PATIENCE, code).expect("a stranger gets a code");
    let code = bot.handle().view("default", |view| view.pending().next().unwrap().1.code.clone());
    bot.handle().approve("default", &code.unwrap(), "test").unwrap().wait(PATIENCE).unwrap();
    zalo.user("stranger").sends_text("again").unwrap();
    next(&zalo, 0, "Bạn nói: again");

    let ended = bot.ended();
    bot.stop();
    bot.wait().unwrap();
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    let ended = std::pin::pin!(ended).poll(&mut cx);
    assert_eq!(ended, std::task::Poll::Ready(Ok(())), "futures learn of it too");
}

#[test]
fn a_plain_function_is_a_bot_and_64_chats_wait_at_once() {
    let zalo = zalo();
    let all = Arc::new(std::sync::Barrier::new(64));
    let theirs = Arc::clone(&all);
    let bot = open(&zalo).agent_blocking(move |turn| {
        theirs.wait();
        turn.text.clone()
    });
    let bot = bot.start().unwrap();
    for n in 0..64 {
        zalo.user(&format!("user{n}")).sends_text(&format!("text {n}")).unwrap();
    }
    for n in 0..64 {
        next(&zalo, 0, &format!("text {n}"));
    }
    bot.stop();
    bot.wait().unwrap();
}

#[test]
fn tokio_drives_what_needs_it_and_waits_for_the_end() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let zalo = zalo();
    runtime.block_on(async {
        let tokio = tokio::runtime::Handle::current();
        let all = Arc::new(tokio::sync::Barrier::new(64));
        let bot = open(&zalo)
            .agent(move |turn| {
                let all = Arc::clone(&all);
                async move {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    all.wait().await;
                    turn.text
                }
            })
            .spawn_with(move |attempt| drop(tokio.spawn(attempt)))
            .start()
            .unwrap();
        for n in 0..64 {
            zalo.user(&format!("user{n}")).sends_text(&format!("text {n}")).unwrap();
        }
        let theirs = zalo.clone();
        let all = tokio::task::spawn_blocking(move || {
            (0..64).for_each(|n| drop(next(&theirs, 0, &format!("text {n}"))));
        });
        all.await.unwrap();
        bot.stop();
        bot.ended().await.unwrap();
    });
}

#[test]
fn a_turn_that_fails_is_tried_again_and_then_a_dead_letter() {
    let zalo = zalo();
    let bot = open(&zalo).key("turn.tries", 1).agent(|turn: Envelope| async move {
        if turn.text == "panic" { panic!("no") } else { Err::<(), _>("no idea") }
    });
    let bot = bot.start().unwrap();
    let mut reasons = Vec::new();
    for text in ["panic", "fail"] {
        zalo.user(text).sends_text(text).unwrap();
    }
    let deadline = std::time::Instant::now() + PATIENCE;
    while reasons.len() < 2 {
        assert!(std::time::Instant::now() < deadline, "{reasons:?}");
        reasons = bot
            .handle()
            .view("default", |view| {
                view.dead_letters().map(|letter| letter.message.clone()).collect()
            })
            .unwrap();
        std::thread::yield_now();
    }
    reasons.sort();
    assert!(reasons[0].contains("no idea") && reasons[1].contains("panicked: no"), "{reasons:?}");
}

#[test]
fn whatever_is_wrong_is_said_at_once_in_the_words_of_the_program() {
    let refused = |bot: zaloxide::bot::BotBuilder| bot.agent(echo).start().unwrap_err();
    let zalo = zalo();
    let bad = Bot::builder().local(&zalo).dm_policy(DmPolicy::Open).key("turn.parallel", 0);
    let BotError::Config(text) = refused(bad.key("turn.timeoutSce", 5)) else { panic!() };
    assert!(text.contains("dm_policy") && text.contains("timeout_sce"), "{text}");
    assert!(text.lines().count() >= 3, "{text}");
    let both = Bot::builder().local(&zalo).config_file("zaloxide.json5");
    assert!(matches!(refused(both), BotError::Config(_)));
    let nobody = Bot::builder().local(&zalo).start().unwrap_err();
    assert!(nobody.to_string().contains("agent"), "{nobody}");
}

#[test]
fn a_bot_is_durable_and_has_its_state_directory_to_itself() {
    let (zalo, dir) = (zalo(), tempfile::tempdir().unwrap());
    let bot = || Bot::builder().local(&zalo).state_dir(dir.path()).agent(echo);
    let first = bot().start().unwrap();
    assert_eq!(first.state_dir(), dir.path());
    let second = bot().start().unwrap_err();
    assert!(matches!(second, BotError::AlreadyRunning { reachable: true, .. }), "{second:?}");
    zalo.user(AN).sends_text("let me in").unwrap();
    zalo.wait_for_call(0, PATIENCE, |call| call.method == "sendMessage").unwrap();
    let code = first.handle().view("default", |view| view.pending().next().unwrap().1.code.clone());
    first.handle().approve("default", &code.unwrap(), "test").unwrap().wait(PATIENCE).unwrap();
    drop(first);

    let again = bot().start().unwrap();
    zalo.user(AN).sends_text("still in?").unwrap();
    next(&zalo, 0, "Bạn nói: still in?");
    again.stop();
    again.wait().unwrap();
}

/// This test again, in a process of its own that has a bot and says where its state lies.
fn child(zalo: &Emulator, state: &Path, kind: &str) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "signals_end_a_bot_in_order_only_when_it_asked_for_that"])
        .args(["--nocapture", "--test-threads", "1"])
        .env("ZALOXIDE_TEST_BOT", kind)
        .env("ZALO_API_URL", zalo.url())
        .env("ZALO_BOT_TOKEN", zaloxide::testing::DEFAULT_TOKEN)
        .env("ZALOXIDE_STATE_DIR", state)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn signals_end_a_bot_in_order_only_when_it_asked_for_that() {
    use std::os::unix::process::ExitStatusExt;

    if let Ok(kind) = env::var("ZALOXIDE_TEST_BOT") {
        let bot = Bot::builder().agent(echo);
        #[cfg(feature = "signals")]
        let bot = if kind == "asked" { bot.stop_on_signals() } else { bot };
        #[cfg(not(feature = "signals"))]
        assert_eq!(kind, "left");
        return bot.run().unwrap();
    }
    let zalo = zalo();
    let kinds: &[&str] = if cfg!(feature = "signals") { &["left", "asked"] } else { &["left"] };
    for kind in kinds {
        let dir = tempfile::tempdir().unwrap();
        let mut process = child(&zalo, dir.path(), kind);
        zalo.reset();
        assert!(zalo.wait_for_poll(None, PATIENCE).unwrap(), "it polls");
        let pid = rustix::process::Pid::from_child(&process);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        let mut said = String::new();
        process.stdout.take().unwrap().read_to_string(&mut said).unwrap();
        let status = process.wait().unwrap();
        if *kind == "asked" {
            assert_eq!(status.code(), Some(0), "{said}");
        } else {
            assert_eq!(status.signal(), Some(15), "{said}");
        }
        // Where a bot that is made from a token keeps its state.
        let (bot, _) = zaloxide::testing::DEFAULT_TOKEN.split_once(':').unwrap();
        assert!(dir.path().join("bots").join(bot).join("zaloxide.db").exists());
    }
}
