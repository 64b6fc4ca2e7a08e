//! An account's token: the first place that has one, and what comes of it.

use std::path::Path;

use zaloxide_polling::Token;

use super::accounts::{View, is_blank, path};
use super::check::{Check, NOWHERE, is_token};
use super::node::Node;
use super::{Env, secret, token_file};

/// Where the token of the account `default` may come from.
pub(super) const TOKEN_VARIABLE: &str = "ZALO_BOT_TOKEN";
/// The account of a configuration without `accounts`.
pub(super) const DEFAULT: &str = "default";

/// A token, and the value that it comes from; none: the environment.
pub(super) struct Source<'a> {
    pub(super) token: Token,
    pub(super) at: Option<&'a Node>,
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
                    let name = format!("the token file {}", file.display());
                    parsed(&text, &name, Some(node), check)
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
        Ok(token) => Found::Token(Source { token, at }),
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
