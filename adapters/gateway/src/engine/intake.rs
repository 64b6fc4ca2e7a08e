//! `Intake`: how a webhook's body reaches its account.

use std::sync::{Arc, Weak};

use zaloxide_core::{Duty, Settled};
use zaloxide_webhook::{Answer, Status, Taken, Taker};

use super::Shared;
use super::builder::StartError;
use super::seat::Seat;

/// Takes in what comes for one account, as long as it is at work.
pub(super) struct Intake(Weak<Seat>);

impl Intake {
    pub(super) fn new(seat: &Arc<Seat>) -> Self {
        Self(Arc::downgrade(seat))
    }
}

impl Taker for Intake {
    fn take(&self, body: &[u8], answer: Answer) {
        let Some(seat) = self.0.upgrade() else { return };
        let tell = Box::new(move |settled| {
            answer.tell(match settled {
                Settled::Status(200) => Status::Taken,
                Settled::Status(400) => Status::Malformed,
                _ => Status::Busy,
            });
        });
        seat.post(body, tell);
    }
}

impl Shared {
    /// Lets the account's webhooks in, if it has any.
    pub(super) fn route(&self, seat: &Arc<Seat>) -> Result<(), StartError> {
        let account = seat.account();
        let (Some(path), Some(secret)) = (account.path(), &account.settings.webhook_secret) else {
            return Ok(());
        };
        if account.config.duty == Duty::Errands {
            return Ok(());
        }
        let taker = Arc::new(Intake::new(seat));
        let routed = self.front.route(&seat.name, path, secret.expose().as_bytes(), taker);
        let what = |taken: Taken| StartError::Config {
            account: seat.name.clone(),
            reason: taken.to_string(),
        };
        routed.map_err(what)
    }
}
