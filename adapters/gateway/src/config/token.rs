//! An account's token: the first place that has one, and what comes of it.

use std::ops::Range;
use std::path::{Path, PathBuf};

use zaloxide_polling::Token;

use super::accounts::{View, is_blank, path};
use super::check::{Check, NOWHERE, is_token};
use super::node::Node;
use super::{Env, secret, token_file};
use crate::escape::shown;

/// Where the token of the account `default` may come from.
pub(super) const TOKEN_VARIABLE: &str = "ZALO_BOT_TOKEN";
/// The account of a configuration without `accounts`.
pub(super) const DEFAULT: &str = "default";

/// A token, and the value that it comes from; none: the environment.
pub(super) struct Source<'a> {
    pub(super) token: Token,
    pub(super) at: Option<&'a Node>,
    /// The file that it was read from.
    pub(super) file: Option<PathBuf>,
}

/// What was found.
pub(super) enum Found<'a> {
    Token(Source<'a>),
    /// There is none, which is no error.
    Nothing,
    /// There is one that can't be used, and that was said. It is never passed over for another.
    Bad,
}

/// Looks for an account's token. `skip_top`: not at the top.
pub(super) fn find<'a>(
    view: View<'a>,
    check: &mut Check<'_>,
    env: &Env<'_>,
    dir: &Path,
    skip_top: bool,
) -> Found<'a> {
    for layer in view.token_layers(skip_top) {
        let file = layer.get("tokenFile").filter(|node| !is_blank(node));
        if let Some(node) = layer.get("botToken").filter(|node| !is_blank(node)) {
            if let Some(file) = file {
                let message = "`tokenFile` does nothing beside `botToken`".to_owned();
                check.warning(&file.span, message, Some("remove one of them".into()));
            }
            let name = view.named("botToken");
            let Some(text) = secret(node, &name, check, env) else { return Found::Bad };
            return parsed(&text, &format!("`{name}`"), Some(node), check);
        }
        if let Some(node) = file {
            let Some(text) = node.text().filter(|_| node.unset_variable().is_none()) else {
                return Found::Bad;
            };
            if is_token(text) {
                check.hide(node);
                let name = view.named("tokenFile");
                let message = format!("`{name}` is a token, and not the name of a file");
                let help = "write it as `botToken`, or put it into a file and name that";
                check.error(&node.span, message, Some(help.into()));
                return Found::Bad;
            }
            let file = path(text, dir, env);
            return match token_file::read(&file) {
                Ok(text) => {
                    let name = format!("the token file {}", shown(&file.display().to_string()));
                    match parsed(&text, &name, Some(node), check) {
                        Found::Token(source) => Found::Token(Source { file: Some(file), ..source }),
                        other => other,
                    }
                }
                Err(bad) => {
                    check.error(&node.span, bad.message, Some(bad.help));
                    Found::Bad
                }
            };
        }
    }
    match env(TOKEN_VARIABLE).filter(|text| !text.trim().is_empty()) {
        Some(text) if view.account() == DEFAULT => {
            let name = format!("the environment variable {TOKEN_VARIABLE}");
            parsed(&text, &name, None, check)
        }
        _ => Found::Nothing,
    }
}

fn parsed<'a>(text: &str, name: &str, at: Option<&'a Node>, check: &mut Check<'_>) -> Found<'a> {
    match text.parse::<Token>() {
        Ok(token) => Found::Token(Source { token, at, file: None }),
        Err(error) => {
            let span = at.map_or(NOWHERE, |at| at.span.clone());
            // What is wrong, then what is expected.
            let error = error.to_string();
            let (wrong, help) = error.split_once("; ").unwrap_or((&error, ""));
            check.error(&span, format!("{name}: {wrong}"), Some(help.to_owned()));
            Found::Bad
        }
    }
}

/// Whose bots the tokens are: no two accounts may have the same.
#[derive(Default)]
pub(super) struct Bots(Vec<(String, String, Range<usize>)>);

impl Bots {
    pub(super) fn add(&mut self, account: &str, source: &Source<'_>, check: &mut Check<'_>) {
        let bot = source.token.bot_id();
        let span = source.at.map_or(NOWHERE, |at| at.span.clone());
        if let Some((other, _, first)) = self.0.iter().find(|(_, other, _)| other == bot) {
            let message = format!("accounts \"{other}\" and \"{account}\" are the same bot, {bot}");
            let first = match first {
                at if *at == NOWHERE => format!("in {TOKEN_VARIABLE}"),
                at => format!("at line {}", check.sheet.line(at)),
            };
            let help = format!("the token of \"{other}\" is {first}: give each account its own");
            check.error(&span, message, Some(help));
        }
        self.0.push((account.to_owned(), bot.to_owned(), span));
    }
}
