//! Reasons: for a call that got no whole answer, one line that says what failed, where, and what
//! to do. They are made of our own words and of host names, never of URLs.

use std::io::ErrorKind;

use ureq::Error;

use crate::flight::{Peer, Progress, Stage};

/// Who is talked to, as people know them.
pub(crate) struct Hosts {
    pub(crate) api: String,
    /// The key of the configuration that says where that is.
    pub(crate) key: &'static str,
    /// Without credentials.
    pub(crate) proxy: Option<String>,
}

impl Hosts {
    fn name(&self, peer: Peer) -> String {
        match (peer, &self.proxy) {
            (Peer::Proxy, Some(proxy)) => format!("the proxy {proxy}"),
            _ => self.api.clone(),
        }
    }

    /// The key of the configuration that says where this peer is.
    fn key(&self, peer: Peer) -> &'static str {
        match peer {
            Peer::Api => self.key,
            Peer::Proxy => "proxy",
        }
    }
}

/// What ended a call.
pub(crate) enum Failure {
    /// An error on the way.
    Http(Error),
    /// The body is over its bound, in bytes.
    TooLarge(usize),
    /// The body may have been cut off by our own cancelling.
    CutByCancel,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Http(error)
    }
}

pub(crate) fn reason(
    failure: &Failure,
    progress: Progress,
    hosts: &Hosts,
    timeout_ms: u64,
) -> String {
    let error = match failure {
        Failure::Http(error) => error,
        Failure::TooLarge(bound) => {
            return format!(
                "the answer of {} is larger than {bound} bytes: check {}",
                hosts.api, hosts.key
            );
        }
        Failure::CutByCancel => return cancelled(progress),
    };
    if progress.cancelled && (progress.shut || progress.stage != Stage::Answer) {
        return cancelled(progress);
    }
    let Hosts { api: host, key, .. } = hosts;
    match progress.stage {
        Stage::Ready if matches!(error, Error::Timeout(_)) => {
            "the call had no time left before it began".to_owned()
        }
        Stage::Ready => format!("could not make the request: {}", detail(error)),
        Stage::Resolve(peer) => resolving(error, peer, hosts),
        Stage::Connect(peer) => connecting(error, peer, hosts),
        Stage::Tls(peer) => securing(error, peer, hosts),
        Stage::Tunnel => tunnelling(error, hosts),
        Stage::Send => sending(error, progress, hosts, timeout_ms),
        Stage::Wait | Stage::Answer if matches!(error, Error::Protocol(_)) => {
            format!("{host} did not answer as an HTTP server does: check {key}")
        }
        Stage::Wait if matches!(error, Error::Timeout(_)) => {
            format!("no answer from {host} within {}", seconds(timeout_ms))
        }
        Stage::Wait => {
            format!(
                "{host} closed the connection without an answer; the call may have taken effect"
            )
        }
        Stage::Answer if matches!(error, Error::Timeout(_)) => {
            format!("the answer of {host} was not complete within {}", seconds(timeout_ms))
        }
        Stage::Answer if matches!(error, Error::LargeResponseHeader(..)) => {
            format!("the answer of {host} has too large a header: check {key}")
        }
        Stage::Answer => {
            format!("the answer of {host} stopped half way; the call may have taken effect")
        }
    }
}

fn cancelled(progress: Progress) -> String {
    let text = match (progress.sent, progress.stage) {
        (false, _) => "cancelled before it was sent",
        (true, Stage::Answer) => "cancelled before its answer was complete",
        (true, _) => "cancelled while it waited for its answer",
    };
    text.to_owned()
}

fn resolving(error: &Error, peer: Peer, hosts: &Hosts) -> String {
    let (host, key) = (hosts.name(peer), hosts.key(peer));
    match error {
        Error::Timeout(_) => {
            format!("resolving {host} took too long: check DNS and the network")
        }
        Error::HostNotFound => format!("could not resolve {host}: check DNS or {key}"),
        other => format!("could not resolve {host}: {}", detail(other)),
    }
}

fn connecting(error: &Error, peer: Peer, hosts: &Hosts) -> String {
    let (host, key) = (hosts.name(peer), hosts.key(peer));
    match error {
        Error::Timeout(_) => {
            format!("{host} did not accept a connection in time: check the network, or {key}")
        }
        Error::Io(e) if e.kind() == ErrorKind::ConnectionRefused => {
            format!("{host} refused the connection: check that it runs there, or {key}")
        }
        Error::Io(e)
            if matches!(e.kind(), ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable) =>
        {
            format!("there is no way to {host}: check the network, or {key}")
        }
        other => format!("could not connect to {host}: {}: check {key}", detail(other)),
    }
}

fn securing(error: &Error, peer: Peer, hosts: &Hosts) -> String {
    let (host, key) = (hosts.name(peer), hosts.key(peer));
    let text = detail(error);
    match error {
        Error::Timeout(_) => {
            format!("{host} did not finish the TLS handshake in time: check the network, or {key}")
        }
        _ if text.contains("certificate") => format!(
            "the certificate of {host} can't be trusted ({text}): check this machine's clock, {key}, \
             and whether something intercepts TLS"
        ),
        _ => format!("no TLS with {host} ({text}): check that {key} is an https address"),
    }
}

fn tunnelling(error: &Error, hosts: &Hosts) -> String {
    let (proxy, api) = (hosts.name(Peer::Proxy), &hosts.api);
    match error {
        Error::Timeout(_) => format!("{proxy} did not connect to {api} in time: check proxy"),
        Error::ConnectProxyFailed(text) if text.contains("407") => {
            format!("{proxy} wants a user name and password (407): check proxy")
        }
        other => format!(
            "{proxy} did not connect to {api} ({}): check proxy and its credentials",
            detail(other)
        ),
    }
}

fn sending(error: &Error, progress: Progress, hosts: &Hosts, timeout_ms: u64) -> String {
    let host = &hosts.api;
    match (error, progress.sent) {
        (Error::Timeout(_), _) => {
            format!("{host} did not take the whole request within {}", seconds(timeout_ms))
        }
        (_, false) => format!("{host} closed the connection before the request was sent"),
        (_, true) => {
            format!("{host} closed the connection before it took the whole request")
        }
    }
}

/// An error in its own words, without what they repeat of the request.
pub(crate) fn detail(error: &Error) -> String {
    match error {
        // TLS errors travel inside I/O errors; those of the system end in "(os error n)".
        Error::Io(e) if e.kind() == ErrorKind::UnexpectedEof => {
            "the connection was closed".to_owned()
        }
        Error::Io(e) => e.to_string(),
        Error::Timeout(_) => "it took too long".to_owned(),
        #[cfg(feature = "tls")]
        Error::Rustls(e) => e.to_string(),
        Error::ConnectProxyFailed(text) => text.clone(),
        Error::Http(_) | Error::BadUri(_) | Error::RequireHttpsOnly(_) => {
            "the URL is not valid".to_owned()
        }
        other => other.to_string(),
    }
}

fn seconds(ms: u64) -> String {
    if ms.is_multiple_of(1_000) { format!("{} s", ms / 1_000) } else { format!("{ms} ms") }
}
