//! `Relay`: shows what the bot's calls did, as the local Zalo saw them.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::Value;
use zaloxide_emulator::{Call, Emulator};

/// How long the end of a session is noticed after it, at most.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Follows the calls until it is finished.
pub(crate) struct Relay {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    emulator: Emulator,
    seen: Mutex<Seen>,
    done: AtomicBool,
}

/// Which calls were shown: all up to `upto` that were worth it, and some after it.
#[derive(Default)]
struct Seen {
    upto: u64,
    after: BTreeSet<u64>,
}

impl Relay {
    /// Calls `show` for each call that is worth it, once it is answered.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(crate) fn start(
        emulator: &Emulator,
        show: impl Fn(&Call) + Send + 'static,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            emulator: emulator.clone(),
            seen: Mutex::default(),
            done: AtomicBool::new(false),
        });
        let theirs = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("zaloxide-relay".into())
            .spawn(move || theirs.follow(&show))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Whether an answered call is not shown yet.
    pub(crate) fn is_behind(&self) -> bool {
        self.shared.next(Duration::ZERO).is_some()
    }

    /// Shows what is left, and ends.
    pub(crate) fn finish(mut self) {
        self.shared.done.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn follow(&self, show: &impl Fn(&Call)) {
        loop {
            match self.next(LOOK_EVERY) {
                Some((call, upto)) => {
                    show(&call);
                    let mut seen = self.lock();
                    seen.after.insert(call.n);
                    seen.upto = upto;
                    seen.after = seen.after.split_off(&(upto + 1));
                }
                None if self.done.load(Ordering::Relaxed) => return,
                None => {}
            }
        }
    }

    /// The first call that is to be shown, and up to which number nothing else is.
    fn next(&self, within: Duration) -> Option<(Call, u64)> {
        let (upto, after) = {
            let seen = self.lock();
            (seen.upto, seen.after.clone())
        };
        // The first call that is still to be answered.
        let open = Cell::new(u64::MAX);
        let call = self.emulator.wait_for_call(upto, within, |call| {
            if after.contains(&call.n) {
                return false;
            }
            if call.status.is_none() {
                open.set(open.get().min(call.n));
                return false;
            }
            is_worth_showing(call)
        })?;
        let upto = call.n.min(open.get().saturating_sub(1));
        Some((call, upto))
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a user sees, and what went wrong. An idle poll and a webhook that is not set are neither.
fn is_worth_showing(call: &Call) -> bool {
    let code = call.response.as_ref().and_then(|body| body.get("error_code"));
    let code = code.and_then(Value::as_u64);
    match call.method.as_str() {
        "getUpdates" if code == Some(408) => false,
        "getWebhookInfo" if code == Some(404) => false,
        "sendMessage" | "sendPhoto" | "sendSticker" | "sendVoice" => true,
        _ => !succeeded(call),
    }
}

/// Whether Zalo did what it was asked to.
pub(crate) fn succeeded(call: &Call) -> bool {
    let ok = call.response.as_ref().and_then(|body| body.get("ok"));
    ok.and_then(Value::as_bool) == Some(true)
}

/// A parameter's text.
pub(crate) fn param<'a>(call: &'a Call, name: &str) -> Option<&'a str> {
    call.params.get(name).and_then(Value::as_str)
}

/// What a send says, in words.
pub(crate) fn said(call: &Call) -> String {
    let of = |name| param(call, name).unwrap_or_default();
    match call.method.as_str() {
        "sendMessage" => of("text").to_owned(),
        "sendPhoto" => format!("[picture {}] {}", of("photo"), of("caption")).trim().to_owned(),
        "sendSticker" => format!("[sticker {}]", of("sticker")),
        "sendVoice" => format!("[recording {}]", of("voice_url")),
        other => other.to_owned(),
    }
}

/// What Zalo said to a call that failed, in words.
pub(crate) fn refusal(call: &Call) -> String {
    let status = call.status.map_or_else(|| "no answer".into(), |status| format!("HTTP {status}"));
    let answer = match (&call.response, &call.response_text) {
        (Some(body), _) => {
            let description = body.get("description").and_then(Value::as_str).unwrap_or_default();
            let code = body.get("error_code").and_then(Value::as_u64).unwrap_or_default();
            format!("error {code}, {description}")
        }
        (None, Some(text)) if text.trim_start().starts_with('<') => "a page of HTML".into(),
        (None, Some(_)) => "something that is not JSON".into(),
        (None, None) => "nothing".into(),
    };
    format!("{} is answered: {status}, {answer}", call.method)
}
