//! Programs as agents: what they get, what their answers come to, how they end.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::sync::mpsc::RecvTimeoutError;

use zaloxide_core::Message;

use super::*;
use crate::agents::tests::{PATIENCE, is_alive, script, wait_for};

type Answer = Receiver<Result<Reply, String>>;

fn exec(path: &str, env: &[(&str, &str)]) -> Exec {
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    // By way of the shell: this process's other threads may be forking while the script is new.
    let command = ["/bin/sh", path, "one argument"].map(ToOwned::to_owned);
    Exec::new(&command, None, &env).unwrap()
}

/// The first attempt of a turn.
const ATTEMPT: (TurnId, u32) = (TurnId(7), 1);

fn deliver(agent: &Exec, input: &str) -> Answer {
    let (tell, told) = channel();
    let responder = Responder::new(move |answer| tell.send(answer).unwrap());
    agent.run(ATTEMPT, input.as_bytes().to_vec(), responder);
    told
}

fn run(text: &str) -> Result<Reply, String> {
    let (_dir, path) = script(text);
    deliver(&exec(&path, &[]), "hello").recv_timeout(PATIENCE).unwrap()
}

#[test]
fn output_is_a_reply_when_it_wholly_is_one_else_text() {
    let text = |text: &str| Ok(Reply::text(text));
    let table = [
        ("echo 'xin chào'; echo; echo", text("xin chào")),
        ("echo '  two'; echo lines", text("  two\nlines")),
        (r#"echo '{"text":"a"}'"#, text("a")),
        (
            r#"echo '[{"text":"a"},{"text":"b"}]'"#,
            Ok(Reply(
                ["a", "b"]
                    .map(|text| Message { text: Some(text.to_owned()), ..Message::default() })
                    .into(),
            )),
        ),
        (r#"echo '{"text":"a"} and more'"#, text(r#"{"text":"a"} and more"#)),
        (r#"echo '{"txt":"a"}'"#, text(r#"{"txt":"a"}"#)),
        // Nothing in it says whose turn is answered: it is always the process's own.
        (r#"echo '{"turn":"9","text":"a"}'"#, text(r#"{"turn":"9","text":"a"}"#)),
        ("echo 42", text("42")),
        ("echo '[]'", Ok(Reply::default())),
        ("true", Ok(Reply::default())),
        ("echo ' '", Ok(Reply::default())),
        (r#"echo '{"reaction":"x"}'"#, Err("Zalo bots can't send `reaction`".into())),
        (r"printf '\377'", Err("the agent's answer is not UTF-8".into())),
    ];
    for (program, expected) in table {
        assert_eq!(run(program), expected, "{program}");
    }
}

#[test]
fn a_program_that_fails_says_why() {
    let error = run("echo before; echo 'no key' >&2; exit 3").unwrap_err();
    assert_eq!(error, "the agent ended with exit status: 3: no key");
    let error = run("head -c 100000 /dev/zero | tr '\\0' x >&2; echo end >&2; exit 1").unwrap_err();
    assert!(error.ends_with("xxxend") && error.len() < 300, "{error}");
    let error = run("kill -9 $$").unwrap_err();
    assert!(error.contains("signal: 9"), "{error}");
    let error = run("head -c 10000000 /dev/zero; sleep 100").unwrap_err();
    assert_eq!(error, "the agent wrote more than 1048576 bytes");
}

#[test]
fn it_gets_its_input_the_listed_variables_and_nothing_else() {
    // `ls` has the directory open as 3.
    let text = "/usr/bin/env >&2; ls /proc/self/fd >&2; echo \"$1\" >&2; exit 1";
    let (_dir, path) = script(text);
    let agent = exec(&path, &[("KEY", "value")]);
    let error = deliver(&agent, "hi").recv_timeout(PATIENCE).unwrap().unwrap_err();
    assert!(error.contains("KEY=value") && error.contains("one argument"), "{error}");
    for variable in ["HOME=", "CARGO", "USER="] {
        assert!(!error.contains(variable), "{error}");
    }
    let open = error.split("\\n").filter(|line| line.parse::<u32>().is_ok());
    assert!(open.eq(["0", "1", "2", "3"]), "{error}");

    let (_dir, path) = script("cat");
    let text = "ă".repeat(200_000);
    let answer = deliver(&exec(&path, &[]), &text).recv_timeout(PATIENCE).unwrap().unwrap();
    assert_eq!(answer, Reply::text(text), "more than a pipe holds, both ways");
}

#[test]
fn a_program_that_does_not_read_answers_all_the_same() {
    let (_dir, path) = script("echo done");
    let answer = deliver(&exec(&path, &[]), &"x".repeat(1 << 20)).recv_timeout(PATIENCE).unwrap();
    assert_eq!(answer, Ok(Reply::text("done")));
    let (_dir, path) = script("exec <&- ; sleep 0; echo done");
    let answer = deliver(&exec(&path, &[]), &"x".repeat(1 << 20)).recv_timeout(PATIENCE).unwrap();
    assert_eq!(answer, Ok(Reply::text("done")));
}

#[test]
fn no_shell_looks_at_its_arguments() {
    let words = ["/bin/echo", "$HOME; echo b", "`id`", "*"].map(ToOwned::to_owned);
    let agent = Exec::new(&words, None, &BTreeMap::new()).unwrap();
    let answer = deliver(&agent, "x").recv_timeout(PATIENCE).unwrap();
    assert_eq!(answer, Ok(Reply::text("$HOME; echo b `id` *")));
}

#[test]
fn somebody_outside_its_group_holds_up_no_answer() {
    let (dir, path) = script(
        "PATH=/usr/bin:/bin; cd \"$(dirname \"$0\")\"; setsid sh -c 'echo $$ >pid; exec sleep 1000' & \
         while [ ! -s pid ]; do :; done; echo done",
    );
    let answer = deliver(&exec(&path, &[]), &"x".repeat(1 << 20)).recv_timeout(PATIENCE).unwrap();
    let pid = fs::read_to_string(dir.path().join("pid")).unwrap();
    assert!(is_alive(&pid), "it is none of ours");
    let pid = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    assert_eq!(answer, Ok(Reply::text("done")));
}

#[test]
fn an_abandoned_attempt_dies_with_all_it_started() {
    let (dir, path) = script("sleep 1000 & echo $! > \"$(dirname \"$0\")/pid\"; wait");
    let agent = exec(&path, &[]);
    let answer = deliver(&agent, "x");
    let file = dir.path().join("pid");
    let pid = wait_for(|| fs::read_to_string(&file).ok().filter(|text| text.ends_with('\n')));
    assert_eq!(answer.recv_timeout(Duration::ZERO), Err(RecvTimeoutError::Timeout));
    let (turn, attempt) = ATTEMPT;
    agent.abandon(turn, attempt + 1);
    assert!(is_alive(&pid), "another attempt was abandoned");
    agent.abandon(turn, attempt);
    let error = answer.recv_timeout(PATIENCE).unwrap().unwrap_err();
    assert!(error.contains("signal: 9"), "{error}");
    wait_for(|| (!is_alive(&pid)).then_some(()));
}

#[test]
fn what_a_program_leaves_behind_dies_with_its_turn() {
    let (dir, path) = script("sleep 1000 & echo $! > \"$(dirname \"$0\")/pid\"; echo done");
    let answer = deliver(&exec(&path, &[]), "x").recv_timeout(PATIENCE).unwrap();
    assert_eq!(answer, Ok(Reply::text("done")));
    let pid = fs::read_to_string(dir.path().join("pid")).unwrap();
    wait_for(|| (!is_alive(&pid)).then_some(()));
}

#[test]
fn closing_kills_what_runs_and_takes_no_more() {
    let (_dir, path) = script("sleep 1000");
    let agent = exec(&path, &[]);
    let answer = deliver(&agent, "x");
    agent.close(PATIENCE);
    assert!(answer.recv_timeout(PATIENCE).unwrap().is_err());
    let late = deliver(&agent, "y").recv_timeout(PATIENCE).unwrap();
    assert_eq!(late, Err("the engine is ending".into()));
}

#[test]
fn a_program_that_is_not_there_is_said_at_once() {
    let (dir, path) = script("true");
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    let table = [
        ("no-such-program-anywhere", "in PATH"),
        ("/no/such/program", "there is no agent program /no/such/program"),
        (path.as_str(), "chmod +x"),
        (dir.path().to_str().unwrap(), "is no program"),
    ];
    for (program, word) in table {
        let error = Exec::new(&[program.to_owned()], None, &BTreeMap::new()).unwrap_err();
        assert!(error.to_string().contains(word), "{error}");
    }
    let sh = ["sh".to_owned()];
    assert!(Exec::new(&sh, None, &BTreeMap::new()).is_ok());
    let gone = Exec::new(&sh, Some(Path::new("/no/such/dir")), &BTreeMap::new()).unwrap_err();
    assert!(gone.to_string().contains("/no/such/dir"), "{gone}");
}
