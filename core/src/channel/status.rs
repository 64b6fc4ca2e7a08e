//! What a view says of the channel's own state.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::Channel;
use crate::access::{Access, judge};
use crate::action::DropReason;
use crate::config::{AccountConfig, DmPolicy, DmScope, GroupPolicy};
use crate::envelope::{Chat, ChatKind};
use crate::id::{ChatId, SenderId};
use crate::ledger::Ledger;
use crate::time::Time;
use crate::view::{Admission, State, Status};

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
            quota_is_low: is_low(ledger.quota.sent(now), cx.config.quota.monthly),
            quota_paused_until: ledger.quota.paused(now),
            seen_keys: ledger.seen.len(),
            seen_keys_evicted: ledger.seen.evicted(),
            main_is_shared: is_main_shared(&cx.config, ledger),
            counters: cx.counters.clone(),
            warnings: Vec::new(),
        };
        status.warnings = warnings(&status, &cx.config);
        status
    }

    pub(crate) fn admission(&self, sender: &SenderId) -> Admission {
        let cx = &self.cx;
        let pairing = &cx.ledger.pairing;
        let chat = Chat { id: ChatId::from(sender.as_str()), kind: ChatKind::Private };
        match judge(&cx.config, pairing.is_approved(sender), &chat, sender) {
            Access::Admitted => Admission::Admitted,
            Access::Stranger if pairing.is_silenced(sender, cx.now) => Admission::Rejected,
            Access::Stranger if pairing.request(sender, cx.now).is_some() => Admission::Pending,
            Access::Stranger => Admission::Stranger,
            Access::Refused(DropReason::Disabled) => Admission::Disabled,
            Access::Refused(_) => Admission::NotAllowed,
        }
    }
}

fn is_low(sent: u64, monthly: u64) -> bool {
    monthly > 0 && sent.saturating_mul(100) >= monthly.saturating_mul(QUOTA_WARNS_PERCENT)
}

/// Whether more than one person can get to the agent in private, and none has a session alone.
fn is_main_shared(config: &AccountConfig, ledger: &Ledger) -> bool {
    if config.session.dm_scope != DmScope::Main || config.dm_policy == DmPolicy::Disabled {
        return false;
    }
    let listed = config.allow_from.ids().count();
    let approved = ledger.pairing.approved().filter(|(sender, _)| {
        config.dm_policy == DmPolicy::Pairing && !config.allow_from.lists(sender.as_str())
    });
    config.allow_from.any || listed + approved.count() > 1
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
    if status.quota_paused_until.is_some() {
        warn("nothing is sent until the month ends: the quota is used up; `zaloxide quota resume`");
    } else if status.quota_is_low {
        let (sent, monthly) = (status.quota_sent, status.quota_monthly);
        warn(&format!("{sent} of the month's {monthly} messages are sent"));
    }
    warnings
}
