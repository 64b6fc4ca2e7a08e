//! Long-lived programs: what they get, whose answers count, how they end and begin again.

use std::fs;
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use zaloxide_core::Reply;

use super::*;
use crate::agents::Responder;
use crate::agents::tests::{PATIENCE, is_alive, script, wait_for};

type Answer = Receiver<Result<Reply, String>>;

/// Answers every turn with its text, until it is told to do something else.
const BOT: &str = r#"
field() { printf %s "$line" | sed "s/.*\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/"; }
say() { echo "{\"turn\":\"$(field turn)\",\"attempt\":$(field attempt),$1}"; }
"#;

fn bot(text: &str) -> (tempfile::TempDir, Stdio) {
    let (dir, path) = script(&format!("cd \"$(dirname \"$0\")\"\n{BOT}\n{text}"));
    // By way of the shell: this process's other threads may be forking while the script is new.
    let command = ["/bin/sh".to_owned(), path];
    let path = std::env::var("PATH").unwrap();
    let env = BTreeMap::from([("PATH".to_owned(), path), ("KEY".to_owned(), "value".to_owned())]);
    let stdio = Stdio::new(&command, None, &env).unwrap();
    (dir, stdio)
}

fn tell(agent: &Stdio, turn: u128, attempt: u32, text: &str) -> Answer {
    let (tell, told) = channel();
    let responder = Responder::new(move |answer| drop(tell.send(answer)));
    let id = TurnId(turn);
    let line = format!("{{\"turn\":\"{id}\",\"attempt\":{attempt},\"text\":\"{text}\"}}\n");
    agent.0.desk.take((id, attempt), line.into_bytes(), responder);
    told
}

#[track_caller]
fn end(answer: &Answer) -> Result<Reply, String> {
    answer.recv_timeout(PATIENCE).expect("no answer")
}

const ECHO: &str = r#"while read -r line; do say "\"reply\":{\"text\":\"$(field text)\"}"; done"#;

#[test]
fn one_program_answers_many_turns_in_any_order() {
    let (_dir, agent) = bot(r#"
        read -r first; read -r line; say "\"reply\":{\"text\":\"$$\"}"
        line=$first; say "\"reply\":[{\"text\":\"$$\"}]"
        read -r line; say "\"error\":\"no key\""
        read -r line; say "\"reply\":{}"; cat >/dev/null"#);
    let (one, two) = (tell(&agent, 1, 1, "a"), tell(&agent, 2, 5, "b"));
    assert_eq!(end(&one), end(&two), "both are answered by the same process");
    assert_eq!(end(&tell(&agent, 3, 1, "c")), Err("no key".into()));
    assert_eq!(end(&tell(&agent, 4, 1, "d")), Ok(Reply::from_json(b"{}").unwrap()));
}

#[test]
fn what_is_no_answer_to_an_open_attempt_is_dropped() {
    let (_dir, agent) = bot(r#"
        read -r line; id=$(field turn)
        echo hello; echo; echo '[]'; printf '\377\n'
        echo "{\"turn\":\"00000000000000000000000000000009\",\"attempt\":1,\"reply\":{\"text\":\"foreign\"}}"
        echo "{\"turn\":\"$id\",\"attempt\":2,\"reply\":{\"text\":\"another attempt\"}}"
        echo "{\"turn\":\"$id\",\"attempt\":1,\"replay\":{\"text\":\"typo\"}}"
        head -c 10000000 /dev/zero | tr '\0' x; echo
        say "\"reply\":{\"text\":\"right\"}"
        say "\"reply\":{\"text\":\"once more\"}"
        read -r line; say "\"reply\":{\"text\":\"next\"}"; cat >/dev/null"#);
    assert_eq!(end(&tell(&agent, 1, 1, "a")), Ok(Reply::text("right")));
    assert_eq!(end(&tell(&agent, 2, 1, "b")), Ok(Reply::text("next")));
}

#[test]
fn a_program_that_ends_fails_its_turns_and_is_started_again() {
    let (_dir, agent) = bot(&format!(
        r#"if [ ! -e once ]; then touch once; read -r line; echo "no model" >&2; exit 3; fi; {ECHO}"#
    ));
    let error = end(&tell(&agent, 1, 1, "a")).unwrap_err();
    assert_eq!(error, "the agent ended with exit status: 3: no model");
    assert_eq!(end(&tell(&agent, 1, 2, "b")), Ok(Reply::text("b")), "it waits for the next run");
}

#[test]
fn its_last_words_count() {
    let (_dir, agent) = bot(&format!("read -r line; {}; exit 1", r#"say "\"reply\":{}""#));
    assert_eq!(end(&tell(&agent, 1, 1, "a")), Ok(Reply::from_json(b"{}").unwrap()));
}

#[test]
fn a_program_that_reads_or_writes_no_more_is_ended() {
    for closes in ["exec </dev/null", "exec >/dev/null"] {
        let (dir, agent) = bot(&format!(
            "if [ ! -e once ]; then touch once; read -r line; {closes}; exec sleep 1000; fi; {ECHO}"
        ));
        let first = tell(&agent, 1, 1, "a");
        wait_for(|| dir.path().join("once").exists().then_some(()));
        // The one that does not read is found out by a turn that it should have read.
        let second = tell(&agent, 2, 1, &"b".repeat(100_000));
        assert!(end(&first).unwrap_err().contains("signal: 9"), "{closes}");
        drop(second);
        assert_eq!(end(&tell(&agent, 3, 1, "c")), Ok(Reply::text("c")), "{closes}");
    }
}

#[test]
fn a_program_that_never_reads_holds_nobody_up() {
    let (_dir, agent) = bot("exec sleep 1000");
    let text = "x".repeat(3 << 20);
    let told: Vec<Answer> = (0..7).map(|turn| tell(&agent, turn, 1, &text)).collect();
    let refused: Vec<String> = told.iter().filter_map(|told| told.try_recv().ok()?.err()).collect();
    assert!(!refused.is_empty() && refused[0].contains("does not read"), "{refused:?}");
    // What nobody waits for any more makes room.
    (0..7).for_each(|turn| agent.abandon(TurnId(turn), 1));
    let next = tell(&agent, 9, 1, &text);
    assert!(next.try_recv().is_err(), "it waits");
    agent.close(PATIENCE);
    assert_eq!(end(&next), Err("the engine is ending".into()));
    assert_eq!(end(&tell(&agent, 10, 1, "late")), Err("the engine is ending".into()));
}

#[test]
fn at_the_end_it_may_tidy_up_and_is_killed_if_it_does_not_end() {
    let (dir, agent) =
        bot("trap 'touch tidied; exit' TERM; sleep 1000 & echo $! >pid; while :; do wait; done");
    let pid =
        wait_for(|| fs::read_to_string(dir.path().join("pid")).ok().filter(|pid| !pid.is_empty()));
    agent.close(PATIENCE);
    assert!(dir.path().join("tidied").exists());
    wait_for(|| (!is_alive(&pid)).then_some(()));

    let (dir, agent) = bot("trap '' TERM; echo $$ >pid; while :; do sleep 1000; done");
    let pid =
        wait_for(|| fs::read_to_string(dir.path().join("pid")).ok().filter(|pid| !pid.is_empty()));
    let began = Instant::now();
    agent.close(Duration::from_millis(400));
    assert!(began.elapsed() < PATIENCE);
    wait_for(|| (!is_alive(&pid)).then_some(()));

    let (dir, agent) = bot("echo $$ >pid; exec sleep 1000");
    let pid =
        wait_for(|| fs::read_to_string(dir.path().join("pid")).ok().filter(|pid| !pid.is_empty()));
    drop(agent);
    wait_for(|| (!is_alive(&pid)).then_some(()));
}

#[test]
fn somebody_outside_its_group_holds_up_nothing() {
    let (dir, agent) = bot(&format!(
        "if [ ! -e pid ]; then setsid sh -c 'echo $$ >pid; exec sleep 1000' & \
         while [ ! -s pid ]; do :; done; read -r line; exit 1; fi; {ECHO}"
    ));
    assert!(end(&tell(&agent, 1, 1, "a")).is_err());
    assert_eq!(end(&tell(&agent, 2, 1, "b")), Ok(Reply::text("b")));
    let pid = fs::read_to_string(dir.path().join("pid")).unwrap();
    assert!(is_alive(&pid), "it is none of ours");
    let pid = rustix::process::Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

#[test]
fn it_gets_the_listed_variables_and_no_descriptor_of_ours() {
    let (dir, agent) =
        bot("/usr/bin/env >env; ls /proc/self/fd >fds; cat /proc/$$/stat >stat; cat");
    let read = |name: &str| {
        wait_for(|| fs::read_to_string(dir.path().join(name)).ok().filter(|text| !text.is_empty()))
    };
    let stat = read("stat");
    let fields: Vec<&str> = stat.split(' ').collect();
    assert_eq!(fields[0], fields[4], "it leads a group of its own: {stat}");
    let (env, fds) = (read("env"), read("fds"));
    assert!(env.contains("KEY=value"), "{env}");
    for variable in ["HOME=", "CARGO", "USER="] {
        assert!(!env.contains(variable), "{env}");
    }
    // `ls` has the directory open as 3.
    assert_eq!(fds.split_whitespace().collect::<Vec<_>>(), ["0", "1", "2", "3"]);
    agent.close(PATIENCE);
}

#[test]
fn a_program_that_is_not_there_is_said_at_once() {
    let error = Stdio::new(&["/no/such".to_owned()], None, &BTreeMap::new()).unwrap_err();
    assert!(error.to_string().contains("there is no agent program /no/such"), "{error}");
}
