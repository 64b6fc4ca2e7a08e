//! `config show`: every value that is in force, and where it comes from.

use serde_json::{Value, json};
use zaloxide::config::{Origin, Setting, Standing};
use zaloxide::escape::shown;

use super::state;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::table::table;

pub(super) fn run(context: &Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let wanted = context.global.account.as_deref();
    let accounts: Vec<_> = config
        .accounts
        .iter()
        .filter(|entry| wanted.is_none_or(|wanted| wanted == entry.account))
        .collect();
    if let (Some(wanted), true) = (wanted, accounts.is_empty()) {
        let wanted = shown(wanted);
        return Err(Failure::config(format!("the configuration has no account \"{wanted}\"")));
    }
    let file = config.file.as_ref().map(|file| file.display().to_string());
    if context.out.is_json() {
        let accounts: Vec<Value> = accounts
            .iter()
            .map(|entry| {
                json!({
                    "account": entry.account,
                    "state": state(&entry.standing),
                    "settings": objects(&entry.settings),
                })
            })
            .collect();
        let all = objects(&config.settings);
        context.out.json(&json!({"file": file, "accounts": accounts, "settings": all}))?;
        return Ok(Exit::Done);
    }
    let file = file.as_deref().unwrap_or("none: the environment alone");
    context.out.line(format!("file {file}"))?;
    for entry in accounts {
        let state = state(&entry.standing).replace('_', " ");
        let bot = match &entry.standing {
            Standing::Ready(account) => format!(", bot {}", account.config.bot_id),
            _ => String::new(),
        };
        context.out.line(format!("\naccount {}: {state}{bot}", shown(&entry.account)))?;
        context.out.line(rows(&entry.settings))?;
    }
    context.out.line("\nall accounts, and the program")?;
    context.out.line(rows(&config.settings))?;
    Ok(Exit::Done)
}

fn rows(settings: &[Setting]) -> String {
    let row = |setting: &Setting| {
        let from = match &setting.origin {
            Origin::Default => "default".to_owned(),
            Origin::File { line, column } => format!("file {line}:{column}"),
            Origin::Account { line, column } => format!("account {line}:{column}"),
            Origin::Environment { variable } => format!("variable {variable}"),
            Origin::TokenFile { file } => format!("token file {}", file.display()),
            _ => String::new(),
        };
        [format!("  {}", setting.key), shown(&setting.value), shown(&from)]
    };
    table(["  KEY", "VALUE", "FROM"], &settings.iter().map(row).collect::<Vec<_>>())
}

fn objects(settings: &[Setting]) -> Vec<Value> {
    let object = |setting: &Setting| {
        // It was written as JSON.
        let value: Value = serde_json::from_str(&setting.value).unwrap_or_default();
        let from = match &setting.origin {
            Origin::Default => json!({"kind": "default"}),
            Origin::File { line, column } => {
                json!({"kind": "file", "line": line, "column": column})
            }
            Origin::Account { line, column } => {
                json!({"kind": "account", "line": line, "column": column})
            }
            Origin::Environment { variable } => {
                json!({"kind": "environment", "variable": variable})
            }
            Origin::TokenFile { file } => {
                json!({"kind": "token_file", "file": file.display().to_string()})
            }
            _ => Value::Null,
        };
        json!({"key": setting.key, "value": value, "from": from, "about": setting.about})
    };
    settings.iter().map(object).collect()
}
