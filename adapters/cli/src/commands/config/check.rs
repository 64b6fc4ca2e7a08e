//! `config check`: whether the configuration can be used, and all that is wrong with it.

use std::io::{self, Write};

use serde_json::{Value, json};
use zaloxide::config::{Config, Problem, Standing, config_file, environment};
use zaloxide::escape::{lines, shown};

use super::state;
use crate::context::Context;
use crate::exit::{Exit, Failure};

pub(super) fn run(context: &Context) -> Result<Exit, Failure> {
    let asked = context.global.config.as_deref();
    let file = config_file(asked, &environment).map(|file| file.display().to_string());
    let (config, mut problems) = match Config::load(asked, &environment) {
        Ok(config) => {
            let warnings = config.warnings.clone();
            (Some(config), warnings)
        }
        Err(error) => (None, error.problems),
    };
    if config.as_ref().is_some_and(|config| config.agent.is_none()) {
        problems.push(Problem {
            is_warning: true,
            message: "no agent is configured: nobody answers".into(),
            help: Some(
                "name one here, zaloxide: {agent: {type: \"echo\"}}, or as run --agent".into(),
            ),
            place: None,
        });
    }
    let exit = if config.is_some() { Exit::Done } else { Exit::Config };
    if context.out.is_json() {
        context.out.json(&object(file.as_deref(), config.as_ref(), &problems))?;
        return Ok(exit);
    }
    let mut err = io::stderr().lock();
    for problem in &problems {
        // Whoever closed standard error does not want them.
        let _ = writeln!(err, "{}\n", lines(&problem.to_string()));
    }
    if let Some(config) = config {
        tell(file.as_deref(), &config, context)?;
    }
    Ok(exit)
}

/// The same for programs.
fn object(file: Option<&str>, config: Option<&Config>, problems: &[Problem]) -> Value {
    let problems: Vec<Value> = problems
        .iter()
        .map(|problem| {
            let place = problem.place.as_ref();
            json!({
                "severity": if problem.is_warning { "warning" } else { "error" },
                "message": problem.message,
                "help": problem.help,
                "file": place.map(|place| place.file.as_str()).or(file),
                "line": place.map(|place| place.line),
                "column": place.map(|place| place.column),
            })
        })
        .collect();
    let accounts = config.map(|config| {
        let accounts = config.accounts.iter();
        let accounts = accounts
            .map(|entry| json!({"account": entry.account, "state": state(&entry.standing)}));
        accounts.collect::<Vec<_>>()
    });
    json!({
        "ok": config.is_some(),
        "file": file,
        "accounts": accounts,
        "agent": config.and_then(agent),
        "problems": problems,
    })
}

fn tell(file: Option<&str>, config: &Config, context: &Context) -> Result<(), Failure> {
    let out = context.out;
    out.line(format!("file     {}", file.unwrap_or("none: the environment alone")))?;
    for entry in &config.accounts {
        let bot = match &entry.standing {
            Standing::Ready(account) => format!(", bot {}", account.config.bot_id),
            _ => String::new(),
        };
        let state = state(&entry.standing).replace('_', " ");
        out.line(format!("account  {}: {state}{bot}", shown(&entry.account)))?;
    }
    if config.accounts.is_empty() {
        out.line("account  none: set ZALO_BOT_TOKEN, or channels.zalo.botToken")?;
    }
    let agent = agent(config);
    out.line(format!("agent    {}", agent.as_deref().unwrap_or("none: see `zaloxide run --help`")))
}

fn agent(config: &Config) -> Option<String> {
    config.agent.as_ref().map(ToString::to_string)
}
