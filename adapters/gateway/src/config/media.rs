//! Media: which folders an agent may send from, what is hosted, how downloads get out.

use std::path::{Path, PathBuf};

use zaloxide_polling::MediaProxy;

use super::accounts::{View, is_blank, path};
use super::check::Check;
use super::node::Node;
use super::{Env, secret};
use crate::media::{HostLimits, Roots};

/// The folders of `media.roots`, each of which must be there.
pub(super) fn roots(
    view: View<'_>,
    check: &mut Check<'_>,
    dir: &Path,
    env: &Env<'_>,
) -> Vec<PathBuf> {
    let mut roots = Vec::new();
    for node in view.find("media.roots").map(Node::items).unwrap_or_default() {
        let Some(text) = node.text() else { continue };
        let root = path(text, dir, env);
        let root = std::path::absolute(&root).unwrap_or(root);
        match Roots::resolve([&root]) {
            Ok(_) => roots.push(root),
            Err(error) => check.error(&node.span, format!("`media.roots`: {error}"), None),
        }
    }
    roots
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
    match secret(node, "mediaProxy", check, env)?.parse() {
        Ok(proxy) => Some(proxy),
        Err(error) => {
            check.error(&node.span, format!("{error}"), None);
            None
        }
    }
}
