//! Turns and programs for the tests of agents, and how to wait for what they do.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use zaloxide_core::{
    AccountConfig, Action, AllowList, Body, Channel, Envelope, Event, Method, Outcome, Ticket, Time,
};

/// Long for a machine under load, short for a test that would hang.
pub(in crate::agents) const PATIENCE: Duration = Duration::from_secs(30);

/// A script in a directory of its own.
pub(in crate::agents) fn script(text: &str) -> (TempDir, String) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("agent");
    // Under another name first: a file still open for writing can't be run.
    fs::write(dir.path().join("draft"), format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(dir.path().join("draft"), Permissions::from_mode(0o700)).unwrap();
    fs::rename(dir.path().join("draft"), &path).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (dir, path)
}

pub(in crate::agents) fn is_alive(pid: &str) -> bool {
    // A process that is dead and not yet reaped by whoever adopted it is dead.
    fs::read_to_string(format!("/proc/{}/stat", pid.trim()))
        .is_ok_and(|stat| !stat.contains(") Z "))
}

/// Waits for a condition, and fails when it does not come.
pub(in crate::agents) fn wait_for<T>(mut condition: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(Instant::now() < deadline, "it never came");
        thread::yield_now();
    }
}

/// What an agent is told when somebody writes `hello`.
pub(in crate::agents) fn envelope() -> (Box<Envelope>, Time) {
    let mut config = AccountConfig::new("default", "1459232241454765289");
    config.webhook_url = Some("https://bot.example/zalo".into());
    config.allow_from = AllowList::from_entries(["an"]);
    let now = Time::from_ms(1_795_000_000_000);
    let mut channel = Channel::new(config, [7; 32], now);
    let body = r#"{"message":{"from":{"id":"an"},"chat":{"id":"an"},"text":"hello"}}"#;
    let update = Event::UpdateReceived { ticket: Ticket(1), body: Body::from(body) };
    channel.handle(now, update).unwrap();
    while let Some(action) = channel.poll_action() {
        match action {
            Action::Commit { upto, .. } => {
                channel.handle(now, Event::Committed { upto }).unwrap();
            }
            // Nobody is asked for an answer that could not be sent: so the token is good.
            Action::StartCall { call, method: Method::GetMe, .. } => {
                let body = Body::from(r#"{"ok":true,"result":{"id":"1459232241454765289"}}"#);
                let outcome = Outcome::Answered { status: 200, retry_after_ms: None, body };
                channel.handle(now, Event::CallFinished { call, outcome }).unwrap();
            }
            Action::Deliver { envelope, deadline, .. } => return (envelope, deadline),
            _ => {}
        }
    }
    panic!("nothing was delivered");
}
