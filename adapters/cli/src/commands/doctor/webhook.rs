//! The webhook that Zalo has: the configured one, or none.

use serde_json::Value;

use super::facts::{Bot, Facts};
use super::finding::Finding;

const CHECK: &str = "webhook";

pub(super) fn check(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    findings.extend(facts.bots.iter().map(|bot| of(facts, bot).of(&bot.account)));
}

fn of(facts: &Facts<'_>, bot: &Bot) -> Finding {
    let zalo = &bot.probe.webhook;
    if let Some(error) = zalo.get("error") {
        let why = error.get("message").and_then(Value::as_str).unwrap_or_default();
        return Finding::doubtful(CHECK, format!("Zalo does not say which it has: {why}"));
    }
    let found = zalo.get("url").and_then(Value::as_str).filter(|url| !url.is_empty());
    match (&bot.webhook_url, found) {
        (None, None) => Finding::well(CHECK, "none is set: updates are polled"),
        (None, Some(url)) => {
            let message = format!("Zalo pushes to {url}: while that is set, polling gets nothing");
            Finding::failed(CHECK, message).fix(facts.command("webhook delete", &bot.account))
        }
        (Some(wanted), Some(found)) if wanted == found => {
            Finding::well(CHECK, format!("Zalo pushes to {found}, by https and with the secret"))
        }
        (Some(_), _) if !facts.is_running() => {
            Finding::doubtful(CHECK, "Zalo does not push here yet: a gateway that starts sets it")
                .fix(facts.command("run", &bot.account))
        }
        (Some(wanted), found) => {
            let found = found.unwrap_or("nobody");
            let message = format!("Zalo pushes to {found} and not to {wanted}");
            Finding::failed(CHECK, message).fix(facts.command("webhook set", &bot.account))
        }
    }
}
