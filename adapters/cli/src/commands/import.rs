//! `import`: whom another program had let in, and the codes it had given out.

use std::env;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::json;
use zaloxide::control::Request;
use zaloxide::escape::shown;
use zaloxide_core::{Import as Entries, PendingCode};

use crate::ask::{Asker, read};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::openclaw::{Known, State};
use crate::table::table;

const STATE_HELP: &str =
    "OpenClaw's state directory [default: $OPENCLAW_STATE_DIR, else ~/.openclaw]";

const EXAMPLES: &str = "\
Examples:
  zaloxide import openclaw --dry-run
  zaloxide import openclaw --state /home/an/.openclaw --account shop

OpenClaw's state is only read, also while it runs. What was decided here counts more. Done twice, it
does nothing the second time. The configuration needs no import: give openclaw.json to --config.";

/// Entries that are handed over at once: what they come to stays well within a line's bound.
const PART_MAX: usize = 1_000;

/// Take over whom another program had let in
#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(subcommand)]
    command: ImportCommand,
}

#[derive(Debug, Subcommand)]
enum ImportCommand {
    /// Take over approved senders and pending codes of OpenClaw's Zalo channel
    #[command(after_help = EXAMPLES)]
    Openclaw(Openclaw),
}

#[derive(Debug, Args)]
struct Openclaw {
    #[arg(long, value_name = "DIR", help = STATE_HELP)]
    state: Option<PathBuf>,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(args: Import, context: &Context) -> Result<Exit, Failure> {
    let ImportCommand::Openclaw(args) = args.command;
    let dir = state_dir(args.state)?;
    if !dir.is_dir() {
        let dir = dir.display();
        return Err(Failure::failed(format!("there is no directory {dir}: name it with --state")));
    }
    let state = State::read(&dir);
    let mut report = Report::new(&dir, args.dry_run);
    let wanted = context.global.account.as_ref().map(|account| account.to_lowercase());
    let is_empty = state.is_empty();
    report.sources = json!(state.sources);
    report.problems = state.problems.into_iter().map(|it| (it.file, it.message).into()).collect();
    let mut asker = Asker::new(context)?;
    for (account, known) in state.accounts {
        if wanted.as_ref().is_none_or(|wanted| *wanted == account) {
            report.take(&account, known, &mut asker)?;
        }
    }
    if context.out.is_json() {
        context.out.json(&report)?;
    } else if is_empty {
        let dir = dir.display();
        context.out.line(format!("Nothing to take over: {dir} says nothing of Zalo."))?;
    } else {
        context.out.line(report.text())?;
    }
    Ok(if report.problems.is_empty() { Exit::Done } else { Exit::Failed })
}

fn state_dir(asked: Option<PathBuf>) -> Result<PathBuf, Failure> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = || set("HOME").map(|home| home.join(".openclaw"));
    let dir = asked.or_else(|| set("OPENCLAW_STATE_DIR")).or_else(home);
    dir.ok_or_else(|| Failure::failed("name OpenClaw's state directory with --state"))
}

/// What came of it: what `--json` prints.
#[derive(Serialize)]
struct Report {
    state: PathBuf,
    dry_run: bool,
    sources: serde_json::Value,
    accounts: Vec<Taken>,
    problems: Vec<Problem>,
}

/// What could not be read, or for whom there is no account.
#[derive(Serialize)]
struct Problem {
    #[serde(rename = "where")]
    place: String,
    message: String,
}

impl From<(String, String)> for Problem {
    fn from((place, message): (String, String)) -> Self {
        Self { place, message }
    }
}

/// What was taken in one account.
#[derive(Default, Serialize)]
struct Taken {
    account: String,
    approved: Vec<String>,
    pending: Vec<String>,
    already: usize,
    refused: Vec<Refused>,
}

#[derive(Deserialize, Serialize)]
struct Refused {
    entry: String,
    why: String,
    message: String,
}

/// The answer to one part.
#[derive(Deserialize)]
struct Answer {
    account: String,
    approved: Vec<String>,
    pending: Vec<String>,
    already: usize,
    refused: Vec<Refused>,
}

impl Report {
    fn new(dir: &std::path::Path, dry_run: bool) -> Self {
        let (accounts, problems) = (Vec::new(), Vec::new());
        Self { state: dir.to_owned(), dry_run, sources: json!([]), accounts, problems }
    }

    /// Hands over what was known in an account, a part at a time.
    fn take(&mut self, account: &str, known: Known, asker: &mut Asker<'_>) -> Result<(), Failure> {
        let mut taken = Taken { account: account.to_owned(), ..Taken::default() };
        for malformed in known.malformed {
            let (entry, message) = (malformed.entry, malformed.message);
            taken.refused.push(Refused { entry, why: "malformed".into(), message });
        }
        for entries in parts(known.approved, known.pending.into_values(), self.dry_run) {
            let request = Request::Import { account: account.to_owned(), entries };
            match asker.ask(&request) {
                Ok(answer) => taken.add(read(answer)?),
                Err(Failure::Refused { kind, .. }) if kind == "unknown_account" => {
                    self.problems.push(unknown(account).into());
                    return Ok(());
                }
                Err(failure) => return Err(failure),
            }
        }
        self.accounts.push(taken);
        Ok(())
    }

    fn text(&self) -> String {
        let mut parts = Vec::new();
        let rows: Vec<[String; 5]> = self.accounts.iter().map(Taken::row).collect();
        if !rows.is_empty() {
            parts.push(table(["ACCOUNT", "LET IN", "CODES", "ALREADY", "NOT TAKEN"], &rows));
        }
        let named = |name: &str, of: fn(&Taken) -> &Vec<String>| {
            let all = self.accounts.iter().flat_map(of);
            let all: Vec<String> = all.map(|sender| format!("\n  {}", shown(sender))).collect();
            if all.is_empty() { None } else { Some(format!("{name}:{}", all.concat())) }
        };
        let (let_in, codes) = if self.dry_run {
            ("Would be let in", "Codes that would work here")
        } else {
            ("Let in", "Codes that work here now")
        };
        parts.extend(named(let_in, |taken| &taken.approved));
        parts.extend(named(codes, |taken| &taken.pending));
        let refused = self.accounts.iter().flat_map(|taken| {
            taken.refused.iter().map(|refused| (&taken.account, &refused.entry, &refused.message))
        });
        let mut lines: Vec<String> = refused
            .map(|(account, entry, message)| {
                format!("\n  {} ({}): {}", shown(entry), shown(account), shown(message))
            })
            .collect();
        let problems = self.problems.iter();
        lines
            .extend(problems.map(|it| format!("\n  {}: {}", shown(&it.place), shown(&it.message))));
        if !lines.is_empty() {
            parts.push(format!("Not taken:{}", lines.concat()));
        }
        let new = self.accounts.iter().any(|it| !it.approved.is_empty() || !it.pending.is_empty());
        if self.dry_run {
            parts.push("Nothing was done: leave out --dry-run to do it.".into());
        } else if !new {
            parts.push("Nothing new: all that could be taken was here already.".into());
        }
        parts.join("\n\n")
    }
}

impl Taken {
    fn add(&mut self, answer: Answer) {
        self.account = answer.account;
        self.approved.extend(answer.approved);
        self.pending.extend(answer.pending);
        self.already += answer.already;
        self.refused.extend(answer.refused);
    }

    fn row(&self) -> [String; 5] {
        let counts = [self.approved.len(), self.pending.len(), self.already, self.refused.len()];
        let [approved, pending, already, refused] = counts.map(|count| count.to_string());
        [shown(&self.account), approved, pending, already, refused]
    }
}

fn unknown(account: &str) -> (String, String) {
    let message = "no account of this name is at work here: give it a token in the configuration, \
                   under channels.zalo.accounts";
    (format!("account \"{account}\""), message.to_owned())
}

/// Imports that are small enough, approvals first.
fn parts(
    approved: impl IntoIterator<Item = String>,
    pending: impl IntoIterator<Item = PendingCode>,
    dry_run: bool,
) -> Vec<Entries> {
    let mut parts = Vec::new();
    let mut part = Entries { dry_run, ..Entries::default() };
    let mut add = |part: &mut Entries| {
        if part.approved.len() + part.pending.len() >= PART_MAX {
            let full = std::mem::replace(part, Entries { dry_run, ..Entries::default() });
            parts.push(full);
        }
    };
    for entry in approved {
        part.approved.push(entry);
        add(&mut part);
    }
    for pending in pending {
        part.pending.push(pending);
        add(&mut part);
    }
    if !part.approved.is_empty() || !part.pending.is_empty() {
        parts.push(part);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_at_once_is_handed_over_in_parts() {
        let approved = (0..2 * PART_MAX - 1).map(|n| n.to_string());
        let pending = |n: u8| PendingCode {
            sender: n.to_string(),
            name: None,
            code: "K7NE4V2T".into(),
            issued_at: zaloxide_core::Time::from_ms(0),
        };
        let parts = parts(approved, [pending(1), pending(2)], true);
        let sizes: Vec<_> = parts.iter().map(|it| (it.approved.len(), it.pending.len())).collect();
        assert_eq!(sizes, [(PART_MAX, 0), (PART_MAX - 1, 1), (0, 1)]);
        assert!(parts.iter().all(|part| part.dry_run));
    }
}
