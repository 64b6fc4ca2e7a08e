//! One person: whether what they write gets to the agent, and what keeps it from there.

use serde::Deserialize;
use serde_json::Value;
use zaloxide::control::Request;
use zaloxide_core::SenderId;

use super::facts::Facts;
use super::finding::Finding;
use crate::ask::Listed;

const CHECK: &str = "sender";

#[derive(Deserialize)]
struct Asked {
    account: String,
    admission: String,
}

pub(super) fn check(facts: &Facts<'_>, sender: &SenderId, findings: &mut Vec<Finding>) {
    let account = facts.context.global.account.clone();
    let answer = facts.ask(&Request::Admission { account, sender: sender.clone() });
    let asked = answer.and_then(|answer| {
        serde_json::from_value::<Listed<Asked>>(answer).map_err(|error| error.to_string())
    });
    match asked {
        Ok(asked) => findings.extend(asked.accounts.iter().map(|asked| of(facts, sender, asked))),
        Err(why) => findings.push(Finding::failed(CHECK, format!("nobody can say: {why}"))),
    }
}

fn of(facts: &Facts<'_>, sender: &SenderId, asked: &Asked) -> Finding {
    let account = &asked.account;
    let found = |message: &str| format!("{sender}: {message}");
    let failed = |message: &str, fix: String| Finding::failed(CHECK, found(message)).fix(fix);
    let reload = facts.reload();
    let finding = match asked.admission.as_str() {
        "admitted" if is_paused(facts, sender, account) => {
            let fix = facts.command(&format!("chats resume {sender}"), account);
            failed("a person has taken the chat over: the agent does not see it", fix)
        }
        "admitted" => Finding::well(CHECK, found("gets to the agent")),
        "pending" => {
            let approve = code(facts, sender, account).map_or_else(
                || "pairing list zalo".into(),
                |code| format!("pairing approve zalo {code}"),
            );
            failed("waits to be let in", facts.command(&approve, account))
        }
        "stranger" => failed(
            "not let in; their next message draws a code",
            format!("once they wrote: {}", facts.command("pairing list zalo", account)),
        ),
        "rejected" => failed(
            "was rejected, and gets no code",
            format!(
                "{}, and they may ask anew",
                facts.command(&format!("forget {sender}"), account)
            ),
        ),
        "disabled" => failed(
            "dmPolicy is disabled: nobody may write in private",
            format!("set dmPolicy: \"pairing\", then: {reload}"),
        ),
        _ => failed("not in allowFrom", format!("put \"{sender}\" into allowFrom, then: {reload}")),
    };
    let fix = finding.fix.as_deref().map(zaloxide::escape::shown);
    Finding { fix, ..finding.of(account) }
}

/// What an account's listing has under a key.
fn listed(facts: &Facts<'_>, request: &Request, key: &str) -> Vec<Value> {
    let answer = facts.ask(request).unwrap_or_default();
    let listed = answer.pointer(&format!("/accounts/0/{key}")).and_then(Value::as_array).cloned();
    listed.unwrap_or_default()
}

fn code(facts: &Facts<'_>, sender: &SenderId, account: &str) -> Option<String> {
    let request = Request::PairingList { account: Some(account.to_owned()) };
    let pending = listed(facts, &request, "pending");
    let theirs = pending.iter().find(|one| one["sender"] == sender.as_str())?;
    theirs["code"].as_str().map(ToOwned::to_owned)
}

fn is_paused(facts: &Facts<'_>, sender: &SenderId, account: &str) -> bool {
    let request = Request::ChatsList { account: Some(account.to_owned()) };
    listed(facts, &request, "paused").iter().any(|one| one["chat"] == sender.as_str())
}
