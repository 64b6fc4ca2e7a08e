//! `Api`: one bot's way to the Bot API. A call goes out at most once and its outcome is true.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use serde_json::value::{RawValue, to_raw_value};
use ureq::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use ureq::http::{Response, StatusCode};
use ureq::typestate::WithBody;
use ureq::{Agent, Body, Error, Proxy, RequestBuilder};
use zaloxide_core::limits::{BODY_BYTES_MAX, POLL_BODY_BYTES_MAX};
use zaloxide_core::{Method, Outcome};
use zeroize::Zeroizing;

use crate::date::{ahead_ms, retry_after_ms};
use crate::flight::{Cancel, Flight};
use crate::reason::{Failure, Hosts, reason};
use crate::redaction::Redaction;
use crate::settings::{Checked, Settings, SettingsError, path_segment};
use crate::tls::Trust;
use crate::token::Secret;
use crate::wire::{Names, Wire};

/// Resolving, and then connecting with all its handshakes, may take this long each, and never
/// longer than the call.
const CONNECT: Duration = Duration::from_secs(10);
/// An unused connection is kept this long; servers of this kind keep it for 60 s or more. A
/// shorter time makes it rarer that one is closed just when a request is written to it.
const IDLE: Duration = Duration::from_secs(15);
/// Unused connections that are kept.
const IDLE_CONNECTIONS: usize = 32;
/// Bytes of each connection's buffers. The head of an answer must fit into the first.
const INPUT_BYTES: usize = 32 << 10;
const OUTPUT_BYTES: usize = 16 << 10;

/// One bot's way to the Bot API. Clones share their connections.
#[derive(Clone)]
pub struct Api(Arc<Inner>);

struct Inner {
    agent: Agent,
    /// As in the settings: who has the same may share the agent.
    proxy: Option<String>,
    user_agent: String,
    /// Everything of the URL before the method. It holds the token.
    prefix: Zeroizing<String>,
    webhook_secret: Option<Secret>,
    redaction: Redaction,
    hosts: Hosts,
    /// How far the API's clock is ahead of this one, in ms; [`UNHEARD`] before it was heard.
    ahead_ms: AtomicI64,
}

/// No answer has said yet what time it is there.
const UNHEARD: i64 = i64::MIN;

impl Api {
    /// Checks the settings. Nothing is sent.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        Self::trusting(settings, &Trust::default())
    }

    /// As [`new`](Self::new), over the connections of another one where that is possible: what is
    /// needed for each way to a host is there once, however many bots take it.
    pub fn beside(settings: Settings, other: &Self) -> Result<Self, SettingsError> {
        if settings.proxy == other.0.proxy && settings.user_agent == other.0.user_agent {
            let checked = settings.check()?;
            return Ok(Self::over(other.0.agent.clone(), settings, checked));
        }
        Self::new(settings)
    }

    fn trusting(settings: Settings, trust: &Trust) -> Result<Self, SettingsError> {
        let checked = settings.check()?;
        let agent = connections(trust, checked.proxy.clone(), &settings.user_agent);
        Ok(Self::over(agent, settings, checked))
    }

    fn over(agent: Agent, settings: Settings, checked: Checked) -> Self {
        let Checked { base, host, proxy } = checked;
        let hosts = Hosts {
            api: host,
            key: "apiUrl",
            proxy: proxy.as_ref().map(|p| format!("{}:{}", p.host(), p.port())),
        };
        let token = Zeroizing::new(path_segment(settings.token.whole()));
        let redaction = Redaction::new(&settings);
        Self(Arc::new(Inner {
            agent,
            proxy: settings.proxy,
            user_agent: settings.user_agent,
            prefix: Zeroizing::new(format!("{base}/bot{}/", token.as_str())),
            redaction,
            webhook_secret: settings.webhook_secret,
            hosts,
            ahead_ms: AtomicI64::new(UNHEARD),
        }))
    }

    /// How far the API's clock is ahead of this one, in ms: negative when it is behind, and exact
    /// to a second. By the last answer; `None` before one has said what time it is there.
    pub fn ahead_ms(&self) -> Option<i64> {
        Some(self.0.ahead_ms.load(Ordering::Relaxed)).filter(|ahead| *ahead != UNHEARD)
    }

    /// Make a call and wait for its end, at most `timeout_ms`.
    ///
    /// `body` is a JSON object; `setWebhook` gets the webhook's secret added to it. The answer's
    /// body may have 1 MiB; where it repeats a secret, that is replaced by `•`. The status is not
    /// looked at: a 302 or a 502 is an answer too.
    pub fn call(
        &self,
        method: Method,
        body: &str,
        timeout_ms: u64,
        cancel: &Cancel,
    ) -> Outcome<'static> {
        let body = match self.0.body(method, body) {
            Ok(body) => body,
            Err(reason) => return Outcome::NotSent { reason },
        };
        let flight = cancel.flight();
        let aboard = flight.board();
        let result = self.0.exchange(method, &body, timeout_ms, flight);
        drop(aboard);
        result.unwrap_or_else(|failure| {
            let progress = flight.progress();
            let text = reason(&failure, progress, &self.0.hosts, timeout_ms);
            let reason = self.0.redaction.reason(&text);
            if progress.sent { Outcome::Unknown { reason } } else { Outcome::NotSent { reason } }
        })
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Hosts { api, proxy, .. } = &self.0.hosts;
        f.debug_struct("Api").field("host", api).field("proxy", proxy).finish_non_exhaustive()
    }
}

impl Inner {
    /// The body as it goes out, or why it can't.
    fn body(&self, method: Method, body: &str) -> Result<Zeroizing<String>, String> {
        let body = match method {
            Method::SetWebhook => self.registration(body)?,
            _ => body.to_owned(),
        };
        if body.len() > BODY_BYTES_MAX {
            return Err(format!("the request is larger than {BODY_BYTES_MAX} bytes"));
        }
        Ok(Zeroizing::new(body))
    }

    /// The body of `setWebhook` with the secret. All other fields stay as they are.
    fn registration(&self, body: &str) -> Result<String, String> {
        let secret = self.webhook_secret.as_ref();
        let secret = secret.ok_or("setWebhook needs a secret: set webhookSecret")?;
        let bad = |_| "the body of setWebhook is no JSON object".to_owned();
        let value = to_raw_value(secret.expose()).map_err(bad)?;
        let mut fields: BTreeMap<String, &RawValue> = serde_json::from_str(body).map_err(bad)?;
        fields.insert("secret_token".to_owned(), &value);
        serde_json::to_string(&fields).map_err(bad)
    }

    fn exchange(
        &self,
        method: Method,
        body: &str,
        timeout_ms: u64,
        flight: &Flight,
    ) -> Result<Outcome<'static>, Failure> {
        let url = Zeroizing::new(format!("{}{}", self.prefix.as_str(), method.name()));
        let request = self.agent.post(url.as_str()).content_type("application/json");
        let bytes_max = match method {
            Method::GetUpdates => POLL_BODY_BYTES_MAX,
            _ => BODY_BYTES_MAX,
        };
        let within = Duration::from_millis(timeout_ms);
        let (response, bytes) = exchange(request, body, within, bytes_max, flight)?;
        if let Some(ahead) = ahead_ms(response.headers(), SystemTime::now()) {
            self.ahead_ms.store(ahead, Ordering::Relaxed);
        }
        Ok(Outcome::Answered {
            status: response.status().as_u16(),
            retry_after_ms: retry_after_ms(response.headers(), SystemTime::now()),
            body: self.redaction.body(bytes, method == Method::SetWebhook).into(),
        })
    }
}

/// The connections of whoever posts JSON: none of them follows a redirect, which would carry a
/// secret to wherever it says.
pub(crate) fn connections(trust: &Trust, proxy: Option<Proxy>, user_agent: &str) -> Agent {
    let wire = Wire::new(proxy.is_some());
    let config = trust
        .apply(Agent::config_builder())
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(proxy)
        .user_agent(user_agent)
        .accept("application/json")
        .accept_encoding("identity")
        .input_buffer_size(INPUT_BYTES)
        .output_buffer_size(OUTPUT_BYTES)
        .max_response_header_size(INPUT_BYTES)
        .max_idle_connections(IDLE_CONNECTIONS)
        .max_idle_connections_per_host(IDLE_CONNECTIONS)
        .max_idle_age(IDLE)
        .build();
    Agent::with_parts(config, wire, Names)
}

/// Sends a request and reads the whole answer, or says what ended it.
pub(crate) fn exchange(
    request: RequestBuilder<WithBody>,
    body: &str,
    within: Duration,
    bytes_max: usize,
    flight: &Flight,
) -> Result<(Response<Body>, Vec<u8>), Failure> {
    let mut response = request
        .config()
        .timeout_global(Some(within))
        .timeout_resolve(Some(within.min(CONNECT)))
        .timeout_connect(Some(within.min(CONNECT)))
        .build()
        .send(body)?;
    let mut bytes = Vec::new();
    let mut reader = response.body_mut().as_reader().take(bytes_max as u64 + 1);
    reader.read_to_end(&mut bytes).map_err(Error::from)?;
    if bytes.len() > bytes_max {
        return Err(Failure::TooLarge(bytes_max));
    }
    // Such a body ends where the connection does, and here we may have ended that ourselves.
    if flight.progress().shut && ends_with_connection(&response) {
        return Err(Failure::CutByCancel);
    }
    Ok((response, bytes))
}

fn ends_with_connection(response: &Response<Body>) -> bool {
    let headers = response.headers();
    let bodiless = matches!(response.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    !bodiless && !headers.contains_key(CONTENT_LENGTH) && !headers.contains_key(TRANSFER_ENCODING)
}

#[cfg(all(test, feature = "tls"))]
mod tests;
