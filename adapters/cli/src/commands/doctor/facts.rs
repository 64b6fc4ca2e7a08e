//! `Facts`: what the gateway, or Zalo itself, says of the bots: asked once, for all checks.

use serde::Deserialize;
use serde_json::Value;
use zaloxide::config::{Config, Standing};
use zaloxide::control::Request;
use zaloxide_core::Time;

use super::command;
use super::finding::Finding;
use super::gateway::{self, Gateway};
use crate::accounts;
use crate::ask::Listed;
use crate::context::Context;

/// All that the checks know.
pub(super) struct Facts<'a> {
    pub(super) context: &'a Context,
    pub(super) config: &'a Config,
    pub(super) gateway: Gateway,
    /// None when nobody could be asked.
    pub(super) bots: Vec<Bot>,
}

/// How a bot is.
#[derive(Debug, Deserialize)]
pub(super) struct Bot {
    pub(super) account: String,
    pub(super) state: Value,
    pub(super) webhook_url: Option<String>,
    pub(super) intake_closed: bool,
    pub(super) dead_letters: usize,
    pub(super) quota_sent: u64,
    pub(super) quota_monthly: u64,
    #[serde(default)]
    pub(super) quota_is_low: bool,
    pub(super) quota_paused_until: Option<Time>,
    #[serde(default)]
    pub(super) main_is_shared: bool,
    pub(super) probe: Probe,
}

/// What Zalo says.
#[derive(Debug, Deserialize)]
pub(super) struct Probe {
    pub(super) me: Value,
    pub(super) webhook: Value,
    #[serde(default)]
    pub(super) ahead_ms: Option<i64>,
}

impl Bot {
    /// Whether it is in this state.
    pub(super) fn is(&self, state: &str) -> bool {
        self.state.get("type").and_then(Value::as_str) == Some(state)
    }
}

impl<'a> Facts<'a> {
    /// Asks; who was asked is a finding itself.
    pub(super) fn gather(
        context: &'a Context,
        config: &'a Config,
        findings: &mut Vec<Finding>,
    ) -> Self {
        let mut facts = Self { context, config, gateway: Gateway::None, bots: Vec::new() };
        let wanted = context.global.account.as_ref();
        let entries = config.accounts.iter();
        for entry in entries.filter(|entry| wanted.is_none_or(|name| *name == entry.account)) {
            if matches!(entry.standing, Standing::NotConfigured) {
                let finding = Finding::doubtful("accounts", "it has no token and does not run");
                let fix = "give it a botToken or a tokenFile, or set enabled: false";
                findings.push(finding.of(&entry.account).fix(fix));
            }
        }
        if let Err(problem) = accounts::ready(config, context) {
            let fix = command(context, "config check", None);
            findings.push(Finding::failed("accounts", problem).fix(fix));
            return facts;
        }
        let account = wanted.cloned();
        let (gateway, answer) = gateway::ask(context, config, &Request::Probe { account });
        findings.push(match &gateway {
            Gateway::Running => Finding::well("gateway", "it runs, and answers"),
            Gateway::None => Finding::doubtful("gateway", "none runs: nothing is received")
                .fix(command(context, "run", None)),
            Gateway::Held(why) | Gateway::Mute(why) => Finding::failed("gateway", why),
        });
        let listed = answer.and_then(|answer| {
            serde_json::from_value::<Listed<Bot>>(answer).map_err(|error| error.to_string())
        });
        match listed {
            Ok(listed) => facts.bots = listed.accounts,
            Err(why) => findings.push(Finding::failed("gateway", format!("no answer: {why}"))),
        }
        facts.gateway = gateway;
        facts
    }

    /// Whether a gateway runs here.
    pub(super) fn is_running(&self) -> bool {
        self.gateway == Gateway::Running
    }

    /// Asks something else in the same way.
    pub(super) fn ask(&self, request: &Request) -> Result<Value, String> {
        gateway::ask(self.context, self.config, request).1
    }

    /// A command to type.
    pub(super) fn command(&self, words: &str, account: &str) -> String {
        let several = self.config.accounts.len() > 1;
        command(self.context, words, several.then_some(account))
    }

    /// What makes a change of the configuration effective.
    pub(super) fn reload(&self) -> String {
        command(self.context, if self.is_running() { "config reload" } else { "run" }, None)
    }
}
