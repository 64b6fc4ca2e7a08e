//! Accounts: which there are, what each inherits, and whose token it uses.

use std::ops::Range;
use std::path::Path;

use serde_json::{Map, Value as Json};
use zaloxide_core::{AccountConfig, BadValue, DmPolicy};
use zaloxide_polling::{Api, Settings, SettingsError, Token};

use super::check::{Check, NOWHERE};
use super::keys::{ACCOUNT, Key, Kind};
use super::media;
use super::node::{Node, Value};
use super::token::{self, DEFAULT, Found, Source, TOKEN_VARIABLE};
use super::webhook::{self, Doors};
use super::{Env, secret};
use crate::accounts::Account;

/// Where the API may be, if `apiUrl` does not say.
pub(super) const URL_VARIABLE: &str = "ZALO_API_URL";

/// Stands in for the token of an account that has none, to look at the rest of it.
const NO_TOKEN: &str = "0:0";

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
    let mut bots = Bots::default();
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

    /// The account's name.
    pub(super) fn account(&self) -> &'a str {
        self.account
    }

    /// A key's full name, where it stands: in the account, else at the top.
    pub(super) fn named(&self, path: &str) -> String {
        match self.own.filter(|own| own.at_path(path).is_some()) {
            Some(_) => format!("channels.zalo.accounts.{}.{path}", self.account),
            None => format!("channels.zalo.{path}"),
        }
    }

    /// Whether nothing is inherited: even a blank `botToken` key says so.
    fn has_own_token(&self) -> bool {
        self.own.is_some_and(|own| own.get("botToken").is_some() || own.get("tokenFile").is_some())
    }

    /// The layers in which a token is looked for: even a blank `botToken` key inherits nothing.
    pub(super) fn token_layers(&self, skip_top: bool) -> impl Iterator<Item = &'a Node> {
        let inherits = !skip_top && self.own.is_none_or(|own| own.get("botToken").is_none());
        [self.own, self.top.filter(|_| inherits)].into_iter().flatten()
    }

    fn standing(
        &self,
        check: &mut Check<'_>,
        env: &Env<'_>,
        dir: &Path,
        skip_top: bool,
        bots: &mut Bots,
    ) -> Standing {
        if self.is_off() {
            return Standing::Disabled;
        }
        let found = token::find(*self, check, env, dir, skip_top);
        let token = match &found {
            Found::Token(source) => {
                bots.add(self.account, source, check);
                Some(&source.token)
            }
            Found::Nothing => {
                self.warn_of_no_token(check);
                None
            }
            Found::Bad => None,
        };
        // Without a token the rest is looked at all the same: all errors come at once.
        let account = self.read(token, check, env, dir);
        match (token, account) {
            (Some(_), Some(account)) => Standing::Ready(Box::new(account)),
            _ => Standing::NotConfigured,
        }
    }

    fn warn_of_no_token(&self, check: &mut Check<'_>) {
        let span =
            self.own.or(self.top).map_or(NOWHERE, |node| node.span.start..node.span.start + 1);
        let message = format!("account \"{}\" has no token and does not run", self.account);
        let variable = if self.account == DEFAULT { ", or set ZALO_BOT_TOKEN" } else { "" };
        let help = format!("give it `botToken` or `tokenFile`{variable}");
        check.doubt(&span, &message, &help);
    }

    fn read(
        &self,
        token: Option<&Token>,
        check: &mut Check<'_>,
        env: &Env<'_>,
        dir: &Path,
    ) -> Option<Account> {
        let token = token.cloned().or_else(|| NO_TOKEN.parse().ok())?;
        let config = self.core(&token, check);
        let mut settings = self.settings(&token, check, env);
        settings.webhook_secret = webhook::secret(*self, check, env);
        let webhook_path = webhook::path(*self, check);
        let media_roots = media::roots(*self, check, dir, env);
        let media_proxy = media::proxy(*self, check, env);
        let config = config?;
        if config.dm_policy == DmPolicy::Allowlist && config.allow_from.is_empty() {
            let message = "`dmPolicy` is \"allowlist\", and `allowFrom` lists nobody".to_owned();
            let help = "nobody can write to the bot: list ids in allowFrom".into();
            let node = self.find("allowFrom").or_else(|| self.find("dmPolicy"));
            check.warning(&node.map_or(NOWHERE, |node| node.span.clone()), message, Some(help));
        }
        let hosting = media::hosting(*self);
        Some(Account { config, settings, webhook_path, media_roots, hosting, media_proxy })
    }

    /// Where the API is and how to get there.
    fn settings(&self, token: &Token, check: &mut Check<'_>, env: &Env<'_>) -> Settings {
        let mut settings = Settings::new(token.clone());
        if let Some(node) = self.find("apiUrl") {
            if let Some(url) = node.text().filter(|_| node.unset_variable().is_none()) {
                settings.api_url = url.into();
                report(node, &format!("`{}`", self.named("apiUrl")), &settings, check);
            }
        } else if let Some(url) = env(URL_VARIABLE).filter(|url| !url.is_empty()) {
            settings.api_url = url;
            if let Err(error) = Api::new(settings.clone()) {
                let name = format!("the environment variable {URL_VARIABLE}");
                bad_setting(&NOWHERE, &name, &error, check);
            }
        }
        if let Some(node) = self.find("proxy").filter(|node| !is_blank(node))
            && let Some(proxy) = secret(node, &self.named("proxy"), check, env)
        {
            // Looked at alone, so that a bad `apiUrl` is not reported here too.
            let mut plain = Settings::new(token.clone());
            plain.proxy = Some(proxy.clone());
            report(node, &format!("`{}`", self.named("proxy")), &plain, check);
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
            let nodes = layers.into_iter().flatten().filter_map(|layer| layer.get(key.name));
            // What was found wrong already is left out, so that the rest can be looked at.
            for node in nodes.filter(|node| !check.has_error_in(&node.span)) {
                // A blank URL is none, and takes an inherited one away.
                let is_none = key.name == "webhookUrl" && is_blank(node);
                merge(&mut map, key.name, if is_none { Json::Null } else { json(node) });
            }
        }
        let delete = self.top.and_then(|top| top.at_path("webhook.deleteOnStop"));
        if let Some(flag) = delete.filter(|node| !check.has_error_in(&node.span)) {
            map.insert("webhookDeleteOnStop".into(), json(flag));
        }
        map.insert("account".into(), self.account.into());
        map.insert("botId".into(), token.bot_id().into());
        let config: AccountConfig = match serde_json::from_value(Json::Object(map)) {
            Ok(config) => config,
            Err(error) => {
                let span = self.own.or(self.top).map_or(NOWHERE, |node| node.span.clone());
                check.error(&span, error.to_string(), None);
                return None;
            }
        };
        let mut is_sound = true;
        for flaw in config.flaws() {
            is_sound = false;
            self.flaw(flaw, check);
        }
        is_sound.then_some(config)
    }

    /// Says what the core finds wrong, where it stands.
    fn flaw(&self, flaw: BadValue, check: &mut Check<'_>) {
        let node = self.find(flaw.key).or(self.own).or(self.top);
        let mut span = node.map_or(NOWHERE, |node| node.span.clone());
        let name = self.named(flaw.key);
        let own = |key| self.own.and_then(|own| own.get(key));
        let (message, help) = match flaw.key {
            "dmPolicy" => {
                let help = "write allowFrom: [\"*\"], or dmPolicy: \"pairing\"".to_owned();
                // An inherited policy with a list of its own: the list is what has to change.
                let message = if let (Some(list), None) = (own("allowFrom"), own("dmPolicy")) {
                    span = list.span.clone();
                    format!("`{}` needs \"*\": `dmPolicy` is \"open\"", self.named("allowFrom"))
                } else {
                    format!("`{name}`: {}", flaw.rule)
                };
                (message, Some(help))
            }
            "webhookUrl" => {
                let url = node.and_then(Node::text).unwrap_or_default();
                (format!("`{name}` {}", flaw.rule), Some(webhook::url_help(url)))
            }
            _ => (format!("`{name}` {}", flaw.rule), None),
        };
        check.error(&span, message, help);
    }
}

fn report(node: &Node, name: &str, settings: &Settings, check: &mut Check<'_>) {
    if let Err(error) = Api::new(settings.clone()) {
        bad_setting(&node.span, name, &error, check);
    }
}

/// Says what is wrong with a URL, under its full name. What it may hold is not repeated.
pub(super) fn bad_setting(
    span: &Range<usize>,
    name: &str,
    error: &SettingsError,
    check: &mut Check<'_>,
) {
    let reason = match error {
        SettingsError::ApiUrl { reason, .. }
        | SettingsError::Proxy { reason, .. }
        | SettingsError::MediaProxy { reason, .. } => *reason,
        _ => "can't be used",
    };
    let (wrong, help) = reason.split_once("; ").unwrap_or((reason, ""));
    let help = (!help.is_empty()).then(|| help.to_owned());
    check.error(span, format!("{name} {wrong}"), help);
}

/// Whose bots the tokens are: no two accounts may have the same.
#[derive(Default)]
struct Bots(Vec<(String, String, Range<usize>)>);

impl Bots {
    fn add(&mut self, account: &str, source: &Source<'_>, check: &mut Check<'_>) {
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
