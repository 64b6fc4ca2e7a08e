//! `Script`: a line whose calls the test sees and ends by hand.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use zaloxide_core::{CallId, Method, Outcome};

use super::PATIENCE;
use crate::accounts::Account;
use crate::engine::StartError;
use crate::engine::line::{Call, End, Line};

type Open = VecDeque<(Call, End)>;

/// Calls that wait for the test to end them.
#[derive(Clone, Default)]
pub(super) struct Script {
    calls: Arc<(Mutex<Open>, Condvar)>,
}

impl Script {
    /// The next call of this method; others wait on.
    pub(super) fn next(&self, method: Method) -> (Call, End) {
        let (calls, changed) = &*self.calls;
        let deadline = Instant::now() + PATIENCE;
        let mut calls = calls.lock().unwrap();
        loop {
            if let Some(at) = calls.iter().position(|(call, _)| call.method == method) {
                return calls.remove(at).unwrap();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{} was never called", method.name());
            calls = changed.wait_timeout(calls, left).unwrap().0;
        }
    }

    /// Hands back a call that `next` gave.
    pub(super) fn put_back(&self, call: (Call, End)) {
        self.calls.0.lock().unwrap().push_front(call);
        self.calls.1.notify_all();
    }

    pub(super) fn waiting(&self, method: Method) -> usize {
        self.calls.0.lock().unwrap().iter().filter(|(call, _)| call.method == method).count()
    }

    /// Answers the start-up until the first poll is open.
    pub(super) fn begin(&self) {
        let (_, me) = self.next(Method::GetMe);
        me.tell(ok(&json!({"id": "1", "account_name": "bot", "account_type": "BASIC"})));
        let (_, info) = self.next(Method::GetWebhookInfo);
        info.tell(ok(&json!({"url": ""})));
    }

    /// Hands a text to the open poll.
    pub(super) fn write(&self, chat: &str, id: u32, text: &str) {
        let (_, poll) = self.next(Method::GetUpdates);
        poll.tell(ok(&json!({"event_name": "message.text.received", "message": {
            "from": {"id": chat, "display_name": "An"}, "chat": {"id": chat, "chat_type": "PRIVATE"},
            "text": text, "message_id": format!("m{id}"), "date": 1_795_000_000_000_u64}})));
    }
}

impl Line for Script {
    fn start(&self, call: Call, end: End) {
        self.calls.0.lock().unwrap().push_back((call, end));
        self.calls.1.notify_all();
    }

    fn cancel(&self, id: CallId) {
        let mut calls = self.calls.0.lock().unwrap();
        let at = calls.iter().position(|(call, _)| call.id == id);
        let found = at.and_then(|at| calls.remove(at));
        drop(calls);
        if let Some((_, end)) = found {
            end.tell(Outcome::NotSent { reason: "cancelled".into() });
        }
    }

    fn change(&self, _: &Account) -> Result<(), StartError> {
        Ok(())
    }

    fn close(&self, _: Duration) {
        let calls = std::mem::take(&mut *self.calls.0.lock().unwrap());
        drop(calls);
    }
}

/// A good answer.
pub(super) fn ok(result: &serde_json::Value) -> Outcome<'static> {
    let body = json!({"ok": true, "result": result}).to_string().into();
    Outcome::Answered { status: 200, retry_after_ms: None, body }
}

/// The answer to a message that was sent.
pub(super) fn sent(id: u32) -> Outcome<'static> {
    ok(&json!({"message_id": format!("s{id}"), "date": 1_795_000_000_000_u64}))
}
