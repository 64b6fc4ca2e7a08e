//! `Parts`: the parts of a file that are ours.

use super::check::{Check, NOWHERE};
use super::keys::{ACCOUNT, AGENT, LOG, PROCESS, ZALOXIDE};
use super::near::nearest;
use super::node::{Node, Value};

/// The parts of a file that are ours, checked against their keys.
pub(super) struct Parts<'a> {
    pub(super) zalo: Option<&'a Node>,
    pub(super) agent: Option<&'a Node>,
    pub(super) log: Option<&'a Node>,
}

impl<'a> Parts<'a> {
    pub(super) fn find(root: &'a Node, check: &mut Check<'_>) -> Self {
        if !matches!(root.value, Value::Map(_)) {
            check.hide(root);
            let found = root.kind();
            let message = format!("a configuration must be an object, {{..}}, not {found}");
            check.error(&root.span, message, Some("write {channels: {zalo: {..}}}".into()));
        }
        for path in ["channels", "zaloxide"] {
            if let Some((key, _)) = root.entries().iter().find(|(key, _)| key.name == path) {
                check.sheet.allow(key.span.clone());
            }
        }
        let channels = root.get("channels");
        if let Some(channels) = channels.filter(|node| !matches!(node.value, Value::Map(_))) {
            check.hide(channels);
            check.expected(channels, "channels", "an object, {zalo: {..}}");
        }
        let zalo = channels.and_then(|channels| channels.get("zalo"));
        if let Some(zalo) = zalo {
            if let Some((key, _)) = channels.and_then(|node| node.entry("zalo")) {
                check.sheet.allow(key.span.clone());
            }
            check.object(zalo, "channels.zalo", &[ACCOUNT, PROCESS]);
        }
        let own = root.get("zaloxide");
        if let Some(own) = own {
            check.object(own, "zaloxide", &[ZALOXIDE]);
        }
        // An `agent` or `log` at the top may be another program's: ours has our keys.
        let top_agent = root.get("agent").filter(|agent| agent.get("type").is_some());
        if let Some(agent) = top_agent {
            check.object(agent, "agent", &[AGENT]);
        }
        let is_ours = |log: &&Node| LOG.iter().any(|key| log.get(key.name).is_some());
        let top_log = root.get("log").filter(is_ours);
        if let Some(log) = top_log {
            check.object(log, "log", &[LOG]);
        }
        for (name, top) in [("agent", top_agent), ("log", top_log)] {
            if let (Some(_), Some((key, _)), true) =
                (own.and_then(|own| own.get(name)), root.entry(name), top.is_some())
            {
                check.sheet.allow(key.span.clone());
                let message = format!("this `{name}` does nothing beside `zaloxide.{name}`");
                check.warning(&key.span, message, Some("remove one of them".into()));
            }
        }
        let inner = |name| own.and_then(|own| own.get(name));
        Self { zalo, agent: inner("agent").or(top_agent), log: inner("log").or(top_log) }
    }
}

/// Warns that a file says nothing of bots, which is likely a mistake.
pub(super) fn warn_of_no_zalo(root: &Node, check: &mut Check<'_>) {
    let channels = root.get("channels");
    let is_near = |name: &str| strsim::damerau_levenshtein(&name.to_lowercase(), "zalo") <= 1;
    let mistyped = channels.into_iter().flat_map(Node::entries).find(|(key, _)| is_near(&key.name));
    let is_channels = |name: &str| nearest(name, ["channels"]).is_some();
    let at_top = root.entries().iter().find(|(key, _)| {
        is_near(&key.name)
            || ACCOUNT.iter().any(|known| known.name == key.name && known.name != "session")
            || (channels.is_none() && is_channels(&key.name))
    });
    let includes = root.get("$include").is_some()
        || channels.is_some_and(|channels| channels.get("$include").is_some());
    let (span, help) = match (mistyped, at_top) {
        (Some((key, _)), _) => (key.span.clone(), "did you mean `zalo`?"),
        (None, Some((key, _))) if is_near(&key.name) => {
            (key.span.clone(), "put it into `channels`: {channels: {zalo: {..}}}")
        }
        (None, Some((key, _))) if is_channels(&key.name) => {
            (key.span.clone(), "did you mean `channels`?")
        }
        (None, Some((key, _))) => {
            (key.span.clone(), "put it into `channels.zalo`: {channels: {zalo: {..}}}")
        }
        (None, None) if includes => {
            (NOWHERE, "`$include` is not followed: name the file that has channels.zalo")
        }
        (None, None) => (NOWHERE, "write {channels: {zalo: {..}}}, or set ZALO_BOT_TOKEN"),
    };
    if span != NOWHERE {
        check.sheet.allow(span.clone());
    }
    check.doubt(&span, "this file has no `channels.zalo`: no bot runs", help);
}
