//! `channels`: how the bots are.

use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::Value;
use zaloxide::control::Request;
use zaloxide::escape::shown;
use zaloxide_core::Time;

use super::capabilities;
use crate::ask::{Listed, ask, read};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::table::{ago, table};

/// See how the bots are, and what Zalo bots can do
#[derive(Debug, Args)]
pub(crate) struct Channels {
    #[command(subcommand)]
    command: ChannelsCommand,
}

#[derive(Debug, Subcommand)]
enum ChannelsCommand {
    /// Each bot's state and work, when it last heard and spoke, what needs a look
    Status {
        /// Ask Zalo too: who the bot is, and which webhook it has
        #[arg(long)]
        probe: bool,
    },
    /// What Zalo bots can do, and what they can't
    Capabilities,
}

#[derive(Deserialize)]
struct Status {
    account: String,
    bot_name: Option<String>,
    state: Value,
    turns: usize,
    chunks: usize,
    dead_letters: usize,
    pairing_pending: usize,
    quota_sent: u64,
    quota_monthly: u64,
    counters: Counters,
    #[serde(default)]
    warnings: Vec<String>,
    probe: Option<Probe>,
}

/// What Zalo said.
#[derive(Deserialize)]
struct Probe {
    me: Value,
    webhook: Value,
}

#[derive(Deserialize)]
struct Counters {
    last_in: Option<Time>,
    last_out: Option<Time>,
}

pub(crate) fn run(args: &Channels, context: &Context) -> Result<Exit, Failure> {
    match args.command {
        ChannelsCommand::Status { probe } => status(probe, context),
        ChannelsCommand::Capabilities => {
            capabilities::show(context)?;
            Ok(Exit::Done)
        }
    }
}

fn status(probe: bool, context: &Context) -> Result<Exit, Failure> {
    let account = context.global.account.clone();
    let request = if probe { Request::Probe { account } } else { Request::Status { account } };
    let answer = ask(context, &request)?;
    if context.out.is_json() {
        context.out.json(&answer)?;
    }
    let all = read::<Listed<Status>>(answer)?.accounts;
    let refused = all.iter().filter_map(|each| each.probe.as_ref()).any(Probe::is_refused);
    let exit = if refused { Exit::Failed } else { Exit::Done };
    if context.out.is_json() {
        return Ok(exit);
    }
    let when = |time: Option<Time>| time.map_or_else(|| "never".into(), ago);
    let row = |each: &Status| {
        let state = each.state.get("type").and_then(Value::as_str).unwrap_or_default();
        let state = if state == "errands" { "not running" } else { state };
        [
            shown(&each.account),
            each.bot_name.as_deref().map(shown).unwrap_or_default(),
            state.replace('_', " "),
            each.turns.to_string(),
            each.chunks.to_string(),
            each.dead_letters.to_string(),
            each.pairing_pending.to_string(),
            format!("{}/{}", each.quota_sent, each.quota_monthly),
            when(each.counters.last_in),
            when(each.counters.last_out),
        ]
    };
    let rows: Vec<_> = all.iter().map(row).collect();
    let head = [
        "ACCOUNT",
        "BOT",
        "STATE",
        "TURNS",
        "CHUNKS",
        "DEAD",
        "STRANGERS",
        "QUOTA",
        "HEARD",
        "SPOKE",
    ];
    context.out.line(table(head, &rows))?;
    for each in &all {
        let name = shown(&each.account);
        for line in each.probe.iter().flat_map(Probe::lines) {
            context.out.line(format!("{name}: {line}"))?;
        }
        for warning in &each.warnings {
            context.out.line(format!("{name}: warning: {}", shown(warning)))?;
        }
    }
    Ok(exit)
}

impl Probe {
    /// Zalo did not say who the bot is.
    fn is_refused(&self) -> bool {
        self.me.get("error").is_some()
    }

    fn lines(&self) -> [String; 2] {
        let text = |value: &Value, key| value.get(key).and_then(Value::as_str).map(shown);
        let failed = |value: &Value| text(value.get("error")?, "message");
        let me = failed(&self.me).unwrap_or_else(|| {
            let name = text(&self.me, "display_name").or_else(|| text(&self.me, "account_name"));
            let id = text(&self.me, "id").unwrap_or_default();
            format!("the token works: bot {id} {}", name.unwrap_or_default())
        });
        let webhook = failed(&self.webhook).unwrap_or_else(|| {
            let url = text(&self.webhook, "url").filter(|url| !url.is_empty());
            url.map_or_else(|| "no webhook is set".into(), |url| format!("the webhook is {url}"))
        });
        [me.trim_end().to_owned(), webhook]
    }
}
