//! The clock: it goes as Zalo's does.

use super::facts::Facts;
use super::finding::Finding;

const CHECK: &str = "clock";
/// From here on times in logs and lists mislead.
const DOUBTFUL_MS: u64 = 30_000;
/// From here on certificates and codes may be judged wrongly.
const FAILED_MS: u64 = 300_000;

pub(super) fn check(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    // One clock, however many bots: the first answer tells.
    let Some(ahead) = facts.bots.iter().find_map(|bot| bot.probe.ahead_ms) else { return };
    let off = ahead.unsigned_abs();
    let way = if ahead > 0 { "slow" } else { "fast" };
    let message = format!("this machine's is {} s {way}, by Zalo's", off / 1_000);
    let fix = "timedatectl set-ntp true";
    findings.push(match off {
        ..DOUBTFUL_MS => Finding::well(CHECK, "it goes as Zalo's does"),
        DOUBTFUL_MS..FAILED_MS => Finding::doubtful(CHECK, message).fix(fix),
        FAILED_MS.. => Finding::failed(CHECK, message).fix(fix),
    });
}
