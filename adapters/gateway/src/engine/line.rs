//! `Line`: one account's way to the Bot API, as the engine sees it: start a call, cancel a call,
//! be told exactly once how each ended.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use zaloxide_core::{CallId, Method, Outcome};
use zaloxide_polling::{Api, Calls, Cancel};

/// A call to be made.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) id: CallId,
    pub(crate) method: Method,
    pub(crate) body: String,
    pub(crate) timeout_ms: u64,
}

/// One account's way to the Bot API.
pub(crate) trait Line: Send + Sync {
    /// Makes a call, elsewhere: never waits for it.
    fn start(&self, call: Call, end: End);

    /// Gives a call up, if it is still open. Its end is told all the same.
    fn cancel(&self, call: CallId);

    /// Gives up all calls and takes no more; waits for their ends, at most so long.
    fn close(&self, within: Duration);
}

/// Told once how a call ended, whatever becomes of the thread that makes it.
pub(crate) struct End {
    tell: Option<Box<dyn FnOnce(Outcome<'static>) + Send>>,
    begun: bool,
}

impl End {
    pub(crate) fn new(tell: impl FnOnce(Outcome<'static>) + Send + 'static) -> Self {
        Self { tell: Some(Box::new(tell)), begun: false }
    }

    /// From here on something may be sent.
    pub(crate) fn begin(&mut self) {
        self.begun = true;
    }

    pub(crate) fn tell(mut self, outcome: Outcome<'static>) {
        if let Some(tell) = self.tell.take() {
            tell(outcome);
        }
    }
}

impl Drop for End {
    fn drop(&mut self) {
        let Some(tell) = self.tell.take() else { return };
        tell(if self.begun {
            Outcome::Unknown { reason: "the call broke off inside this program".into() }
        } else {
            Outcome::NotSent { reason: "too many calls wait, or the program is ending".into() }
        });
    }
}

/// The line over HTTP: the long poll on a thread of its own, everything else on the shared pool.
pub(crate) struct HttpLine {
    account: String,
    api: Api,
    poll: Calls,
    calls: Calls,
    open: Arc<Mutex<HashMap<CallId, Cancel>>>,
}

impl HttpLine {
    pub(crate) fn new(account: &str, api: Api, calls: Calls) -> Self {
        let poll = Calls::solo(account);
        Self { account: account.to_owned(), api, poll, calls, open: Arc::default() }
    }
}

impl Line for HttpLine {
    fn start(&self, call: Call, mut end: End) {
        let cancel = Cancel::new();
        lock(&self.open).insert(call.id, cancel.clone());
        let (api, open) = (self.api.clone(), Arc::clone(&self.open));
        let pool = if call.method == Method::GetUpdates { &self.poll } else { &self.calls };
        let id = call.id;
        let job = Box::new(move || {
            end.begin();
            let outcome = api.call(call.method, &call.body, call.timeout_ms, &cancel);
            lock(&open).remove(&id);
            end.tell(outcome);
        });
        if let Err(rejected) = pool.submit(&self.account, job) {
            lock(&self.open).remove(&id);
            // Dropping the job tells its end.
            drop(rejected);
        }
    }

    fn cancel(&self, call: CallId) {
        let cancel = lock(&self.open).get(&call).cloned();
        if let Some(cancel) = cancel {
            cancel.cancel();
        }
    }

    fn close(&self, within: Duration) {
        let open: Vec<Cancel> = lock(&self.open).values().cloned().collect();
        for cancel in open {
            cancel.cancel();
        }
        self.poll.shutdown(within);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
