//! What a view says of the channel's own state.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::Channel;
use crate::config::{AccountConfig, DmPolicy, GroupPolicy};
use crate::time::Time;
use crate::view::{State, Status};

/// From this share of the month's quota on, a warning says so.
const QUOTA_WARNS_PERCENT: u64 = 80;

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
        let mut status = Status {
            account: cx.config.account.clone(),
            bot_id: cx.config.bot_id.clone(),
            bot_name: cx.bot_name.clone(),
            state: self.link.state(cx),
            webhook_url: cx.config.webhook_url.clone(),
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
            warnings: Vec::new(),
        };
        status.warnings = warnings(&status, &cx.config);
        status
    }
}

/// What an operator may want to do something about.
fn warnings(status: &Status, config: &AccountConfig) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut warn = |text: &str| warnings.push(String::from(text));
    match &status.state {
        State::AuthFailed => warn("Zalo refuses the bot token"),
        State::WrongBot { .. } => warn("the token is another bot's"),
        State::ForeignWebhook { .. } => {
            warn(
                "a webhook that was not set from here takes the updates: `zaloxide webhook delete`",
            );
        }
        _ => {}
    }
    if status.intake_closed {
        warn("the store can't be written: nothing new is taken");
    }
    if config.dm_policy == DmPolicy::Open {
        warn("everybody may talk to the bot: dmPolicy is open");
    }
    if config.dm_policy == DmPolicy::Allowlist && config.allow_from.is_empty() {
        warn("nobody may talk to the bot: dmPolicy is allowlist and allowFrom is empty");
    }
    if config.group_policy == GroupPolicy::Open {
        warn("everybody may talk to the bot in groups: groupPolicy is open");
    }
    let (sent, monthly) = (status.quota_sent, status.quota_monthly);
    if status.quota_paused_until.is_some() {
        warn("nothing is sent until the month ends: the quota is used up; `zaloxide quota resume`");
    } else if monthly > 0 && sent.saturating_mul(100) >= monthly.saturating_mul(QUOTA_WARNS_PERCENT)
    {
        warn(&format!("{sent} of the month's {monthly} messages are sent"));
    }
    warnings
}
