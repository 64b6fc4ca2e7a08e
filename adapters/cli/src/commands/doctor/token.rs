//! The token: Zalo knows it, and it is the bot's.

use serde_json::Value;

use super::facts::{Bot, Facts};
use super::finding::Finding;

const CHECK: &str = "token";

pub(super) fn check(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    findings.extend(facts.bots.iter().map(|bot| of(facts, bot).of(&bot.account)));
}

fn of(facts: &Facts<'_>, bot: &Bot) -> Finding {
    let text = |value: &Value, key: &str| {
        value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let me = &bot.probe.me;
    let again = facts.reload();
    if bot.is("auth_failed") {
        return Finding::failed(CHECK, "Zalo refuses the bot token").fix(renew(&again));
    }
    if bot.is("wrong_bot") {
        let message = format!("the token is another bot's: {}", text(&bot.state, "id"));
        return Finding::failed(CHECK, message).fix(format!(
            "give this account its own token, or another name in the configuration, then: {again}"
        ));
    }
    if let Some(error) = me.get("error") {
        let message = format!("Zalo does not say who the bot is: {}", text(error, "message"));
        let finding = Finding::failed(CHECK, message);
        // An answer is about the token; none is about the way to Zalo.
        return if text(error, "kind") == "refused" {
            finding.fix(renew(&again))
        } else {
            let url = facts.config.ready().find(|account| account.config.account == bot.account);
            let url = url.map(|account| account.settings.api_url.as_str()).unwrap_or_default();
            finding.fix(format!("curl -sS -o /dev/null -w '%{{http_code}}\\n' {url}"))
        };
    }
    let name = [text(me, "display_name"), text(me, "account_name")];
    let name = name.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
    Finding::well(CHECK, format!("bot {} {name}", text(me, "id")).trim_end())
}

fn renew(again: &str) -> String {
    format!("copy it anew from https://bot.zaloplatforms.com, then: {again}")
}
