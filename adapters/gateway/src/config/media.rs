//! Media: which folders an agent may send from, what is hosted, how downloads get out.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use zaloxide_polling::MediaProxy;

use super::accounts::{self, View, is_blank, path};
use super::check::Check;
use super::node::Node;
use super::{Env, secret};
use crate::escape::shown;
use crate::media::{HostLimits, RootError, Roots};

/// The folders of `media.roots`, each of which must be there.
pub(super) fn roots(
    view: View<'_>,
    check: &mut Check<'_>,
    dir: &Path,
    env: &Env<'_>,
) -> Vec<PathBuf> {
    let mut roots = Vec::new();
    for node in view.find("media.roots").map(Node::items).unwrap_or_default() {
        let Some(text) = node.text().filter(|_| node.unset_variable().is_none()) else { continue };
        let root = path(text, dir, env);
        let root = std::path::absolute(&root).unwrap_or(root);
        match Roots::resolve([&root]) {
            Ok(_) => roots.push(root),
            Err(error) => {
                let (wrong, help) = told(&error);
                let message = format!(
                    "`{}`: {} {wrong}",
                    view.named("media.roots"),
                    shown(&root.display().to_string())
                );
                check.error(&node.span, message, Some(help.into()));
            }
        }
    }
    roots
}

/// What is wrong with a folder, and what to do.
fn told(error: &RootError) -> (String, &'static str) {
    let another = "name a folder that holds what may be sent, and nothing else";
    match error {
        RootError::Relative { .. } => ("is not absolute".into(), "write it from / on"),
        RootError::Whole { .. } => ("is the whole disk".into(), another),
        RootError::NoFolder { .. } => ("is no folder".into(), another),
        RootError::Io { error, .. } if error.kind() == ErrorKind::NotFound => {
            ("is not there".into(), "make the folder, or name another")
        }
        RootError::Io { error, .. } => (format!("can't be used: {error}"), another),
    }
}

/// How much is hosted, and for how long.
pub(super) fn hosting(view: View<'_>) -> HostLimits {
    let mut limits = HostLimits::default();
    if let Some(seconds) = view.find("media.hostedTtlSec").and_then(Node::count) {
        limits.ttl_ms = seconds.saturating_mul(1_000);
    }
    if let Some(mb) = view.find("media.hostedMaxMb").and_then(Node::count) {
        limits.bytes_max = mb.saturating_mul(1 << 20);
    }
    limits
}

/// The way out for downloads.
pub(super) fn proxy(view: View<'_>, check: &mut Check<'_>, env: &Env<'_>) -> Option<MediaProxy> {
    let node = view.find("mediaProxy").filter(|node| !is_blank(node))?;
    match secret(node, &view.named("mediaProxy"), check, env)?.parse() {
        Ok(proxy) => Some(proxy),
        Err(error) => {
            let name = format!("`{}`", view.named("mediaProxy"));
            accounts::bad_setting(&node.span, &name, &error, check);
            None
        }
    }
}
