//! The month's quota: there are messages left.

use super::facts::Facts;
use super::finding::Finding;
use crate::table::until;

const CHECK: &str = "quota";

pub(super) fn check(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    for bot in &facts.bots {
        let used = format!("{} of {} messages are sent", bot.quota_sent, bot.quota_monthly);
        let finding = if let Some(time) = bot.quota_paused_until {
            let message = format!("it is used up: sends go on {}", until(time));
            let resume = facts.command("quota resume", &bot.account);
            Finding::failed(CHECK, message).fix(format!("with a larger plan: {resume}"))
        } else if bot.quota_is_low {
            Finding::doubtful(CHECK, used).fix(facts.command("quota", &bot.account))
        } else {
            Finding::well(CHECK, used)
        };
        findings.push(finding.of(&bot.account));
    }
}
