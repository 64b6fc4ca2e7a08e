//! Accounts: which there are, what each inherits, and whose token it uses.

use std::path::Path;

use serde_json::{Map, Value as Json};
use zaloxide_core::AccountConfig;
use zaloxide_polling::{Api, Settings, Token};

use super::check::{Check, NOWHERE};
use super::keys::{ACCOUNT, Key, Kind};
use super::media;
use super::node::{Node, Value};
use super::webhook::{self, Doors};
use super::{Env, secret, token_file};
use crate::accounts::Account;

/// Where the token of the account `default` may come from.
const TOKEN_VARIABLE: &str = "ZALO_BOT_TOKEN";
/// Where the API may be, if `apiUrl` does not say.
const URL_VARIABLE: &str = "ZALO_API_URL";
/// The account of a configuration without `accounts`.
const DEFAULT: &str = "default";

/// Keys that the core knows nothing of.
const NOT_CORE: &[&str] = &[
    "enabled",
    "name",
    "botToken",
    "tokenFile",
    "apiUrl",
    "proxy",
    "streaming",
    "webhookSecret",
    "webhookPath",
    "mediaProxy",
    "media",
];

/// An account of the configuration.
#[derive(Debug)]
#[non_exhaustive]
pub struct AccountEntry {
    /// Its key in `accounts`.
    pub account: String,
    /// Its `name`, for people.
    pub name: Option<String>,
    /// Whether it can run.
    pub standing: Standing,
}

/// Whether an account can run.
#[derive(Debug)]
#[non_exhaustive]
pub enum Standing {
    /// It can.
    Ready(Box<Account>),
    /// `enabled` is false, here or at the top.
    Disabled,
    /// It has no token.
    NotConfigured,
}

/// Where a token comes from, and the token.
struct Source<'a> {
    token: Token,
    at: Option<&'a Node>,
}

/// All accounts of `channels.zalo`. What is wrong with them is added to `check`.
pub(super) fn resolve(
    zalo: Option<&Node>,
    check: &mut Check<'_>,
    env: &Env<'_>,
    dir: &Path,
) -> Vec<AccountEntry> {
    let named = zalo.and_then(|zalo| zalo.get("accounts")).map(Node::entries).unwrap_or_default();
    let mut views: Vec<View<'_>> = named
        .iter()
        .map(|(key, own)| View { account: &key.name, own: Some(own), top: zalo })
        .collect();
    let has_default = views.iter().any(|view| view.account == DEFAULT);
    let top_token = ["botToken", "tokenFile"].iter().any(|key| top_has(zalo, key));
    let inherited = views.iter().any(|view| !view.has_own_token());
    let from_top = top_token && !inherited;
    if !has_default && (from_top || env(TOKEN_VARIABLE).is_some()) {
        views.push(View { account: DEFAULT, own: None, top: zalo });
    }
    if views.is_empty() && zalo.is_some() {
        views.push(View { account: DEFAULT, own: None, top: zalo });
    }

    let mut entries = Vec::new();
    let mut bots = Vec::new();
    let mut doors = Doors::default();
    for view in views {
        // An implied `default` beside accounts that use the top token lives from the environment.
        let skip_top = view.own.is_none() && inherited;
        let standing = view.standing(check, env, dir, skip_top, &mut bots);
        if let Standing::Ready(account) = &standing {
            doors.add(account, view.find("webhookSecret"), check);
        }
        let name = view.find("name").and_then(Node::text).map(ToOwned::to_owned);
        entries.push(AccountEntry { account: view.account.to_owned(), name, standing });
    }
    entries
}

fn top_has(zalo: Option<&Node>, key: &str) -> bool {
    zalo.and_then(|zalo| zalo.get(key)).is_some_and(|node| !is_blank(node))
}

pub(super) fn is_blank(node: &Node) -> bool {
    node.text().is_some_and(|text| text.trim().is_empty()) || matches!(node.value, Value::Null)
}

/// An account's keys, and those it inherits.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    account: &'a str,
    own: Option<&'a Node>,
    top: Option<&'a Node>,
}

impl<'a> View<'a> {
    /// The account's own value, else the top one.
    pub(super) fn find(&self, path: &str) -> Option<&'a Node> {
        self.own
            .and_then(|own| own.at_path(path))
            .or_else(|| self.top.and_then(|top| top.at_path(path)))
    }

    fn is_off(&self) -> bool {
        let off = |node: Option<&Node>| {
            node.and_then(|node| node.get("enabled"))
                .is_some_and(|enabled| matches!(enabled.value, Value::Flag(false)))
        };
        off(self.own) || off(self.top)
    }

    /// Whether nothing is inherited: even a blank `botToken` key says so.
    fn has_own_token(&self) -> bool {
        self.own.is_some_and(|own| own.get("botToken").is_some() || own.get("tokenFile").is_some())
    }

    fn standing(
        &self,
        check: &mut Check<'_>,
        env: &Env<'_>,
        dir: &Path,
        skip_top: bool,
        bots: &mut Vec<(String, String)>,
    ) -> Standing {
        if self.is_off() {
            return Standing::Disabled;
        }
        let Some(source) = self.token(check, env, dir, skip_top) else {
            return Standing::NotConfigured;
        };
        if let Some((other, _)) = bots.iter().find(|(_, bot)| bot == source.token.bot_id()) {
            let message = format!("accounts \"{other}\" and \"{}\" are the same bot", self.account);
            let help = "a bot is polled by one account: give each its own".into();
            check.error(&source.at.map_or(NOWHERE, |at| at.span.clone()), message, Some(help));
        }
        bots.push((self.account.to_owned(), source.token.bot_id().to_owned()));
        let mut settings = self.settings(&source.token, check, env);
        settings.webhook_secret = webhook::secret(*self, check, env);
        let webhook_path = webhook::path(*self, check);
        match self.core(&source.token, check) {
            Some(config) => Standing::Ready(Box::new(Account {
                config,
                settings,
                webhook_path,
                media_roots: media::roots(*self, check, dir, env),
                hosting: media::hosting(*self),
                media_proxy: media::proxy(*self, check, env),
            })),
            None => Standing::NotConfigured,
        }
    }

    /// The first token there is. One that can't be read is an error, never a reason to go on.
    fn token(
        &self,
        check: &mut Check<'_>,
        env: &Env<'_>,
        dir: &Path,
        skip_top: bool,
    ) -> Option<Source<'a>> {
        let inherits = !skip_top && self.own.is_none_or(|own| own.get("botToken").is_none());
        let layers = [self.own, self.top.filter(|_| inherits)];
        for layer in layers.into_iter().flatten() {
            if let Some(node) = layer.get("botToken").filter(|node| !is_blank(node)) {
                let text = secret(node, "botToken", check, env)?;
                return parsed(&text, Some(node), check);
            }
            if let Some(node) = layer.get("tokenFile").filter(|node| !is_blank(node)) {
                return match token_file::read(&path(node.text()?, dir, env)) {
                    Ok(text) => parsed(&text, Some(node), check),
                    Err(message) => {
                        check.error(&node.span, message, None);
                        None
                    }
                };
            }
        }
        let text = env(TOKEN_VARIABLE).filter(|text| !text.trim().is_empty())?;
        if self.account == DEFAULT { parsed(&text, None, check) } else { None }
    }

    /// Where the API is and how to get there.
    fn settings(&self, token: &Token, check: &mut Check<'_>, env: &Env<'_>) -> Settings {
        let mut settings = Settings::new(token.clone());
        if let Some(node) = self.find("apiUrl") {
            if let Some(url) = node.text() {
                settings.api_url = url.into();
                report(node, &settings, check);
            }
        } else if let Some(url) = env(URL_VARIABLE).filter(|url| !url.is_empty()) {
            settings.api_url = url;
            if let Err(error) = Api::new(settings.clone()) {
                check.error(&NOWHERE, format!("{URL_VARIABLE}: {error}"), None);
            }
        }
        if let Some(node) = self.find("proxy").filter(|node| !is_blank(node))
            && let Some(proxy) = secret(node, "proxy", check, env)
        {
            // Looked at alone, so that a bad `apiUrl` is not reported here too.
            let mut plain = Settings::new(token.clone());
            plain.proxy = Some(proxy.clone());
            report(node, &plain, check);
            settings.proxy = Some(proxy);
        }
        settings
    }

    /// What the core is told. A key of the account takes the place of the top one.
    fn core(&self, token: &Token, check: &mut Check<'_>) -> Option<AccountConfig> {
        let mut map = Map::new();
        let is_core =
            |key: &&Key| !NOT_CORE.contains(&key.name) && !matches!(key.kind, Kind::OpenClaw(_));
        for key in ACCOUNT.iter().filter(is_core) {
            let layers = [self.top, self.own];
            for node in layers.into_iter().flatten().filter_map(|layer| layer.get(key.name)) {
                merge(&mut map, key.name, json(node));
            }
        }
        if let Some(flag) = self.top.and_then(|top| top.at_path("webhook.deleteOnStop")) {
            map.insert("webhookDeleteOnStop".into(), json(flag));
        }
        map.insert("account".into(), self.account.into());
        map.insert("botId".into(), token.bot_id().into());
        let config: AccountConfig = match serde_json::from_value(Json::Object(map)) {
            Ok(config) => config,
            Err(error) => {
                // What the check of the keys reported already is not said twice.
                if !check.has_errors() {
                    let span = self.own.or(self.top).map_or(NOWHERE, |node| node.span.clone());
                    check.error(&span, error.to_string(), None);
                }
                return None;
            }
        };
        if let Err(value) = config.check() {
            let node = self.find(value.key).or(self.own).or(self.top);
            let span = node.map_or(NOWHERE, |node| node.span.clone());
            check.error(&span, value.to_string(), None);
            return None;
        }
        Some(config)
    }
}

fn parsed<'a>(text: &str, at: Option<&'a Node>, check: &mut Check<'_>) -> Option<Source<'a>> {
    match text.parse() {
        Ok(token) => Some(Source { token, at }),
        Err(error) => {
            let span = at.map_or(NOWHERE, |at| at.span.clone());
            let from = if at.is_none() { "ZALO_BOT_TOKEN: " } else { "" };
            check.error(&span, format!("{from}{error}"), None);
            None
        }
    }
}

fn report(node: &Node, settings: &Settings, check: &mut Check<'_>) {
    if let Err(error) = Api::new(settings.clone()) {
        check.error(&node.span, error.to_string(), None);
    }
}

/// A path of the configuration: `~/` is the home directory, relative ones start at the file.
pub(super) fn path(text: &str, dir: &Path, env: &Env<'_>) -> std::path::PathBuf {
    match (text.strip_prefix("~/"), env("HOME")) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => dir.join(text),
    }
}

/// Sets a key; of an object, each key of its own.
fn merge(map: &mut Map<String, Json>, key: &str, value: Json) {
    match (map.get_mut(key), value) {
        (Some(Json::Object(below)), Json::Object(above)) => {
            for (key, value) in above {
                merge(below, &key, value);
            }
        }
        (_, value) => {
            map.insert(key.to_owned(), value);
        }
    }
}

fn json(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Flag(flag) => Json::Bool(*flag),
        Value::Number(text) => node.count().map_or_else(|| Json::String(text.clone()), Json::from),
        Value::Text(text) => Json::String(text.clone()),
        // Lists are of ids and of texts: a number in them is an id.
        Value::List(items) => items
            .iter()
            .map(|item| item.count().map_or_else(|| json(item), |id| id.to_string().into()))
            .collect(),
        Value::Map(entries) => {
            entries.iter().map(|(key, value)| (key.name.clone(), json(value))).collect()
        }
    }
}
