//! `Line`: one account's way to the Bot API, as the engine sees it: start a call, cancel a call,
//! be told exactly once how each ended.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use zaloxide_core::{CallId, Method, Outcome};
use zaloxide_polling::{Api, Calls, Cancel};

use super::builder::StartError;
use crate::accounts::Account;

/// A call to be made.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) id: CallId,
    pub(crate) method: Method,
    pub(crate) body: String,
    pub(crate) timeout_ms: u64,
}

/// Makes an account's line.
pub(crate) type MakeLine = Box<dyn Fn(&Account) -> Result<Box<dyn Line>, StartError> + Send + Sync>;

/// One account's way to the Bot API.
pub(crate) trait Line: Send + Sync {
    /// Makes a call, elsewhere: never waits for it.
    fn start(&self, call: Call, end: End);

    /// Gives a call up, if it is still open. Its end is told all the same.
    fn cancel(&self, call: CallId);

    /// Calls from now on go by the account's new settings; those under way go on.
    fn change(&self, account: &Account) -> Result<(), StartError>;

    /// How far Zalo's clock is ahead of this one, in ms, by its last answer.
    fn ahead_ms(&self) -> Option<i64> {
        None
    }

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

/// What the lines of all accounts share.
pub(crate) struct Lines {
    calls: Calls,
    checks: Calls,
    /// The first account's: the others go over its connections where they can.
    first: OnceLock<Api>,
}

impl Lines {
    pub(crate) fn new(calls: Calls, checks: Calls) -> Self {
        Self { calls, checks, first: OnceLock::new() }
    }

    pub(crate) fn line(&self, account: &Account) -> Result<HttpLine, StartError> {
        let api = api(account, self.first.get())?;
        self.first.get_or_init(|| api.clone());
        let name = account.config.account.clone();
        Ok(HttpLine {
            poll: Calls::solo(&name),
            account: name,
            api: RwLock::new(api),
            calls: self.calls.clone(),
            checks: self.checks.clone(),
            open: Arc::default(),
        })
    }
}

fn api(account: &Account, beside: Option<&Api>) -> Result<Api, StartError> {
    let settings = account.settings.clone();
    let api = match beside {
        Some(other) => Api::beside(settings, other),
        None => Api::new(settings),
    };
    let account = &account.config.account;
    api.map_err(|error| StartError::Settings { account: account.clone(), error })
}

/// The line over HTTP: the long poll on a thread of its own, questions about the bot and its
/// webhook and everything else on shared pools.
pub(crate) struct HttpLine {
    account: String,
    api: RwLock<Api>,
    poll: Calls,
    calls: Calls,
    checks: Calls,
    open: Arc<Mutex<HashMap<CallId, Cancel>>>,
}

impl HttpLine {
    fn api(&self) -> Api {
        self.api.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn pool(&self, method: Method) -> &Calls {
        match method {
            Method::GetUpdates => &self.poll,
            Method::GetMe
            | Method::GetWebhookInfo
            | Method::SetWebhook
            | Method::DeleteWebhook
            | Method::TestWebhook => &self.checks,
            _ => &self.calls,
        }
    }
}

impl Line for HttpLine {
    fn start(&self, call: Call, mut end: End) {
        let cancel = Cancel::new();
        lock(&self.open).insert(call.id, cancel.clone());
        let (api, open) = (self.api(), Arc::clone(&self.open));
        let pool = self.pool(call.method);
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

    fn change(&self, account: &Account) -> Result<(), StartError> {
        let api = api(account, Some(&self.api()))?;
        *self.api.write().unwrap_or_else(PoisonError::into_inner) = api;
        Ok(())
    }

    fn ahead_ms(&self) -> Option<i64> {
        self.api().ahead_ms()
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
