//! Webhooks: which account Zalo pushes to, where, and where this program listens.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;

use zaloxide_polling::Secret;
use zaloxide_webhook::Proxies;

use super::accounts::{View, is_blank};
use super::check::{Check, NOWHERE};
use super::node::Node;
use super::{Env, secret as secret_of};
use crate::accounts::Account;
use crate::front::FrontConfig;

/// Hosts that Zalo takes for no webhook.
const LOCAL: [&str; 4] = ["localhost", "127.", "10.", "192.168."];

/// The secret that Zalo shows. A webhook without one is an error.
pub(super) fn secret(view: View<'_>, check: &mut Check<'_>, env: &Env<'_>) -> Option<Secret> {
    let url = view.find("webhookUrl").filter(|node| !is_blank(node));
    let Some(node) = view.find("webhookSecret").filter(|node| !is_blank(node)) else {
        if let Some(url) = url {
            let help = "add webhookSecret, 8 to 256 letters and digits that nobody can guess";
            let message = "`webhookUrl` needs `webhookSecret`".to_owned();
            check.error(&url.span, message, Some(help.into()));
        }
        return None;
    };
    if let Some(url) = url {
        warn_of_host(url, check);
    } else {
        let message = "`webhookSecret` does nothing without `webhookUrl`".to_owned();
        check.warning(&node.span, message, None);
    }
    let text = secret_of(node, "webhookSecret", check, env)?;
    match text.parse() {
        Ok(secret) => Some(secret),
        Err(error) => {
            check.error(&node.span, format!("`webhookSecret`: {error}"), None);
            None
        }
    }
}

fn warn_of_host(url: &Node, check: &mut Check<'_>) {
    let host = url.text().and_then(|text| text.strip_prefix("https://")).unwrap_or_default();
    if LOCAL.iter().any(|local| host.to_ascii_lowercase().starts_with(local)) {
        let message = "Zalo sets no webhook for a host that it can't reach".to_owned();
        let help = "name the public host; `webhook.listen` says where this program listens";
        check.warning(&url.span, message, Some(help.into()));
    }
}

/// Where this program finds the account's webhooks, if not at the URL's path.
pub(super) fn path(view: View<'_>, check: &mut Check<'_>) -> Option<String> {
    let node = view.find("webhookPath").filter(|node| !is_blank(node))?;
    let path = node.text()?;
    let is_path = path.starts_with('/') && path.bytes().all(|b| b.is_ascii_graphic());
    if !is_path || path.contains(['?', '#']) {
        check.expected(node, "webhookPath", "a path, such as \"/zalo/shop\"");
        return None;
    }
    Some(path.to_owned())
}

/// The paths and secrets of all accounts: no two may have the same.
#[derive(Default)]
pub(super) struct Doors(HashMap<(String, String), String>);

impl Doors {
    pub(super) fn add(&mut self, account: &Account, at: Option<&Node>, check: &mut Check<'_>) {
        let (Some(path), Some(secret)) = (account.path(), &account.settings.webhook_secret) else {
            return;
        };
        let path = path.strip_suffix('/').unwrap_or(path).to_owned();
        let name = &account.config.account;
        let key = (path, secret.expose().to_owned());
        if let Some(other) = self.0.insert(key, name.clone()) {
            let message =
                format!("accounts \"{other}\" and \"{name}\" have one path with one secret");
            let help = "nobody could tell whose a message is: give each its own secret, or path";
            check.error(&at.map_or(NOWHERE, |at| at.span.clone()), message, Some(help.into()));
        }
    }
}

/// Where this program listens.
pub(super) fn front(zalo: Option<&Node>, check: &mut Check<'_>, dir: &Path) -> FrontConfig {
    let mut front = FrontConfig::default();
    let at = |path: &str| zalo.and_then(|zalo| zalo.at_path(path));
    if let Some(listen) = address(at("webhook.listen"), "webhook.listen", check) {
        front.listen = listen;
    }
    front.ops = address(at("ops.listen"), "ops.listen", check);
    let file = |path: &str| at(path).and_then(Node::text).map(|text| dir.join(text));
    match (file("webhook.tls.cert"), file("webhook.tls.key")) {
        (Some(cert), Some(key)) => front.tls = Some((cert, key)),
        (None, None) => {}
        _ => {
            if let Some(tls) = at("webhook.tls") {
                let message = "`webhook.tls` needs both `cert` and `key`".to_owned();
                check.error(&tls.span, message, None);
            }
        }
    }
    for node in at("webhook.trustedProxies").map(Node::items).unwrap_or_default() {
        let Some(text) = node.text() else { continue };
        if let Err(error) = Proxies::new([text]) {
            check.error(&node.span, format!("`webhook.trustedProxies`: {error}"), None);
        }
    }
    let proxies = at("webhook.trustedProxies").map(Node::items).unwrap_or_default();
    // What is none was reported.
    front.trusted_proxies = Proxies::new(proxies.iter().filter_map(Node::text)).unwrap_or_default();
    front
}

fn address(node: Option<&Node>, path: &str, check: &mut Check<'_>) -> Option<SocketAddr> {
    let node = node?;
    let address = node.text()?.parse().ok();
    if address.is_none() {
        check.expected(node, path, "an address with a port, such as \"127.0.0.1:8787\"");
    }
    address
}
