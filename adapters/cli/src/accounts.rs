//! Which accounts of the configuration a command is about.

use zaloxide::accounts::Account;
/// How long to wait for who has the accounts and can't be asked: a gateway that starts or ends, a
/// command.
pub(crate) use zaloxide::bot::PATIENCE as HELD_MAX;
use zaloxide::config::{Config, Standing};
use zaloxide::engine::StartError;

use crate::context::Context;
use crate::exit::Failure;

/// The accounts that can run: all, or the one that the line names.
///
/// # Errors
/// There is none; what to do.
pub(crate) fn ready(config: &Config, context: &Context) -> Result<Vec<Account>, String> {
    let wanted = context.global.account.as_deref();
    let mut ready = Vec::new();
    let mut others = Vec::new();
    for entry in &config.accounts {
        if wanted.is_some_and(|wanted| wanted != entry.account) {
            others.push(entry.account.clone());
            continue;
        }
        match &entry.standing {
            Standing::Ready(account) => ready.push((**account).clone()),
            Standing::Disabled if wanted.is_some() => {
                return Err(format!(
                    "account \"{}\" is disabled: `enabled` is false",
                    entry.account
                ));
            }
            Standing::Disabled => tracing::info!("account \"{}\" is disabled", entry.account),
            _ => tracing::warn!("account \"{}\" has no token and does not run", entry.account),
        }
    }
    if !ready.is_empty() {
        return Ok(ready);
    }
    let file = config.file.as_ref();
    let file = file.map_or_else(|| "zaloxide.json5".into(), |file| file.display().to_string());
    Err(match wanted {
        Some(wanted) if !others.is_empty() => {
            let wanted = zaloxide::escape::shown(wanted);
            format!("there is no account \"{wanted}\" with a token; others: {}", others.join(", "))
        }
        _ => format!(
            "there is no bot to run: put its token into the environment as ZALO_BOT_TOKEN, or into \
             {file} as channels.zalo.botToken or tokenFile"
        ),
    })
}

/// Whether it is the configuration that keeps an engine from starting.
pub(crate) fn not_started(error: StartError) -> Failure {
    match error {
        StartError::NoAccount
        | StartError::Twice { .. }
        | StartError::Settings { .. }
        | StartError::Config { .. } => Failure::config(error),
        other => Failure::failed(other),
    }
}
