//! `Door`: answers one request. What is looked at in which order is written down in [`Door::answer`]
//! and nowhere else.

mod attempts;
mod proxies;
mod reading;
mod visitor;

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::body::{Body, Bytes};
use hyper::header::{
    ALLOW, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER,
    TRANSFER_ENCODING,
};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use tokio::sync::oneshot::error::TryRecvError;
use tokio::time::{Instant, timeout};
use zaloxide_core::limits::BODY_BYTES_MAX;
use zaloxide_core::wire;

use crate::payload::Payload;
use crate::routes::{Path, Routes};
use crate::taker::{Answer, Files, Status, Taker};
use attempts::Attempts;
pub use proxies::{Proxies, ProxiesError};
use reading::Cut;
pub(crate) use visitor::Claim;
pub use visitor::Visitor;

/// The header in which Zalo shows the secret.
const SECRET: HeaderName = HeaderName::from_static("x-bot-api-secret-token");
/// All headers that are looked at.
pub(crate) const READ: [HeaderName; 6] =
    [SECRET, CONTENT_TYPE, CONTENT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING, proxies::FORWARDED];
/// No test ping is longer.
const PING_BYTES_MAX: usize = 1 << 10;
/// When Zalo is to try again what could not be taken, in seconds.
pub(crate) const AGAIN_SEC: u64 = 10;
/// How long a body may take to become durable before Zalo is told to try again. It may become so
/// later; then the repetition is known as one.
const TAKE_MAX: Duration = Duration::from_secs(30);
/// Between a webhook's path and a file's name.
const MEDIA: &str = "/media/";

/// Answers requests. Cheap to share: everything in it is.
pub struct Door {
    routes: Arc<Routes>,
    files: Option<Arc<dyn Files>>,
    proxies: Proxies,
    attempts: Mutex<Attempts>,
}

impl Door {
    /// A door that lets in whom `routes` names.
    pub fn new(routes: Arc<Routes>) -> Self {
        Self { routes, files: None, proxies: Proxies::default(), attempts: Mutex::default() }
    }

    /// Has files fetched below each webhook's path: `<path>/media/<id>?token=<token>`.
    #[must_use]
    pub fn files(mut self, files: Arc<dyn Files>) -> Self {
        self.files = Some(files);
        self
    }

    /// Believes what these proxies say of their clients' addresses.
    #[must_use]
    pub fn proxies(mut self, proxies: Proxies) -> Self {
        self.proxies = proxies;
        self
    }

    /// Answers a request, in this order:
    ///
    /// | | check | answer |
    /// |---|---|---|
    /// | 1 | the path is nobody's | 404 |
    /// | 2 | the method is not POST | 405 |
    /// | 3 | the secret is right | on to 5 |
    /// | 4 | it is wrong, missing or there twice | no body, or exactly a test ping in at most 1 KiB: 200, and nothing is done. Else counted by address: 401, over 30 a minute 429 |
    /// | 5 | no body | 200, and nothing is done |
    /// | 6 | the body is not JSON by its type, or encoded | 415 |
    /// | 7 | over 1 MiB; not there within 15 s | 413; 408 |
    /// | 8 | no JSON object | 400 |
    /// | 9 | no room, or it can't be kept | 503 |
    /// | 10 | durable | 200 |
    ///
    /// An answer that comes before the body was read is held back until up to 2 MiB of the rest, or
    /// 1 s of it, has been thrown away: a client that is still sending would not see it.
    ///
    /// Paths are compared byte by byte after one `/` at the end; the query means nothing.
    pub async fn answer<B>(&self, visitor: Visitor, request: Request<B>) -> Response<Payload>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let (head, mut body) = request.into_parts();
        match self.judge(visitor, &head, &mut body).await {
            Verdict::Answer(answer) => answer,
            Verdict::Early(answer) => {
                reading::throw_away(body).await;
                answer
            }
            Verdict::EarlyUnlessEmpty(answer) => {
                if reading::throw_away(body).await {
                    ok()
                } else {
                    answer
                }
            }
        }
    }

    async fn judge<B>(&self, visitor: Visitor, head: &Parts, body: &mut B) -> Verdict
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let Some(path) = self.routes.at(head.uri.path()) else {
            return self.file(head).await;
        };
        if head.method != Method::POST {
            return Verdict::Early(not_allowed("POST"));
        }
        let Some(taker) = owner(&path, &head.headers) else {
            return self.stranger(visitor.address, head, body).await;
        };
        visitor.is_known();
        if body.is_end_stream() {
            return Verdict::Answer(ok());
        }
        if !is_json(&head.headers) || is_encoded(&head.headers) {
            let answer = text(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send JSON, not encoded\n");
            return Verdict::EarlyUnlessEmpty(answer);
        }
        match reading::whole(body, BODY_BYTES_MAX).await {
            Ok(body) if body.is_empty() => Verdict::Answer(ok()),
            Ok(body) => Verdict::Answer(take(&*taker, body).await),
            Err(cut) => Verdict::Early(cut_off(cut)),
        }
    }

    /// Somebody without the right secret.
    async fn stranger<B>(&self, peer: IpAddr, head: &Parts, body: &mut B) -> Verdict
    where
        B: Body<Data = Bytes> + Unpin,
    {
        // Without its length, nobody knows yet how much it is.
        let is_short = head.headers.contains_key(CONTENT_LENGTH)
            && body.size_hint().upper().is_some_and(|upper| upper <= PING_BYTES_MAX as u64);
        if body.is_end_stream() {
            return Verdict::Answer(ok());
        }
        if is_short
            && let Ok(body) = reading::whole(body, PING_BYTES_MAX).await
            && (body.is_empty() || is_ping(&body))
        {
            return Verdict::Answer(ok());
        }
        let address = self.proxies.client(peer, &head.headers);
        Verdict::Early(match self.count(address) {
            None => text(StatusCode::UNAUTHORIZED, "the secret is wrong\n"),
            Some(wait) => later(StatusCode::TOO_MANY_REQUESTS, wait.as_secs().max(1)),
        })
    }

    fn count(&self, address: IpAddr) -> Option<Duration> {
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.count(address, Instant::now())
    }

    /// Somebody who fetches a file.
    async fn file(&self, head: &Parts) -> Verdict {
        let (path, id) = head.uri.path().rsplit_once(MEDIA).unwrap_or_default();
        let files = self.files.as_ref().filter(|_| !id.is_empty());
        let Some(files) = files.filter(|_| self.routes.at(path).is_some()) else {
            return Verdict::Early(text(StatusCode::NOT_FOUND, "nothing is here\n"));
        };
        if !matches!(head.method, Method::GET | Method::HEAD) {
            return Verdict::Early(not_allowed("GET, HEAD"));
        }
        let (files, id) = (Arc::clone(files), id.to_owned());
        let token = token(head.uri.query().unwrap_or_default()).to_owned();
        let opened = tokio::task::spawn_blocking(move || files.open(&id, &token)).await;
        let Some(file) = opened.ok().flatten() else {
            return Verdict::Early(text(StatusCode::NOT_FOUND, "nothing is here\n"));
        };
        let mut answer = Response::new(Payload::whole(Bytes::new()));
        let headers = answer.headers_mut();
        let octets = HeaderValue::from_static("application/octet-stream");
        let content_type = HeaderValue::from_str(&file.content_type).unwrap_or(octets);
        headers.insert(CONTENT_TYPE, content_type);
        headers.insert(CONTENT_LENGTH, file.bytes.into());
        // Whoever opens it in a browser sees a picture and runs nothing.
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("content-security-policy", "default-src 'none'; sandbox"),
            ("content-disposition", "inline"),
            ("cache-control", "private, no-store"),
            ("referrer-policy", "no-referrer"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        if head.method == Method::GET {
            *answer.body_mut() = Payload::file(file);
        }
        Verdict::Early(answer)
    }
}

/// An answer, and what is to become of the rest of the body.
enum Verdict {
    /// The body was read, as far as it will be.
    Answer(Response<Payload>),
    /// The rest is thrown away first.
    Early(Response<Payload>),
    /// So too; and if there was no body at all, nothing is wrong with it.
    EarlyUnlessEmpty(Response<Payload>),
}

/// Whose secret the request shows. Twice is not once.
fn owner(path: &Path, headers: &HeaderMap) -> Option<Arc<dyn Taker>> {
    let mut shown = headers.get_all(SECRET).into_iter();
    match (shown.next(), shown.next()) {
        (Some(secret), None) => path.owner(secret.as_bytes()),
        _ => None,
    }
}

/// The ping that `setWebhook` sends; it may come without the secret.
fn is_ping(body: &[u8]) -> bool {
    wire::update(&wire::text(body)).is_ok_and(|update| {
        let message = &update.message;
        update.kind == wire::Kind::Test && message.from.is_none() && message.chat.is_none()
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).into_iter();
    let (Some(only), None) = (types.next(), types.next()) else { return false };
    let Ok(only) = only.to_str() else { return false };
    let essence = only.split(';').next().unwrap_or_default().trim();
    let Some((kind, sub)) = essence.split_once('/') else { return false };
    match sub.rsplit_once('+') {
        None => essence.eq_ignore_ascii_case("application/json"),
        Some((name, suffix)) => {
            !kind.is_empty() && !name.is_empty() && suffix.eq_ignore_ascii_case("json")
        }
    }
}

fn is_encoded(headers: &HeaderMap) -> bool {
    let plain = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"identity");
    !headers.get_all(CONTENT_ENCODING).into_iter().all(plain)
}

/// What stands behind `token=` in a query.
fn token(query: &str) -> &str {
    query.split('&').find_map(|pair| pair.strip_prefix("token=")).unwrap_or_default()
}

async fn take(taker: &dyn Taker, body: Bytes) -> Response<Payload> {
    let (answer, mut told) = Answer::channel();
    taker.take(&body, answer);
    // While it is held, the connection has to find another buffer to go on reading into.
    drop(body);
    let status = match told.try_recv() {
        // Told at once, or the answer is gone: no timer is needed for either.
        Ok(status) => status,
        Err(TryRecvError::Closed) => Status::Busy,
        Err(TryRecvError::Empty) => match timeout(TAKE_MAX, told).await {
            Ok(Ok(status)) => status,
            Ok(Err(_)) | Err(_) => Status::Busy,
        },
    };
    match status {
        Status::Taken => ok(),
        Status::Malformed => text(StatusCode::BAD_REQUEST, "no JSON object\n"),
        Status::Busy => later(StatusCode::SERVICE_UNAVAILABLE, AGAIN_SEC),
    }
}

fn cut_off(cut: Cut) -> Response<Payload> {
    match cut {
        Cut::TooLong => text(StatusCode::PAYLOAD_TOO_LARGE, "over 1 MiB\n"),
        Cut::TooSlow => text(StatusCode::REQUEST_TIMEOUT, "the body took over 15 s\n"),
        Cut::Broken => text(StatusCode::BAD_REQUEST, "the body broke off\n"),
    }
}

/// It was taken, or there was nothing to be done. Nobody reads it, so it costs no header.
fn ok() -> Response<Payload> {
    Response::new(Payload::whole(Bytes::from_static(b"ok")))
}

fn not_allowed(allowed: &'static str) -> Response<Payload> {
    let mut answer = text(StatusCode::METHOD_NOT_ALLOWED, "not with this method\n");
    answer.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    answer
}

fn later(status: StatusCode, seconds: u64) -> Response<Payload> {
    let mut answer = text(status, "later\n");
    answer.headers_mut().insert(RETRY_AFTER, seconds.into());
    answer
}

fn text(status: StatusCode, body: &'static str) -> Response<Payload> {
    let mut answer = Response::new(Payload::whole(Bytes::from_static(body.as_bytes())));
    *answer.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    answer.headers_mut().insert(CONTENT_TYPE, plain);
    answer
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door")
            .field("routes", &self.routes)
            .field("proxies", &self.proxies)
            .finish_non_exhaustive()
    }
}
