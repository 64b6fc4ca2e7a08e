//! `Setting`: a value that is in force, and where it comes from.

use std::path::PathBuf;

use serde_json::{Value as Json, json};

use super::accounts::{URL_VARIABLE, View, is_blank, json};
use super::check::Check;
use super::keys::{ACCOUNT, AGENT, Key, Kind, LOG, PROCESS};
use super::node::Node;
use super::parts::Parts;
use super::{Env, defaults};

/// A value that is in force, and where it comes from. Secrets are `•`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Setting {
    /// The key, with dots between its parts: `polling.timeoutSec`.
    pub key: String,
    /// What it is for, in a line.
    pub about: &'static str,
    /// The value as JSON text.
    pub value: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a value comes from. Lines and columns count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// Nobody says.
    Default,
    /// The file, outside of an account.
    File {
        /// The line.
        line: usize,
        /// The column.
        column: usize,
    },
    /// The file, in the account.
    Account {
        /// The line.
        line: usize,
        /// The column.
        column: usize,
    },
    /// A variable of the environment; the file may refer to it.
    Environment {
        /// The variable's name.
        variable: String,
    },
    /// The file that `tokenFile` names.
    TokenFile {
        /// The token file.
        file: PathBuf,
    },
}

/// What is in force for an account; its token's is known already.
pub(super) fn of_account(
    view: View<'_>,
    token: Option<&Setting>,
    check: &Check<'_>,
    env: &Env<'_>,
) -> Vec<Setting> {
    let defaults = defaults::all();
    let mut settings = Vec::new();
    each(ACCOUNT, "", &mut |path, key| {
        let (name, about) = (path.to_owned(), key.about);
        match path {
            "botToken" => return settings.extend(token.cloned()),
            "tokenFile" => return,
            _ => {}
        }
        // An object under `streaming` says nothing here.
        let says = |node: &&Node| {
            let is_openclaws = matches!(key.kind, Kind::Streaming) && node.text().is_none();
            !is_blank(node) && !is_openclaws
        };
        let setting = if let Some(node) = view.in_force(path).filter(says) {
            let origin = origin(node, view.is_own(node), check);
            Setting { key: name, about, value: value(&key.kind, node), origin }
        } else if let (URL_VARIABLE_KEY, Some(url)) =
            (path, env(URL_VARIABLE).filter(|url| !url.is_empty()))
        {
            let origin = Origin::Environment { variable: URL_VARIABLE.into() };
            Setting { key: name, about, value: masked(&url).to_string(), origin }
        } else if let Some(default) = defaults::at(&defaults["zalo"], path) {
            Setting { key: name, about, value: default.to_string(), origin: Origin::Default }
        } else {
            return;
        };
        settings.push(setting);
    });
    settings
}

/// The key that a variable may stand in for.
const URL_VARIABLE_KEY: &str = "apiUrl";

/// The token's setting.
pub(super) fn of_token(source: &super::token::Source<'_>, check: &Check<'_>, own: bool) -> Setting {
    let key = "botToken";
    let about = ACCOUNT.iter().find(|known| known.name == key).map_or("", |known| known.about);
    let origin = match (&source.file, source.at) {
        (Some(file), _) => Origin::TokenFile { file: file.clone() },
        (None, Some(node)) => origin(node, own, check),
        (None, None) => Origin::Environment { variable: super::token::TOKEN_VARIABLE.into() },
    };
    let value = Json::from(source.token.to_string()).to_string();
    Setting { key: key.to_owned(), about, value, origin }
}

/// What is in force for all accounts, and for the program.
pub(super) fn of_process(parts: &Parts<'_>, check: &Check<'_>) -> Vec<Setting> {
    let defaults = defaults::all();
    let mut settings = Vec::new();
    let mut look = |keys, node: Option<&Node>, defaults: &Json, prefix: &str| {
        each(keys, "", &mut |path, key| {
            let key_name = format!("{prefix}{path}");
            let setting = if let Some(node) = node.and_then(|node| node.at_path(path)) {
                let (value, origin) = (value(&key.kind, node), origin(node, false, check));
                Setting { key: key_name, about: key.about, value, origin }
            } else if let Some(default) = defaults::at(defaults, path) {
                let (value, origin) = (default.to_string(), Origin::Default);
                Setting { key: key_name, about: key.about, value, origin }
            } else {
                return;
            };
            settings.push(setting);
        });
    };
    look(PROCESS, parts.zalo, &defaults["zalo"], "");
    look(AGENT, parts.agent, &defaults["zaloxide"]["agent"], "agent.");
    look(LOG, parts.log, &defaults["zaloxide"]["log"], "log.");
    settings
}

/// Each key that holds a value, with its path.
fn each(keys: &'static [Key], path: &str, see: &mut dyn FnMut(&str, &'static Key)) {
    for key in keys {
        let full = super::check::joined(path, key.name);
        match &key.kind {
            Kind::Section(keys) => each(keys, &full, see),
            Kind::OpenClaw(_) | Kind::Accounts => {}
            _ => see(&full, key),
        }
    }
}

fn origin(node: &Node, in_account: bool, check: &Check<'_>) -> Origin {
    let reference = node.get("source").and_then(|_| node.get("id")).and_then(Node::text);
    if let Some(variable) = node.variable().or(reference) {
        return Origin::Environment { variable: variable.to_owned() };
    }
    let (line, column) = check.sheet.line_and_column(&node.span);
    if in_account { Origin::Account { line, column } } else { Origin::File { line, column } }
}

/// A value as JSON text, without what is secret.
fn value(kind: &Kind, node: &Node) -> String {
    let hidden = || Json::from("•");
    let json = match kind {
        Kind::Secret => hidden(),
        Kind::Secrets => {
            node.entries().iter().map(|(key, _)| (key.name.clone(), hidden())).collect()
        }
        _ => match node.text() {
            Some(text) => masked(text),
            None => json(node),
        },
    };
    json.to_string()
}

/// A text without what a URL in it may hide: a password, a query.
fn masked(text: &str) -> Json {
    let Some((scheme, rest)) = text.split_once("://") else { return json!(text) };
    let (rest, query) = rest.split_once('?').map_or((rest, ""), |(rest, _)| (rest, "?•"));
    let (user, rest) = rest.rsplit_once('@').map_or(("", rest), |(_, rest)| ("•@", rest));
    json!(format!("{scheme}://{user}{rest}{query}"))
}
