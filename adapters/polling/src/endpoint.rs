//! `Endpoint`: an HTTP address of the operator's own, to which JSON is posted.
//!
//! The operator named it, so it is trusted as far as that: any address, http too. But nothing is
//! followed from there, no proxy is taken, and no more is read than a bound.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use ureq::Agent;
use ureq::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use ureq::http::{HeaderMap, Uri};
use zeroize::Zeroizing;

use crate::api::{connections, exchange};
use crate::flight::Cancel;
use crate::reason::{Hosts, reason};
use crate::redaction::Redaction;
use crate::settings::{USER_AGENT, has_good_port, is_loopback};
use crate::tls::{self, Trust};

/// Bytes of an answer.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// An HTTP address to which JSON is posted.
pub struct Endpoint {
    agent: Agent,
    /// It may hold a secret: many a service's whole key is its URL.
    url: Zeroizing<String>,
    headers: HeaderMap,
    hosts: Hosts,
    in_clear: bool,
    redaction: Redaction,
}

/// What an [`Endpoint`] answered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The HTTP status, whatever it is.
    pub status: u16,
    /// At most 1 MiB. Where it repeats a header's value, that is replaced by `•`.
    pub body: Vec<u8>,
}

impl Answer {
    /// A status, and what came with it.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, body: body.into() }
    }
}

impl Endpoint {
    /// Checks the address, and the headers that go with each request. Nothing is sent.
    ///
    /// # Errors
    /// What can't be used, and what is expected in its place.
    pub fn new(url: &str, headers: &BTreeMap<String, String>) -> Result<Self, EndpointError> {
        let url = url.trim();
        let uri = checked(url)?;
        let host = uri.authority().map(ToString::to_string).unwrap_or_default();
        let in_clear = uri.scheme_str() == Some("http") && !uri.host().is_some_and(is_loopback);
        let mut map = HeaderMap::new();
        map.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in headers {
            let wrong = |reason| EndpointError::Header { name: name.clone(), reason };
            let key = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| wrong("is no name of a header"))?;
            let mut value = HeaderValue::from_str(value)
                .map_err(|_| wrong("has a value that no header can hold"))?;
            value.set_sensitive(true);
            map.insert(key, value);
        }
        Ok(Self {
            agent: connections(&Trust::default(), None, USER_AGENT),
            url: Zeroizing::new(url.to_owned()),
            headers: map,
            hosts: Hosts { api: host, key: "url", proxy: None },
            in_clear,
            redaction: Redaction::of(headers.values().map(String::as_str)),
        })
    }

    /// The host, and the port if one was named.
    pub fn host(&self) -> &str {
        &self.hosts.api
    }

    /// What is sent crosses a network unencrypted.
    pub fn is_in_clear(&self) -> bool {
        self.in_clear
    }

    /// Posts and waits for the end, at most so long. The status is not looked at.
    ///
    /// # Errors
    /// There was no whole answer: why, in one line for people, without secrets.
    pub fn post(&self, body: &str, within: Duration, cancel: &Cancel) -> Result<Answer, String> {
        let flight = cancel.flight();
        let aboard = flight.board();
        let mut request = self.agent.post(self.url.as_str());
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let result = exchange(request, body, within, ANSWER_BYTES_MAX, flight);
        drop(aboard);
        let within_ms = u64::try_from(within.as_millis()).unwrap_or(u64::MAX);
        match result {
            Ok((response, bytes)) => Ok(Answer {
                status: response.status().as_u16(),
                body: self.redaction.body(bytes, false),
            }),
            Err(failure) => {
                let text = reason(&failure, flight.progress(), &self.hosts, within_ms);
                Err(self.redaction.reason(&text))
            }
        }
    }
}

/// Shows the host and no more: the rest of the URL may be a secret, and so are the headers.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("host", &self.hosts.api).finish_non_exhaustive()
    }
}

/// What an [`Endpoint`] can't be made of. It holds nothing of the URL and of no header's value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndpointError {
    /// The URL can't be used.
    Url {
        /// What is wrong and what is expected.
        reason: &'static str,
    },
    /// A header can't be sent.
    Header {
        /// Its name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl fmt::Display for EndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url { reason } => write!(f, "the url {reason}"),
            Self::Header { name, reason } => write!(f, "the header \"{name}\" {reason}"),
        }
    }
}

impl std::error::Error for EndpointError {}

fn checked(text: &str) -> Result<Uri, EndpointError> {
    let wrong = |reason| EndpointError::Url { reason };
    let no_url = "is no URL; expected http(s)://<host>[:port]/<path>";
    let uri: Uri = text.parse().map_err(|_| wrong(no_url))?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(wrong(no_url));
    };
    if !matches!(scheme, "http" | "https") {
        return Err(wrong("must begin with http:// or https://"));
    }
    if scheme == "https" && !tls::HAS_TLS {
        return Err(wrong(tls::MISSING));
    }
    if authority.as_str().contains('@') {
        return Err(wrong("must hold no user name or password: use headers"));
    }
    if !has_good_port(authority) {
        return Err(wrong("has a port that is no number up to 65535"));
    }
    Ok(uri)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Endpoint;

    #[test]
    fn an_address_is_http_or_https_and_nothing_of_it_shows_but_the_host() {
        let table = [
            ("https://example.com/hook?key=CANARY", Ok(("example.com", false))),
            (" http://127.0.0.1:8080/turn ", Ok(("127.0.0.1:8080", false))),
            ("http://agent:8080", Ok(("agent:8080", true))),
            ("http://[::1]/x", Ok(("[::1]", false))),
            ("ftp://example.com/CANARY", Err("http:// or https://")),
            ("example.com/CANARY", Err("no URL")),
            ("/CANARY", Err("no URL")),
            ("", Err("no URL")),
            ("https://u:CANARY@example.com", Err("user name")),
            ("https://example.com:x/CANARY", Err("port")),
        ];
        for (url, expected) in table {
            match (Endpoint::new(url, &BTreeMap::new()), expected) {
                (Ok(endpoint), Ok(expected)) => {
                    assert_eq!((endpoint.host(), endpoint.is_in_clear()), expected);
                    assert!(!format!("{endpoint:?}").contains("CANARY"), "{endpoint:?}");
                }
                (Err(error), Err(word)) => {
                    assert!(error.to_string().contains(word), "{url}: {error}");
                    assert!(!format!("{error} {error:?}").contains("CANARY"), "{error}");
                }
                (got, _) => panic!("{url}: {got:?}"),
            }
        }
    }

    #[test]
    fn a_header_is_one_that_can_be_sent() {
        let with = |name: &str, value: &str| {
            let headers = BTreeMap::from([(name.to_owned(), value.to_owned())]);
            Endpoint::new("https://example.com", &headers).err().map(|error| error.to_string())
        };
        assert_eq!(with("X-Key", "CANARY"), None);
        let no_name = "the header \"a b\" is no name of a header";
        assert_eq!(with("a b", "CANARY").as_deref(), Some(no_name));
        let split = with("X-Key", "CANARY\r\nX-Other: 1").unwrap();
        assert!(split.contains("no header can hold") && !split.contains("CANARY"), "{split}");
    }
}
