//! Webhooks: which account Zalo pushes to, where, and where this program listens.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::Path;

use zaloxide_polling::{BadSecret, Secret};

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
    let found = view.find("webhookSecret").filter(|node| !is_blank(node));
    match (url, found) {
        (Some(url), Some(_)) => warn_of_host(url, check),
        (Some(url), None) => {
            let message = format!("`{}` needs `webhookSecret` beside it", view.named("webhookUrl"));
            let help = "add webhookSecret: 8 to 256 letters and digits that nobody can guess";
            check.error(&url.span, message, Some(help.into()));
        }
        (None, _) => {
            for key in ["webhookSecret", "webhookPath"] {
                if let Some(node) = view.find(key).filter(|node| !is_blank(node)) {
                    let message =
                        format!("`{}` does nothing without `webhookUrl`", view.named(key));
                    let help = "updates are polled; add webhookUrl to have them pushed".into();
                    check.warning(&node.span, message, Some(help));
                }
            }
        }
    }
    let (node, name) = (found?, view.named("webhookSecret"));
    let text = secret_of(node, &name, check, env)?;
    match text.parse() {
        Ok(secret) => Some(secret),
        Err(error) => {
            let error: BadSecret = error;
            let error = error.to_string();
            let wrong = error.strip_prefix("webhookSecret ").unwrap_or(&error);
            let help = "letters and digits are enough: `openssl rand -hex 32` makes 64 of them";
            check.error(&node.span, format!("`{name}` {wrong}"), Some(help.into()));
            None
        }
    }
}

/// What to write instead of a URL that is none.
pub(super) fn url_help(url: &str) -> String {
    let https = "https://";
    // What may hold a secret is not repeated.
    if url.contains(['@', '?']) {
        return "write https://, the public host, and a path".into();
    }
    if let Some(rest) = url.strip_prefix("http://") {
        return format!("Zalo takes https alone: write {https}{rest}");
    }
    match url {
        _ if !url.is_ascii() => "write such a host in its ASCII form, xn--..".into(),
        _ if url.contains("://") || url == https => {
            "write https://, the public host, and a path".into()
        }
        _ => format!("write {https}{}", url.trim_start_matches('/')),
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
    let path = node.text().filter(|_| node.unset_variable().is_none())?;
    let name = view.named("webhookPath");
    let mut wrong = |what: &str, help: String| {
        check.error(&node.span, format!("`{name}` {what}"), Some(help));
        None
    };
    if path.contains("://") {
        return wrong(
            "is a path, not a whole URL",
            "write what comes after the host: /zalo".into(),
        );
    }
    if !path.starts_with('/') {
        return wrong("must begin with /", format!("write \"/{path}\""));
    }
    if path.contains(['?', '#']) {
        return wrong("has a ? or a #", "leave out the query: it is not looked at".into());
    }
    if !path.bytes().all(|b| b.is_ascii_graphic()) {
        let help = "percent-encode it, as it stands in the webhook's URL";
        return wrong("has a space or a letter outside ASCII", help.into());
    }
    Some(path.to_owned())
}

/// The paths and secrets of all accounts: no two may have the same.
#[derive(Default)]
pub(super) struct Doors(HashMap<(String, String), (String, Range<usize>)>);

impl Doors {
    pub(super) fn add(&mut self, account: &Account, at: Option<&Node>, check: &mut Check<'_>) {
        let (Some(path), Some(secret)) = (account.path(), &account.settings.webhook_secret) else {
            return;
        };
        let path = path.strip_suffix('/').unwrap_or(path).to_owned();
        let name = &account.config.account;
        let span = at.map_or(NOWHERE, |at| at.span.clone());
        let key = (path, secret.expose().to_owned());
        let Some((other, first)) = self.0.insert(key, (name.clone(), span.clone())) else { return };
        let path = account.path().unwrap_or_default();
        let message = format!(
            "accounts \"{other}\" and \"{name}\" have the path {path} with the same secret"
        );
        let also = if first == span {
            "both have it from here".to_owned()
        } else {
            format!("\"{other}\" has it at line {}", check.sheet.line(&first))
        };
        let help = format!("{also}: give each a secret or a path of its own, to tell them apart");
        check.error(&span, message, Some(help));
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
    if let (Some(node), true) = (at("ops.listen"), front.ops == Some(front.listen)) {
        let message = "`channels.zalo.ops.listen` is the address of `webhook.listen`".to_owned();
        check.error(&node.span, message, Some("give it another port".into()));
    }
    let file = |path: &str| at(path).and_then(Node::text).map(|text| dir.join(text));
    match (file("webhook.tls.cert"), file("webhook.tls.key")) {
        (Some(cert), Some(key)) => front.tls = Some((cert, key)),
        (None, None) => {}
        _ => {
            if let Some(tls) = at("webhook.tls") {
                let message = "`channels.zalo.webhook.tls` needs both `cert` and `key`".to_owned();
                let help = "name the two PEM files, or leave tls out behind a proxy that has them";
                check.error(&tls.span, message, Some(help.into()));
            }
        }
    }
    #[cfg(feature = "webhook")]
    trusted_proxies(at("webhook.trustedProxies"), check, &mut front);
    front
}

/// Proxies in front of this program.
#[cfg(feature = "webhook")]
fn trusted_proxies(node: Option<&Node>, check: &mut Check<'_>, front: &mut FrontConfig) {
    use zaloxide_webhook::Proxies;

    let proxies = node.map(Node::items).unwrap_or_default();
    for node in proxies {
        let Some(text) = node.text() else { continue };
        if let Err(error) = Proxies::new([text]) {
            let message = format!("`channels.zalo.webhook.trustedProxies`: {error}");
            check.error(&node.span, message, None);
        }
    }
    // What is none was reported.
    front.trusted_proxies = Proxies::new(proxies.iter().filter_map(Node::text)).unwrap_or_default();
}

fn address(node: Option<&Node>, path: &str, check: &mut Check<'_>) -> Option<SocketAddr> {
    let node = node?;
    let text = node.text().filter(|_| node.unset_variable().is_none())?;
    let address = text.parse().ok();
    if address.is_none() {
        let message =
            format!("`channels.zalo.{path}` must be an address and a port, not \"{text}\"");
        let port = text.rsplit(':').next().filter(|port| port.parse::<u16>().is_ok());
        let help = match (port, text) {
            (Some(port), text) if text.starts_with(':') || text.starts_with('*') => {
                format!("write \"0.0.0.0:{port}\" for all addresses of this machine")
            }
            (Some(port), text)
                if text.matches(':').count() == 1 && !text.starts_with("localhost") =>
            {
                format!("names are not looked up: write an address, such as \"127.0.0.1:{port}\"")
            }
            (Some(port), _) => format!("write \"127.0.0.1:{port}\""),
            (None, _) => "write its port too, such as \"127.0.0.1:9090\"".into(),
        };
        check.error(&node.span, message, Some(help));
    }
    address
}
