//! `Observer`: whoever looks on: a log, a screen, a test.

use std::sync::Arc;

use zaloxide_core::{Action, Time};

/// Is shown every action, in order for each account, just before it is carried out.
///
/// It is called on the engine's threads: what it waits for, its account waits for too. Several
/// accounts may call at one time.
pub trait Observer: Send + Sync {
    /// An action is about to be carried out.
    fn action(&self, account: &str, now: Time, action: &Action);
}

/// Several observers are one: each in turn.
impl Observer for Vec<Arc<dyn Observer>> {
    fn action(&self, account: &str, now: Time, action: &Action) {
        for observer in self {
            observer.action(account, now, action);
        }
    }
}
