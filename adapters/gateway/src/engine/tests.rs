//! The engine over a scripted line: order, locks, failures, restarts, the end.

mod alive;
mod many;
mod media;
mod script;
mod webhooks;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use serde_json::json;
use zaloxide_core::{
    Action, AllowList, ChatId, DmPolicy, Method, Outcome, Record, Refused, Reply, Settled, Time,
};
use zaloxide_store::StoreError;
use zaloxide_store::faulty::{Fault, Faulty};

use script::{Script, ok, sent};

use super::line::End;
use super::*;
use crate::accounts::Account;
use crate::agents::{Callback, Turn};

/// Long for a machine under load, short for a test that would hang.
const PATIENCE: Duration = Duration::from_secs(30);

fn account() -> Account {
    let mut account = Account::new("default", "1:abc").unwrap();
    account.config.dm_policy = DmPolicy::Open;
    account.config.allow_from = AllowList::from_entries(["*"]);
    account.config.typing = false;
    // No pace: nothing here is about it.
    account.config.rate.chat_per_sec = 0;
    account.config.rate.account_per_sec = 0;
    account
}

fn start(builder: Builder, script: &Script) -> Engine {
    start_accounts(builder.account(account()), script)
}

fn start_accounts(builder: Builder, script: &Script) -> Engine {
    let (calls, script) = (Calls::new(NonZeroUsize::MIN), script.clone());
    let line = move |_: &Account| Ok(Box::new(script.clone()) as Box<dyn line::Line>);
    builder.start_with(calls.clone(), calls, line).unwrap()
}

/// Keeps every action; fails when two come at one time.
#[derive(Default)]
struct Watch {
    busy: AtomicBool,
    seen: Mutex<Vec<Action>>,
    panics: AtomicUsize,
}

impl Observer for Watch {
    fn action(&self, _: &str, _: Time, action: &Action) {
        assert!(!self.busy.swap(true, Ordering::SeqCst), "two threads work one queue off");
        self.seen.lock().unwrap().push(action.clone());
        thread::yield_now();
        self.busy.store(false, Ordering::SeqCst);
        let left = self.panics.load(Ordering::SeqCst);
        if left > 0 && matches!(action, Action::Deliver { .. }) {
            self.panics.store(left - 1, Ordering::SeqCst);
            panic!("an observer that panics");
        }
    }
}

#[test]
fn one_thread_at_a_time_carries_actions_out_in_order() {
    let (script, watch) = (Script::default(), Arc::new(Watch::default()));
    let engine = start(Engine::builder().observer(watch.clone()), &script);
    script.begin();
    thread::scope(|scope| {
        for sender in 0..8 {
            let handle = engine.handle();
            scope.spawn(move || {
                for n in 0..20 {
                    let chat = ChatId::from(format!("c{sender}").as_str());
                    handle.send("default", chat, Reply::text(format!("{n}"))).unwrap();
                }
            });
        }
        for id in 0..160 {
            script.next(Method::SendMessage).1.tell(sent(id));
        }
    });
    assert_eq!(engine.stop(), Ended { cut_short: Vec::new(), failed: None });
    let seen = watch.seen.lock().unwrap();
    let commits: Vec<u64> = seen
        .iter()
        .filter_map(|action| match action {
            Action::Commit { upto, .. } => Some(*upto),
            _ => None,
        })
        .collect();
    assert!(commits.is_sorted_by(|a, b| a < b), "{commits:?}");
    for sender in 0..8 {
        let chat = format!("c{sender}");
        let texts: Vec<String> = seen
            .iter()
            .filter_map(|action| match action {
                Action::SendChunk { chat: to, body, .. } if to.as_str() == chat => {
                    let body: serde_json::Value = serde_json::from_str(body).unwrap();
                    Some(body["text"].as_str().unwrap().to_owned())
                }
                _ => None,
            })
            .collect();
        assert!(texts.iter().map(String::as_str).eq((0..20).map(|n| n.to_string())), "{texts:?}");
    }
    assert!(matches!(seen.last(), Some(Action::Stopped)));
}

#[test]
fn a_slow_store_holds_back_what_depends_on_it_and_nothing_else() {
    let script = Script::default();
    let store = Faulty::new(Arc::new(Memory::new()));
    let engine = start(Engine::builder().store(Arc::new(store.clone())), &script);
    script.begin();
    script.next(Method::GetUpdates).1.tell(ok(&json!({})));
    store.plan([Fault::Hold, Fault::Hold]);
    script.write("c", 1, "hello");
    wait_for(|| store.held() > 0);
    // The engine answers while the disk does not.
    let status = engine.handle().view("default", |view| view.status()).unwrap();
    assert_eq!((status.turns, script.waiting(Method::SendMessage)), (1, 0));
    let answered = thread::scope(|scope| {
        let answered = scope.spawn(|| script.next(Method::SendMessage));
        wait_for(|| {
            store.resume();
            answered.is_finished()
        });
        answered.join().unwrap()
    });
    assert!(answered.0.body.contains("hello"), "{}", answered.0.body);
    answered.1.tell(sent(1));
    assert!(engine.stop().cut_short.is_empty());
}

#[test]
fn a_commit_that_fails_is_offered_again() {
    for fault in [Fault::Fail, Fault::FailWritten] {
        let script = Script::default();
        let store = Faulty::new(Arc::new(Memory::new()));
        let engine = start(Engine::builder().store(Arc::new(store.clone())), &script);
        script.begin();
        script.next(Method::GetUpdates).1.tell(ok(&json!({})));
        store.plan([fault]);
        script.write("c", 1, "hello");
        let (call, end) = script.next(Method::SendMessage);
        assert!(call.body.contains("hello"), "{fault:?}");
        end.tell(sent(1));
        assert!(engine.stop().cut_short.is_empty());
    }
}

#[test]
fn commits_that_were_on_their_way_when_one_failed_are_offered_again_with_it() {
    let script = Script::default();
    let store = Faulty::new(Arc::new(Memory::new()));
    let engine = start(Engine::builder().store(Arc::new(store.clone())), &script);
    script.begin();
    // The next poll is open: what came before it is durable.
    let poll = script.next(Method::GetUpdates);
    store.plan([Fault::HoldFailed, Fault::Hold, Fault::Hold]);
    let send = |text| engine.handle().send("default", ChatId::from("c"), Reply::text(text));
    let asked = ["1", "2", "3"].map(|text| send(text).unwrap());
    wait_for(|| store.held() == asked.len());
    store.resume();
    // Nothing was kept, and whoever waited has been told so; but what is owed is owed.
    for (number, text) in (1..).zip(["1", "2", "3"]) {
        let (call, end) = script.next(Method::SendMessage);
        assert!(call.body.contains(&format!("\"{text}\"")), "{}", call.body);
        end.tell(sent(number));
    }
    script.put_back(poll);
    assert_eq!(engine.stop(), Ended { cut_short: Vec::new(), failed: None });
}

#[test]
fn an_account_that_was_taken_over_does_nothing_more_and_ends_the_engine() {
    let (script, watch) = (Script::default(), Arc::new(Watch::default()));
    let store = Memory::new();
    let builder = Engine::builder().observer(watch.clone()).store(Arc::new(store.clone()));
    let engine = start(builder, &script);
    let handle = engine.handle();
    script.begin();
    // The next poll is open: what came before it is durable.
    let poll = script.next(Method::GetUpdates);
    store.expire("default");
    script.put_back(poll);
    script.write("c", 1, "hello");
    let ended = engine.wait();
    let failed = ended.failed.unwrap();
    assert!(failed.contains("taken over") && failed.contains("\"default\""), "{failed}");
    assert!(ended.cut_short.is_empty(), "{:?}", ended.cut_short);
    let delivers = |action: &Action| matches!(action, Action::Deliver { .. });
    assert!(!watch.seen.lock().unwrap().iter().any(delivers), "what is not durable is not shown");
    let refused = handle.send("default", ChatId::from("c"), Reply::text("late")).unwrap_err();
    assert!(matches!(refused, AskError::Refused(_)), "{refused}");
}

#[test]
fn errands_receive_nothing_and_wait_for_the_account_as_long_as_they_are_told_to() {
    let (store, script) = (Memory::new(), Script::default());
    let first = start(Engine::builder().store(Arc::new(store.clone())), &script);
    script.begin();
    script.next(Method::GetUpdates).1.tell(ok(&json!({})));
    let ends = thread::spawn(move || first.stop());
    let errand = Script::default();
    let builder = Engine::builder().account(account()).store(Arc::new(store.clone()));
    let second = start_accounts(builder.patience(PATIENCE).errands(), &errand);
    assert!(ends.join().unwrap().cut_short.is_empty());
    let pending = second.handle().send("default", ChatId::from("c"), Reply::text("tin")).unwrap();
    errand.next(Method::SendMessage).1.tell(sent(1));
    assert!(matches!(pending.wait(PATIENCE), Ok(Settled::Ok(_))));
    for method in [Method::GetMe, Method::GetUpdates] {
        assert_eq!(errand.waiting(method), 0, "{}", method.name());
    }
    assert!(second.stop().cut_short.is_empty());
}

#[test]
fn a_panic_elsewhere_does_not_stop_the_account() {
    let (script, watch) = (Script::default(), Arc::new(Watch::default()));
    watch.panics.store(1, Ordering::SeqCst);
    let agent = Callback::new(|envelope| {
        assert_ne!(envelope.text, "panic", "an agent that panics");
        Ok(Reply::text("fine"))
    });
    let builder = Engine::builder().observer(watch.clone()).agent(Arc::new(agent));
    let engine = start(builder, &script);
    script.begin();
    // This turn's Deliver is lost with its observer: the core will abandon it in its time.
    script.write("c1", 1, "lost");
    script.write("c2", 2, "panic");
    script.write("c3", 3, "hello");
    let (call, end) = script.next(Method::SendMessage);
    assert!(call.body.contains("\"c3\"") && call.body.contains("fine"), "{}", call.body);
    end.tell(sent(1));
    let retried =
        |action: &Action| matches!(action, Action::Note(note) if note.text.contains("panicked"));
    wait_for(|| watch.seen.lock().unwrap().iter().any(retried));
    assert!(engine.stop().cut_short.is_empty());
}

#[test]
fn what_was_promised_survives_a_restart_and_leases_are_given_back() {
    let store = Memory::new();
    let script = Script::default();
    let first = start(Engine::builder().store(Arc::new(store.clone())), &script);
    script.begin();
    script.write("c", 1, "hello");
    let (_, end) = script.next(Method::SendMessage);

    let script_2 = Script::default();
    let twice = Engine::builder().account(account()).store(Arc::new(store.clone())).start();
    assert!(matches!(twice, Err(StartError::Store { error: StoreError::Held { .. }, .. })));

    // The end comes before the answer is acknowledged: it is sent again after the restart.
    let handle = first.handle();
    handle.stop();
    handle.stop();
    assert_eq!(first.wait().cut_short, ["default"]);
    drop(end);
    let second = start(Engine::builder().store(Arc::new(store.clone())), &script_2);
    script_2.begin();
    let (call, end) = script_2.next(Method::SendMessage);
    assert!(call.body.contains("hello"), "{}", call.body);
    end.tell(sent(1));
    script_2.write("c", 1, "hello");
    script_2.write("c", 2, "again");
    let (call, end) = script_2.next(Method::SendMessage);
    assert!(call.body.contains("again"), "the first was a duplicate: {}", call.body);
    end.tell(sent(2));
    assert!(second.stop().cut_short.is_empty());
}

#[test]
fn a_second_stop_ends_at_once_whatever_hangs() {
    struct Hangs(Mutex<Vec<Turn>>);
    impl Agent for Hangs {
        fn deliver(&self, turn: Turn) {
            self.0.lock().unwrap().push(turn);
        }
    }
    let script = Script::default();
    let agent = Arc::new(Hangs(Mutex::default()));
    let engine = start(Engine::builder().agent(agent.clone()), &script);
    script.begin();
    let handle = engine.handle();
    let pending = handle.send("default", ChatId::from("c"), Reply::text("x")).unwrap();
    let (_, _never) = script.next(Method::SendMessage);
    handle.stop();
    handle.stop();
    assert_eq!(engine.wait().cut_short, ["default"]);
    // Whoever waits is told, whether the core settled it or nobody did.
    let told = pending.wait(PATIENCE);
    assert!(matches!(told, Ok(Settled::Error(_)) | Err(NoAnswer::Ended)), "{told:?}");
    let look = handle.view("default", |view| view.status());
    assert_eq!(
        look.unwrap_err(),
        AskError::Refused(Refused::Stopped),
        "nothing is kept to look at"
    );
}

#[test]
fn a_record_replays_to_the_byte() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("record");
    let (script, watch) = (Script::default(), Arc::new(Watch::default()));
    let store = Memory::new();
    let builder = || Engine::builder().store(Arc::new(store.clone()));
    let engine = start(builder(), &script);
    script.begin();
    script.write("c", 1, "before the record");
    script.next(Method::SendMessage).1.tell(sent(1));
    assert!(engine.stop().cut_short.is_empty());

    let script = Script::default();
    let engine = start(builder().observer(watch.clone()).record(file.clone()), &script);
    script.begin();
    script.write("c", 2, &"ă".repeat(5_000));
    for id in 0..3 {
        script.next(Method::SendMessage).1.tell(sent(id));
    }
    let refused = engine.handle().approve("default", "NOCODE", "test").unwrap().wait(PATIENCE);
    assert!(matches!(refused, Ok(Settled::Error(_))));
    assert!(engine.stop().cut_short.is_empty());

    let mut replayed = Vec::new();
    let record = std::fs::read(&file).unwrap();
    crate::record_file::replay(record.as_slice(), &mut replayed).unwrap();
    let seen = watch.seen.lock().unwrap();
    let mut expected = String::new();
    for (n, action) in (1..).zip(seen.iter()) {
        let action = serde_json::to_string(action).unwrap();
        let line = format!("{{\"n\":{n},\"account\":\"default\",\"action\":{action}}}\n");
        expected.push_str(&line);
    }
    assert_eq!(String::from_utf8(replayed).unwrap(), expected);
    let mut again = Vec::new();
    crate::record_file::replay(record.as_slice(), &mut again).unwrap();
    assert_eq!(expected.as_bytes(), again);

    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    let taken = Engine::builder().account(account()).record(file).start().unwrap_err();
    assert!(taken.to_string().contains("exists already"), "{taken}");
}

#[test]
fn a_long_journal_is_compacted_and_another_bot_s_is_refused() {
    let store = Memory::new();
    let script = Script::default();
    let engine = start(Engine::builder().store(Arc::new(store.clone())), &script);
    script.begin();
    script.write("c", 0, "first");
    script.next(Method::SendMessage).1.tell(sent(0));
    for id in 1..2_500 {
        let chat = ChatId::from(format!("c{}", id % 50).as_str());
        engine.handle().send("default", chat, Reply::text("x")).unwrap();
        script.next(Method::SendMessage).1.tell(sent(id));
    }
    assert!(engine.stop().cut_short.is_empty());
    let (lease, journal) = store.open("default").unwrap();
    assert!(matches!(journal.records[0], (4_000.., Record::Snapshot { .. })));
    assert!(journal.records.len() < 5_000, "{} records", journal.records.len());
    store.release(lease);

    let script = Script::default();
    let engine = start(Engine::builder().store(Arc::new(store.clone())), &script);
    script.begin();
    script.write("c", 0, "first");
    script.write("c", 1, "second");
    let (call, end) = script.next(Method::SendMessage);
    assert!(call.body.contains("second"), "the first is known from before: {}", call.body);
    end.tell(sent(0));
    assert!(engine.stop().cut_short.is_empty());

    let mut other = Account::new("default", "2:abc").unwrap();
    other.config.account = "default".into();
    let error = Engine::builder().account(other).store(Arc::new(store)).start().unwrap_err();
    assert!(matches!(error, StartError::Damaged { .. }), "{error}");
}

#[test]
fn accounts_that_can_not_run_together_are_refused() {
    let twice = |second: Account| {
        Engine::builder().account(account()).account(second).start().unwrap_err().to_string()
    };
    assert!(twice(account()).contains("account \"default\" is there twice"));
    let mut other = account();
    other.config.account = "other".into();
    assert!(twice(other).contains("bot 1 is there twice"));
    let none = Engine::builder().start().unwrap_err();
    assert!(matches!(none, StartError::NoAccount));
    let mut bad = account();
    bad.settings.api_url = "http://example.com".into();
    let error = Engine::builder().account(bad).start().unwrap_err();
    assert!(matches!(error, StartError::Settings { .. }), "{error}");
    let mut bad = account();
    bad.config.turn.tries = 0;
    let error = Engine::builder().account(bad).start().unwrap_err().to_string();
    assert!(error.contains("turn.tries"), "{error}");
}

#[test]
fn every_call_ends_once_whatever_becomes_of_its_thread() {
    let (tell, told) = std::sync::mpsc::channel();
    let end = || {
        let tell = tell.clone();
        End::new(move |outcome| tell.send(outcome).unwrap())
    };
    drop(end());
    assert!(matches!(told.recv().unwrap(), Outcome::NotSent { .. }));
    let mut begun = end();
    begun.begin();
    drop(begun);
    assert!(matches!(told.recv().unwrap(), Outcome::Unknown { .. }));
    end().tell(sent(1));
    assert!(matches!(told.recv().unwrap(), Outcome::Answered { .. }));
    drop(tell);
    assert!(told.recv().is_err(), "nothing is told twice");
}

/// Waits for a condition, and fails when it does not come.
fn wait_for(mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "it never came");
        thread::yield_now();
    }
}
