//! What a view says of the channel's own state.

use super::Channel;
use crate::time::Time;
use crate::view::Status;

impl Channel {
    pub(crate) fn now(&self) -> Time {
        self.cx.now
    }

    /// The numbers of the last record and of the last durable one.
    pub(crate) fn records(&self) -> (u64, u64) {
        (self.cx.journal.last(), self.cx.journal.committed())
    }

    pub(crate) fn status(&self) -> Status {
        let cx = &self.cx;
        let ledger = &cx.ledger;
        let now = cx.now;
        Status {
            account: cx.config.account.clone(),
            bot_id: cx.config.bot_id.clone(),
            bot_name: cx.bot_name.clone(),
            state: self.link.state(cx),
            intake_closed: cx.journal.is_closed(),
            turns: ledger.turns.len(),
            turns_running: self.lanes.running(),
            chunks: ledger.posts.chunks_left(),
            notices: self.mail.notices(),
            calls: cx.calls.len(),
            dead_letters: ledger.dead.len(),
            pairing_pending: ledger.pairing.pending(now).count(),
            quota_sent: ledger.quota.sent(now),
            quota_monthly: cx.config.quota.monthly,
            quota_paused_until: ledger.quota.paused(now),
            seen_keys: ledger.seen.len(),
            seen_keys_evicted: ledger.seen.evicted(),
            counters: cx.counters.clone(),
        }
    }
}
