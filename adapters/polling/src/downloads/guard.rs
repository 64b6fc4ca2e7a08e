//! `check_url`: whether a URL from outside may be asked for, told from its text alone. Nothing is
//! resolved and nothing connected, so it serves URLs that are passed on as well.
//!
//! It reads less than browsers do, on purpose. A host is a plain ASCII name, an IPv4 address in
//! four decimal parts, or an IPv6 address in brackets; whatever one reader might take for
//! something else than another is refused, not mended.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use ureq::http::Uri;
use zaloxide_core::limits::URL_BYTES_MAX;

use super::address::is_global;

/// In paths and queries these, and all that is not ASCII, are sent percent-encoded.
const QUOTED: AsciiSet =
    CONTROLS.add(b'"').add(b'<').add(b'>').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}');

/// The longest name that DNS knows, and the longest part of one.
const NAME_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;
/// Characters of a host that are shown.
const SHOWN_MAX: usize = 100;

/// Last labels of names that are no part of the public tree: reserved ones, and those that private
/// networks use.
const PRIVATE_ENDS: [&str; 15] = [
    "alt",
    "arpa",
    "corp",
    "example",
    "home",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "onion",
    "private",
    "test",
];

/// How far URLs may reach. Never made from a configuration: whoever builds the engine says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The public internet, by https.
    Public,
    /// Besides that this machine, and http: for tests and for `dev`.
    Loopback,
}

impl Reach {
    /// Whether a connection to this address may be made.
    pub fn admits(self, address: IpAddr) -> bool {
        is_global(address) || (self == Self::Loopback && address.is_loopback())
    }
}

/// A URL that passed [`check_url`]. `Debug` shows no path and no query: they carry tokens.
#[derive(Clone, PartialEq, Eq)]
pub struct CheckedUrl {
    url: String,
    secure: bool,
    /// Bytes of `url` before the path.
    origin: usize,
    host: String,
}

impl CheckedUrl {
    /// The URL as it is to be used: scheme and host in lower case, no fragment, and a path and a
    /// query in ASCII.
    pub fn as_str(&self) -> &str {
        &self.url
    }

    /// The host, without a port; an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether it is https.
    pub fn is_https(&self) -> bool {
        self.secure
    }

    /// Scheme, host and port.
    pub(super) fn origin(&self) -> &str {
        &self.url[..self.origin]
    }

    /// The path, without the query.
    pub(super) fn path(&self) -> &str {
        let tail = &self.url[self.origin..];
        tail.split_once('?').map_or(tail, |(path, _)| path)
    }
}

impl fmt::Debug for CheckedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CheckedUrl({}/..)", self.origin())
    }
}

/// Why a URL is not asked for. What it shows of the URL is the host at most.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UrlRefused {
    /// It has more than 4,096 bytes.
    TooLong,
    /// It has a space, a control character or a backslash.
    Characters,
    /// It is no absolute URL.
    NotAUrl,
    /// Its scheme is not https.
    NotHttps,
    /// It holds a user name or a password.
    Credentials,
    /// What follows the host's colon is no port.
    Port,
    /// Its host is none of the public internet, or can be read in two ways.
    Host {
        /// The host, escaped and cut to 100 characters.
        host: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl fmt::Display for UrlRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "the URL is longer than {URL_BYTES_MAX} bytes"),
            Self::Characters => f.write_str(
                "the URL has a space, a control character or a backslash; percent-encode it",
            ),
            Self::NotAUrl => f.write_str("it is no URL; expected https://<host>/<path>"),
            Self::NotHttps => f.write_str("the URL is not https"),
            Self::Credentials => f.write_str("the URL holds a user name or a password"),
            Self::Port => f.write_str("the URL's port is no number from 1 to 65535"),
            Self::Host { host, reason } => write!(f, "the URL's host \"{host}\" {reason}"),
        }
    }
}

impl std::error::Error for UrlRefused {}

/// Checks a URL without asking anybody. A name that passes may still resolve to an address that is
/// not public: whoever connects checks that too.
pub fn check_url(url: &str, reach: Reach) -> Result<CheckedUrl, UrlRefused> {
    if url.len() > URL_BYTES_MAX {
        return Err(UrlRefused::TooLong);
    }
    if url.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\') {
        return Err(UrlRefused::Characters);
    }
    let (scheme, rest) = url.split_once("://").ok_or(UrlRefused::NotAUrl)?;
    let secure = match scheme.to_ascii_lowercase().as_str() {
        "https" => true,
        "http" if reach == Reach::Loopback => false,
        _ => return Err(UrlRefused::NotHttps),
    };
    let (authority, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if authority.contains('@') {
        return Err(UrlRefused::Credentials);
    }
    let (host, port) = split_port(authority)?;
    let host = check_host(host, reach)?;

    let mut url = format!("{}://{host}", if secure { "https" } else { "http" });
    if port != Some(if secure { 443 } else { 80 }) {
        url.extend(port.map(|port| format!(":{port}")));
    }
    let origin = url.len();
    let tail = tail.split('#').next().unwrap_or_default();
    if !tail.starts_with('/') {
        url.push('/');
    }
    url.extend(utf8_percent_encode(tail, &QUOTED));

    // The one who sends it reads it with another parser: both must find the same host.
    let read: Uri = url.parse().map_err(|_| UrlRefused::NotAUrl)?;
    if read.host() != Some(host.as_str()) {
        return Err(UrlRefused::NotAUrl);
    }
    Ok(CheckedUrl { url, secure, origin, host })
}

/// The colons of an IPv6 address stand in brackets.
fn split_port(authority: &str) -> Result<(&str, Option<u16>), UrlRefused> {
    let inside = authority.starts_with('[').then(|| authority.find(']')).flatten();
    let Some(colon) = authority[inside.unwrap_or(0)..].find(':') else {
        return Ok((authority, None));
    };
    let (host, port) = authority.split_at(inside.unwrap_or(0) + colon);
    let port = &port[1..];
    // A number's parser would take a sign too.
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(UrlRefused::Port);
    }
    match port.parse::<u16>() {
        Ok(port @ 1..) => Ok((host, Some(port))),
        _ => Err(UrlRefused::Port),
    }
}

/// The host as it is to be used.
fn check_host(host: &str, reach: Reach) -> Result<String, UrlRefused> {
    let wrong = |reason| Err(UrlRefused::Host { host: shown(host), reason });
    if host.is_empty() {
        return Err(UrlRefused::NotAUrl);
    }
    if let Some(inner) = host.strip_prefix('[') {
        let address = inner.strip_suffix(']').and_then(|inner| inner.parse::<Ipv6Addr>().ok());
        return match address {
            Some(address) if reach.admits(address.into()) => Ok(format!("[{address}]")),
            Some(_) => wrong("is no address of the public internet"),
            None => wrong("is no IPv6 address"),
        };
    }
    if !host.is_ascii() {
        return wrong("is not ASCII; write such a name in its xn-- form");
    }
    if !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)) {
        return wrong("has characters that are in no host name");
    }
    let host = host.to_ascii_lowercase();
    let last = host.rsplit('.').next().unwrap_or_default();
    if is_number(last) {
        return match host.parse::<Ipv4Addr>() {
            Ok(address) if reach.admits(address.into()) => Ok(host),
            Ok(_) => wrong("is no address of the public internet"),
            Err(_) => wrong("looks like an address, and is none in four decimal parts"),
        };
    }
    let good_label = |label: &str| {
        (1..=LABEL_BYTES_MAX).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if host.len() > NAME_BYTES_MAX || !host.split('.').all(good_label) {
        return wrong("is no host name");
    }
    if host == "localhost" && reach == Reach::Loopback {
        return Ok(host);
    }
    if !host.contains('.') || PRIVATE_ENDS.contains(&last) {
        return wrong("is a name of private networks");
    }
    Ok(host)
}

/// What some readers take for the last part of an IPv4 address: they know decimal, octal and hex
/// numbers, and addresses of one to four of them.
fn is_number(label: &str) -> bool {
    let hex = label.strip_prefix("0x");
    hex.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
        || (!label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A host from outside, as it may be shown.
fn shown(host: &str) -> String {
    host.chars().flat_map(char::escape_default).take(SHOWN_MAX).collect()
}

#[cfg(test)]
mod tests;
