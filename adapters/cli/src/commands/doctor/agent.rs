//! The agent: somebody answers, and is there.

use zaloxide::agents;

use super::command;
use super::facts::Facts;
use super::finding::Finding;

const CHECK: &str = "agent";

pub(super) fn check(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    let Some(agent) = &facts.config.agent else {
        findings.push(if facts.is_running() {
            Finding::well(CHECK, "the gateway was told on its command line")
        } else {
            Finding::doubtful(CHECK, "the configuration names nobody who answers").fix(command(
                facts.context,
                "run --agent echo",
                None,
            ))
        });
        return;
    };
    findings.push(match agents::from_config(agent) {
        Ok(_) => Finding::well(CHECK, "it is there"),
        Err(error) => Finding::failed(CHECK, error.to_string())
            .fix("mend `agent` in the configuration: a path that is there, and chmod +x"),
    });
}
