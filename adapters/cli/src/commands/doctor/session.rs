//! The session: people who share the agent's memory may read each other there.

use super::facts::Facts;
use super::finding::Finding;

pub(super) fn check(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    for bot in facts.bots.iter().filter(|bot| bot.main_is_shared) {
        let message = "several people share the agent's session `main`: what one says may be told \
                       to another";
        let fix = format!("set session.dmScope: \"per-chat\", then: {}", facts.reload());
        findings.push(Finding::doubtful("session", message).of(&bot.account).fix(fix));
    }
}
