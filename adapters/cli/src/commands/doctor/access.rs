//! Access: neither everybody nor nobody may talk to the bot.

use zaloxide_core::{DmPolicy, GroupPolicy};

use super::facts::Facts;
use super::finding::Finding;

const CHECK: &str = "access";

pub(super) fn check(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    let asked = |name: &str| facts.bots.iter().any(|bot| bot.account == name);
    for account in facts.config.ready().filter(|account| asked(&account.config.account)) {
        let config = &account.config;
        let mut found = Vec::new();
        if config.dm_policy == DmPolicy::Open {
            let fix = format!("set dmPolicy: \"pairing\", then: {}", facts.reload());
            let message = "everybody may talk to the bot: dmPolicy is open";
            found.push(Finding::doubtful(CHECK, message).fix(fix));
        }
        if config.dm_policy == DmPolicy::Allowlist && config.allow_from.is_empty() {
            let fix = format!("put ids into allowFrom, then: {}", facts.reload());
            let message = "nobody may talk to the bot: dmPolicy is allowlist, allowFrom empty";
            found.push(Finding::failed(CHECK, message).fix(fix));
        }
        if config.group_policy == GroupPolicy::Open {
            let fix = format!("set groupPolicy: \"allowlist\", then: {}", facts.reload());
            let message = "everybody may talk to the bot in groups: groupPolicy is open";
            found.push(Finding::doubtful(CHECK, message).fix(fix));
        }
        if found.is_empty() {
            let how = match config.dm_policy {
                DmPolicy::Pairing => "strangers need a code",
                DmPolicy::Disabled => "nobody may write in private: dmPolicy is disabled",
                _ => "those in allowFrom may talk to the bot",
            };
            found.push(Finding::well(CHECK, how));
        }
        findings.extend(found.into_iter().map(|finding| finding.of(&config.account)));
    }
}
