//! `config init`: writes a first configuration, from answers on a terminal or from flags.

mod draft;
mod questions;
#[cfg(unix)]
mod unseen;

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use serde_json::json;
use zaloxide::config::{AgentConfig, environment};
use zaloxide::escape::shown;
use zaloxide::identity::{Identity, IdentityError, identify};
use zaloxide::{Settings, Token};

use crate::context::Context;
use crate::exit::{Exit, Failure};
use draft::{Draft, TokenPlace};
use questions::Questions;

pub(super) const EXAMPLES: &str = "\
Examples:
  zaloxide config init
  zaloxide config init --token-file /etc/zaloxide/token --agent echo
  zaloxide config init --token-env ZALO_BOT_TOKEN --dm-policy allowlist \\
      --allow 6ede9afa66b88fe6d6a9 --agent 'exec:./my-agent' --config bot.json5

On a terminal it asks for what no flag says. The token is asked for unseen, tried with Zalo, and
kept in a file of its own, zaloxide.token beside the configuration. It is no argument: everybody on
this machine can read those. Both files are for their owner alone (mode 0600).";

/// What no flag says is asked for on a terminal.
#[derive(Debug, Args)]
pub(super) struct Init {
    /// A file that holds the token and nothing else
    #[arg(long, value_name = "FILE", conflicts_with = "token_env")]
    token_file: Option<PathBuf>,
    /// The variable of the environment that holds the token
    #[arg(long, value_name = "NAME")]
    token_env: Option<String>,
    /// Where Zalo pushes messages to, https; without it they are polled
    #[arg(long, value_name = "URL")]
    webhook_url: Option<String>,
    /// Who may write: `pairing`, `allowlist`, `open` or `disabled`
    #[arg(long, value_name = "POLICY", value_parser = ["pairing", "allowlist", "open", "disabled"])]
    #[arg(hide_possible_values = true)]
    dm_policy: Option<String>,
    /// An id that may write without pairing, such as zalo:6ede9afa66b88fe6d6a9
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    allow: Vec<String>,
    /// Who answers: `echo`, or `exec:COMMAND`
    #[arg(long, value_name = "AGENT", value_parser = agent)]
    agent: Option<String>,
    /// Don't try the token with Zalo
    #[arg(long)]
    no_check: bool,
    /// Write over a configuration that is there
    #[arg(long)]
    force: bool,
}

/// The text of an agent that there is.
fn agent(text: &str) -> Result<String, String> {
    AgentConfig::from_str(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

const USAGE: &str = "\
`config init` asks on a terminal, and this is none: say with flags where the token is
  zaloxide config init --token-env ZALO_BOT_TOKEN --agent echo
  zaloxide config init --token-file FILE --agent echo";

pub(super) fn run(args: &Init, context: &Context) -> Result<Exit, Failure> {
    let file = file(context);
    if context.global.account.is_some() {
        let hint = "`config init` writes the account `default`: leave --account out";
        return Err(Failure::Usage(hint.into()));
    }
    if file.exists() && !args.force {
        let name = file.display();
        return Err(Failure::failed(format!("{name} is there already: --force writes over it")));
    }
    let by_flags = args.token_file.is_some() || args.token_env.is_some();
    let is_asked = !context.out.is_json() && io::stdin().is_terminal();
    if !by_flags && !is_asked {
        return Err(Failure::Usage(USAGE.into()));
    }
    let mut draft = by_flag(args, file)?;
    let mut bot = None;
    if by_flags {
        if !args.no_check {
            bot = Some(check(&draft)?);
        }
    } else {
        let stdin = io::stdin().lock();
        let mut questions = Questions::new(stdin, io::stderr());
        bot = questions.ask(args, &mut draft)?;
    }
    draft.write(args.no_check, args.force)?;
    told(&draft, bot.as_ref(), context)
}

/// Where it is written: as it is looked for, but never in the XDG directory.
fn file(context: &Context) -> PathBuf {
    let asked = context.global.config.clone();
    let named = || environment("ZALOXIDE_CONFIG").filter(|name| !name.is_empty());
    asked.or_else(|| named().map(PathBuf::from)).unwrap_or_else(|| "zaloxide.json5".into())
}

/// What the flags say.
fn by_flag(args: &Init, file: PathBuf) -> Result<Draft, Failure> {
    let mut draft = Draft::new(file);
    if let Some(name) = &args.token_env {
        draft.token = TokenPlace::Variable(name.clone());
    }
    if let Some(path) = &args.token_file {
        let whole = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        draft.token = TokenPlace::File(whole);
    }
    if let Some(url) = &args.webhook_url {
        draft.webhook(url).map_err(Failure::Usage)?;
    }
    draft.allow(&args.allow).map_err(Failure::Usage)?;
    let policy = args.dm_policy.as_deref();
    draft.policy =
        policy.unwrap_or(if args.allow.is_empty() { "pairing" } else { "allowlist" }).into();
    draft.agent.clone_from(&args.agent);
    Ok(draft)
}

/// Asks Zalo whose the token of the flags is.
fn check(draft: &Draft) -> Result<Identity, Failure> {
    let token = draft.read_token().map_err(Failure::Problems)?;
    whose(token).map_err(|error| {
        let hint = match &error {
            IdentityError::Unreachable { .. } => "; --no-check goes without asking",
            _ => ": nothing was written",
        };
        Failure::failed(format!("{}{hint}", shown(&error.to_string())))
    })
}

/// Asks Zalo whose a token is.
fn whose(token: Token) -> Result<Identity, IdentityError> {
    let mut settings = Settings::new(token);
    if let Some(url) = environment("ZALO_API_URL").filter(|url| !url.is_empty()) {
        settings.api_url = url;
    }
    identify(settings)
}

fn told(draft: &Draft, bot: Option<&Identity>, context: &Context) -> Result<Exit, Failure> {
    let file = draft.file.display().to_string();
    if context.out.is_json() {
        let bot = bot.map(|bot| json!({"id": bot.id, "name": bot.name}));
        context.out.json(&json!({"file": file, "bot": bot}))?;
        return Ok(Exit::Done);
    }
    if let Some(bot) = bot {
        let name = bot.name.as_deref().map(|name| format!(", \"{}\"", shown(name)));
        context.out.line(format!(
            "the token is good: bot {}{}",
            shown(&bot.id),
            name.unwrap_or_default()
        ))?;
    }
    context.out.line(format!("wrote {}", shown(&file)))?;
    let run = if file == "zaloxide.json5" {
        "zaloxide run".to_owned()
    } else {
        format!("zaloxide run --config {}", shown(&file))
    };
    let agent = if draft.agent.is_some() { "" } else { " --agent echo" };
    context.out.line(format!("start it:  {run}{agent}"))?;
    if draft.policy == "pairing" {
        context
            .out
            .line("then write to the bot, and let yourself in with the code that it answers:")?;
        context.out.line("           zaloxide pairing approve zalo CODE")?;
    }
    Ok(Exit::Done)
}
