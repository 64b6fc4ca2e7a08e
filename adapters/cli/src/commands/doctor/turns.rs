//! What waits: nothing was given up, and the store takes what comes.

use super::facts::Facts;
use super::finding::Finding;

pub(super) fn check(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    for bot in &facts.bots {
        if bot.intake_closed {
            let finding = Finding::failed("store", "it can't be written: nothing new is taken");
            let fix = facts.command("logs --level error --lines 5", &bot.account);
            findings.push(finding.of(&bot.account).fix(fix));
        }
        if bot.dead_letters > 0 {
            let message = format!("given up: {}", bot.dead_letters);
            let fix = facts.command("turns list", &bot.account);
            findings.push(Finding::doubtful("turns", message).of(&bot.account).fix(fix));
        }
    }
}
