//! `Settings`: where calls go and with which secrets, checked before the first of them.

use std::fmt;
use std::hash::Hasher;
use std::net::IpAddr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use siphasher::sip128::{Hasher128, SipHasher24};
use ureq::Proxy;
use ureq::http::uri::Authority;
use ureq::http::{HeaderValue, Uri};

use crate::tls;
use crate::token::{Secret, Token};

/// Zalo's own address.
pub const DEFAULT_API_URL: &str = "https://bot-api.zaloplatforms.com";

/// Who asks.
pub(crate) const USER_AGENT: &str = concat!("zaloxide/", env!("CARGO_PKG_VERSION"));

/// Besides letters and digits, what may stand in a path segment as it is and needs no quoting.
const SEGMENT: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b':')
    .remove(b'+')
    .remove(b'=')
    .remove(b'@')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'*')
    .remove(b',')
    .remove(b';');

pub(crate) fn path_segment(text: &str) -> String {
    utf8_percent_encode(text, &SEGMENT).to_string()
}

/// What an [`Api`](crate::Api) is made from. Only these decide: no environment variable, such as
/// `HTTPS_PROXY`, is read.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// The bot's token.
    pub token: Token,
    /// Where the API is: https, or http on this machine. A path is kept as a prefix.
    pub api_url: String,
    /// A proxy for all calls: `http://`, `https://`, `socks5://` (names are resolved here) or
    /// `socks5h://` (the proxy resolves them), with `user:password@` if it asks for them.
    pub proxy: Option<String>,
    /// Sent along with `setWebhook`, which needs one.
    pub webhook_secret: Option<Secret>,
    /// The `User-Agent` header.
    pub user_agent: String,
}

impl Settings {
    /// Zalo's own address, no proxy, no webhook.
    pub fn new(token: Token) -> Self {
        Self {
            token,
            api_url: DEFAULT_API_URL.to_owned(),
            proxy: None,
            webhook_secret: None,
            user_agent: USER_AGENT.to_owned(),
        }
    }

    /// A fingerprint of the token and the webhook's secret under `key`, 32 hex digits: it tells
    /// whether they changed without showing them. Use a key drawn anew for each run, so that it
    /// can't be tried out elsewhere.
    pub fn tag(&self, key: &[u8; 16]) -> String {
        let mut hasher = SipHasher24::new_with_key(key);
        hasher.write(self.token.whole().as_bytes());
        if let Some(secret) = &self.webhook_secret {
            // No token holds a space.
            hasher.write(b" ");
            hasher.write(secret.expose().as_bytes());
        }
        format!("{:032x}", hasher.finish128().as_u128())
    }

    pub(crate) fn check(&self) -> Result<Checked, SettingsError> {
        HeaderValue::from_str(&self.user_agent).map_err(|_| SettingsError::UserAgent)?;
        let (base, host) = api(&self.api_url)?;
        let proxy = self.proxy.as_deref().map(proxy).transpose()?;
        Ok(Checked { base, host, proxy })
    }
}

/// Shows no secret: the proxy's credentials are left out.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("token", &self.token)
            .field("api_url", &masked(&self.api_url))
            .field("proxy", &self.proxy.as_deref().map(masked))
            .field("webhook_secret", &self.webhook_secret)
            .field("user_agent", &self.user_agent)
            .finish()
    }
}

/// Settings that passed.
pub(crate) struct Checked {
    /// Scheme, host and prefix, without a slash at its end.
    pub(crate) base: String,
    /// The API's host and port, as people wrote them.
    pub(crate) host: String,
    pub(crate) proxy: Option<Proxy>,
}

/// What is wrong with [`Settings`]. Credentials in what it shows are masked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SettingsError {
    /// `apiUrl` can't be used.
    ApiUrl {
        /// As given, masked.
        url: String,
        /// What is wrong and what is expected.
        reason: &'static str,
    },
    /// `proxy` can't be used.
    Proxy {
        /// As given, masked.
        url: String,
        /// What is wrong and what is expected.
        reason: &'static str,
    },
    /// `mediaProxy` can't be used.
    MediaProxy {
        /// As given, masked.
        url: String,
        /// What is wrong and what is expected.
        reason: &'static str,
    },
    /// The user agent can't be sent.
    UserAgent,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ApiUrl { url, reason } => write!(f, "apiUrl \"{url}\": {reason}"),
            Self::Proxy { url, reason } => write!(f, "proxy \"{url}\": {reason}"),
            Self::MediaProxy { url, reason } => write!(f, "mediaProxy \"{url}\": {reason}"),
            Self::UserAgent => f.write_str("the user agent has characters no header can hold"),
        }
    }
}

impl std::error::Error for SettingsError {}

fn api(text: &str) -> Result<(String, String), SettingsError> {
    let wrong = |reason| SettingsError::ApiUrl { url: masked(text), reason };
    let trimmed = text.trim().trim_end_matches('/');
    // The parser drops a fragment without a word.
    if trimmed.contains(['?', '#']) {
        return Err(wrong("must have no query and no fragment"));
    }
    let uri: Uri =
        trimmed.parse().map_err(|_| wrong("is no URL; expected https://<host>[:port]"))?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(wrong("is no URL; expected https://<host>[:port]"));
    };
    if authority.as_str().contains('@') {
        return Err(wrong("must hold no user name or password"));
    }
    if !has_good_port(authority) {
        return Err(wrong("has a port that is no number up to 65535"));
    }
    match scheme {
        "https" if tls::HAS_TLS => {}
        "https" => return Err(wrong(tls::MISSING)),
        "http" if is_loopback(authority.host()) => {}
        "http" => return Err(wrong("must be https: the token would cross the network in clear")),
        _ => return Err(wrong("must be https, or http on this machine")),
    }
    Ok((trimmed.to_owned(), authority.to_string()))
}

/// The parser takes any text after the colon for a port, and then finds none in it.
pub(crate) fn has_good_port(authority: &Authority) -> bool {
    let host = authority.host();
    let shown = authority.as_str();
    let rest = shown.rsplit_once('@').map_or(shown, |(_, rest)| rest);
    match rest.strip_prefix(host) {
        Some("") => true,
        Some(rest) => rest.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok()),
        None => false,
    }
}

pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

pub(crate) fn proxy(text: &str) -> Result<Proxy, SettingsError> {
    let wrong = |reason| SettingsError::Proxy { url: masked(text), reason };
    let trimmed = text.trim();
    let known = ["http://", "https://", "socks5://", "socks5h://"];
    if !known.iter().any(|scheme| trimmed.starts_with(scheme)) {
        return Err(wrong("must start with http://, https://, socks5:// or socks5h://"));
    }
    if trimmed.starts_with("https://") && !tls::HAS_TLS {
        return Err(wrong(tls::MISSING));
    }
    if trimmed.starts_with("socks5") && cfg!(not(feature = "socks")) {
        return Err(wrong(
            "is SOCKS, and this build has none; add the feature `socks` of the crate",
        ));
    }
    let proxy = Proxy::new(trimmed)
        .map_err(|_| wrong("is no proxy URL; percent-encode special characters in its password"))?;
    if proxy.host().is_empty() {
        return Err(wrong("has no host"));
    }
    // A raw slash in a password ends the host early: the rest would be a path.
    let authority = proxy.uri().authority();
    if !authority.is_some_and(has_good_port) || !matches!(proxy.uri().path(), "" | "/") {
        return Err(wrong(
            "must be <scheme>://[user:password@]host[:port] and nothing more; \
                          percent-encode special characters in its password",
        ));
    }
    Ok(proxy)
}

/// A URL as it may be shown: all between `//` and the last `@` is masked, and so is a query.
fn masked(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    // A password may hold a raw slash, so the last @ of all counts.
    let Some((front, host)) = url.rsplit_once('@') else {
        return url.to_owned();
    };
    match front.find("//") {
        Some(at) => format!("{}•@{host}", &front[..at + 2]),
        None => format!("•@{host}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Settings, SettingsError, path_segment};

    fn settings() -> Settings {
        Settings::new("1:abc".parse().unwrap())
    }

    #[test]
    fn the_tag_depends_on_both_secrets_and_on_the_key() {
        let tag = |token: &str, secret: &str, key: u8| {
            let mut settings = Settings::new(token.parse().unwrap());
            settings.webhook_secret = secret.parse().ok();
            settings.tag(&[key; 16])
        };
        let one = tag("1:abc", "12345678", 7);
        assert_eq!(one.len(), 32);
        assert_eq!(one, tag(" 1:abc ", "12345678", 7));
        for other in [
            tag("1:abd", "12345678", 7),
            tag("2:abc", "12345678", 7),
            tag("1:abc", "12345679", 7),
            tag("1:abc", "", 7),
            tag("1:abc", "12345678", 8),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn the_api_is_https_or_on_this_machine() {
        let table = [
            ("https://bot-api.zaloplatforms.com", Ok("https://bot-api.zaloplatforms.com")),
            (" https://example.com:8443/zalo// ", Ok("https://example.com:8443/zalo")),
            ("http://127.0.0.1:8080", Ok("http://127.0.0.1:8080")),
            ("http://127.9.9.9", Ok("http://127.9.9.9")),
            ("http://[::1]:80", Ok("http://[::1]:80")),
            ("http://LOCALHOST:1", Ok("http://LOCALHOST:1")),
            ("http://example.com", Err("https")),
            ("http://localhost.example.com", Err("https")),
            ("http://10.0.0.1", Err("https")),
            ("ftp://127.0.0.1", Err("https")),
            ("bot-api.zaloplatforms.com", Err("no URL")),
            ("", Err("no URL")),
            ("https://example.com:x", Err("port")),
            ("https://example.com:65536", Err("port")),
            ("https://CANARY:CANARY@example.com", Err("user name")),
            ("https://example.com/?t=CANARY", Err("query")),
            ("https://example.com/#CANARY", Err("fragment")),
        ];
        for (url, expected) in table {
            let mut settings = settings();
            settings.api_url = url.to_owned();
            match (settings.check().map(|checked| checked.base), expected) {
                (Ok(base), Ok(expected)) => assert_eq!(base, expected),
                (Err(error), Err(word)) => {
                    let shown = format!("{error} {error:?} {settings:?}");
                    assert!(error.to_string().contains(word), "{url}: {error}");
                    assert!(!shown.contains("CANARY"), "{shown}");
                }
                (got, _) => panic!("{url}: {got:?}"),
            }
        }
    }

    #[test]
    fn a_proxy_has_a_known_scheme_and_its_password_is_never_shown() {
        let table = [
            ("http://proxy:3128", true),
            ("https://user:CANARY@proxy", true),
            ("socks5://user:CANARY@127.0.0.1:1080", true),
            ("socks5h://proxy", true),
            ("socks4://proxy", false),
            ("ftp://u:CANARY@proxy", false),
            ("u:CANARY@proxy", false),
            ("proxy:3128", false),
            ("http://", false),
            ("http://proxy:70000", false),
            ("http://proxy/CANARY@x", false),
            ("http://u:CAN/CANARY@proxy", false),
            ("http://u:CANARY@pro xy", false),
        ];
        for (url, good) in table {
            let mut settings = settings();
            settings.proxy = Some(url.to_owned());
            let checked = settings.check();
            assert_eq!(checked.is_ok(), good, "{url}");
            let error = checked.err();
            assert!(!format!("{error:?} {settings:?}").contains("CANARY"), "{url}");
            assert!(error.is_none_or(|e| matches!(e, SettingsError::Proxy { .. })));
        }
    }

    #[test]
    fn a_token_stays_one_path_segment() {
        assert_eq!(path_segment("12:aZ-._~"), "12:aZ-._~");
        assert_eq!(path_segment("1:a/../b?c#d%"), "1:a%2F..%2Fb%3Fc%23d%25");
    }
}
