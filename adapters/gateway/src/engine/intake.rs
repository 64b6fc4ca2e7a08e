//! `Intake`: how a webhook's body reaches its account.

use std::sync::{Arc, Weak};

use zaloxide_core::Settled;
use zaloxide_webhook::{Answer, Status, Taker};

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
