//! `doctor`: looks at everything that keeps a bot from answering, and says what to type.

mod access;
mod agent;
mod clock;
mod configuration;
mod door;
mod facts;
mod finding;
mod gateway;
mod log_file;
mod quota;
mod sender;
mod session;
mod store;
mod token;
mod turns;
mod webhook;

use anstyle::AnsiColor;
use clap::Args;
use serde_json::json;
use zaloxide_core::SenderId;

use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::table::table;
use crate::target;
use facts::Facts;
use finding::{Finding, Health};

const EXAMPLES: &str = "\
Examples:
  zaloxide doctor
  zaloxide doctor --sender 6ede9afa66b88fe6d6a9
  zaloxide doctor --json | jq '.findings[] | select(.health != \"ok\")'

It asks the gateway that runs, else Zalo itself: who the bot is, which webhook it has, and, where a
gateway takes webhooks, to try it once. Nothing is received meanwhile, and nobody is written to.
Exits 0 when nothing has failed, 1 when something has, 3 when the configuration can't be used.";

/// Find what is wrong, and say what to do
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Doctor {
    /// Say too what becomes of what this person writes
    #[arg(long, value_name = "ID", value_parser = target::sender)]
    sender: Option<SenderId>,
}

pub(crate) fn run(args: &Doctor, context: &Context) -> Result<Exit, Failure> {
    let mut findings = Vec::new();
    let config = configuration::check(context, &mut findings);
    store::check(context, &mut findings);
    if let Some(config) = &config {
        log_file::check(context, &config.log, &mut findings);
        let facts = Facts::gather(context, config, &mut findings);
        agent::check(&facts, &mut findings);
        token::check(&facts, &mut findings);
        clock::check(&facts, &mut findings);
        webhook::check(&facts, &mut findings);
        door::check(&facts, &mut findings);
        access::check(&facts, &mut findings);
        session::check(&facts, &mut findings);
        quota::check(&facts, &mut findings);
        turns::check(&facts, &mut findings);
        if let Some(sender) = &args.sender {
            sender::check(&facts, sender, &mut findings);
        }
    }
    let failed = findings.iter().any(|finding| finding.health == Health::Failed);
    if context.out.is_json() {
        context.out.json(&json!({"ok": !failed, "findings": findings}))?;
    } else {
        show(&findings, context)?;
    }
    Ok(match config {
        None => Exit::Config,
        Some(_) if failed => Exit::Failed,
        Some(_) => Exit::Done,
    })
}

fn show(findings: &[Finding], context: &Context) -> Result<(), Failure> {
    let row = |finding: &Finding| {
        let what = finding.account.as_ref().map_or_else(
            || finding.message.clone(),
            |account| format!("{account}: {}", finding.message),
        );
        // A text of several lines is a table's worst enemy: it comes below.
        let first = what.lines().next().unwrap_or_default().to_owned();
        [finding.health.word().to_owned(), finding.check.to_owned(), first]
    };
    let rows: Vec<_> = findings.iter().map(row).collect();
    let table = table(["", "CHECK", "FOUND"], &rows);
    let mut lines = table.lines();
    context.out.line(lines.next().unwrap_or_default())?;
    for (line, finding) in lines.zip(findings) {
        context.out.line(coloured(finding.health, line, context))?;
        for more in finding.message.lines().skip(1) {
            context.out.line(format!("      {more}"))?;
        }
        if let Some(fix) = &finding.fix {
            context.out.line(format!("      -> {fix}"))?;
        }
    }
    let count = |health| findings.iter().filter(|finding| finding.health == health).count();
    context.out.line(match (count(Health::Failed), count(Health::Doubtful)) {
        (0, 0) => "all is well".to_owned(),
        (0, doubtful) => format!("nothing has failed; to look at: {doubtful}"),
        (failed, doubtful) => format!("failed: {failed}; to look at: {doubtful}"),
    })
}

/// The line with its first word in the colour of what it says.
fn coloured(health: Health, line: &str, context: &Context) -> String {
    let style = match health {
        Health::Well => AnsiColor::Green.on_default(),
        Health::Doubtful => AnsiColor::Yellow.on_default(),
        Health::Failed => AnsiColor::Red.on_default().bold(),
    };
    let (word, rest) = line.split_at(health.word().len());
    format!("{}{rest}", context.out.styled(style, word))
}

/// A command to type, with what this one was told about where things are.
fn command(context: &Context, words: &str, account: Option<&str>) -> String {
    let mut line = format!("zaloxide {words}");
    let global = &context.global;
    let paths = [("--config", &global.config), ("--state-dir", &global.state_dir)];
    for (flag, path) in paths {
        if let Some(path) = path {
            let path = zaloxide::escape::shown(&path.to_string_lossy());
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,:@%".contains(c);
            let quoted = if path.chars().all(is_plain) {
                path
            } else {
                format!("'{}'", path.replace('\'', "'\\''"))
            };
            line = format!("{line} {flag} {quoted}");
        }
    }
    match account {
        Some(account) => format!("{line} --account {}", zaloxide::escape::shown(account)),
        None => line,
    }
}
