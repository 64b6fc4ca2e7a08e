//! `Fetch`: one download from its URL to its file, blocking. Redirects are followed by hand, each
//! checked like the first URL.

use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ureq::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, LOCATION};
use ureq::http::{HeaderMap, Response, StatusCode};
use ureq::{Agent, Body, Error};

use super::addressee::Addressee;
use super::content::{HEAD_BYTES, content_type};
use super::error::{DownloadError, Ends, failed};
use super::guard::{CheckedUrl, UrlRefused, check_url};
use super::pace::Paced;
use super::redirect::follow;
use super::spool::Spool;
use super::{Download, DownloadSettings, Want};
use crate::flight::Cancel;
use crate::tls::Trust;
use crate::wire::Wire;

const REDIRECTS_MAX: usize = 3;
/// Bytes of a connection's buffers. The head of an answer must fit into the first.
const INPUT_BYTES: usize = 32 << 10;
const OUTPUT_BYTES: usize = 8 << 10;
/// Bytes that are read and written at once.
const PIECE_BYTES: usize = 32 << 10;

pub(super) struct Fetch {
    settings: DownloadSettings,
    /// Connects by itself, to checked addresses.
    direct: Agent,
    /// Its requests all name a proxy.
    proxied: Agent,
}

/// What an answer asks for next.
enum Answer {
    Redirect(String),
    Body(Response<Body>),
}

impl Fetch {
    pub(super) fn new(settings: DownloadSettings, trust: &Trust) -> Self {
        let agent = |proxied| {
            let config = trust
                .apply(Agent::config_builder())
                .http_status_as_error(false)
                .max_redirects(0)
                .user_agent(&settings.user_agent)
                .accept_encoding("identity")
                .input_buffer_size(INPUT_BYTES)
                .output_buffer_size(OUTPUT_BYTES)
                .max_response_header_size(INPUT_BYTES)
                // Two downloads share nothing: each connects to an address that it checked.
                .max_idle_connections(0)
                .max_idle_connections_per_host(0)
                .build();
            let addressee =
                Addressee { reach: settings.reach, look_up: Arc::clone(&settings.look_up) };
            Agent::with_parts(config, Paced::new(Wire::new(proxied), settings.idle), addressee)
        };
        Self { direct: agent(false), proxied: agent(true), settings }
    }

    /// Everything of one download. What fails leaves no file.
    pub(super) fn run(&self, want: &Want, cancel: &Cancel) -> Result<Download, DownloadError> {
        let start = Instant::now();
        let mut url = check_url(&want.url, self.settings.reach).map_err(DownloadError::Url)?;
        let mut spool = Spool::create(&want.into).map_err(|error| file(want, &error))?;
        for _ in 0..=REDIRECTS_MAX {
            // The body is read on board too: that is where cancelling reaches it.
            let _aboard = cancel.flight().board();
            match self.ask(&url, want, cancel, start)? {
                Answer::Body(response) => {
                    let (content_type, bytes) = receive(response, &mut spool, &url, want, cancel)?;
                    spool.keep().map_err(|error| file(want, &error))?;
                    return Ok(Download { path: want.into.clone(), content_type, bytes });
                }
                Answer::Redirect(location) => {
                    url = follow(&url, &location, self.settings.reach).map_err(|refused| {
                        DownloadError::Redirect { host: url.host().to_owned(), refused }
                    })?;
                }
            }
        }
        Err(DownloadError::Redirects { host: url.host().to_owned() })
    }

    /// One request, up to the head of its answer.
    fn ask(
        &self,
        url: &CheckedUrl,
        want: &Want,
        cancel: &Cancel,
        start: Instant,
    ) -> Result<Answer, DownloadError> {
        let DownloadSettings { connect, headers, total, .. } = self.settings;
        let left = |whole: Duration| Some(whole.saturating_sub(start.elapsed()));
        let agent = if want.proxy.is_some() { &self.proxied } else { &self.direct };
        let request = agent
            .get(url.as_str())
            .config()
            // Said either way: left alone, ureq takes one from the environment.
            .proxy(want.proxy.as_ref().map(|proxy| proxy.0.clone()))
            .timeout_global(left(total))
            .timeout_resolve(Some(connect))
            .timeout_connect(Some(connect))
            .timeout_send_request(left(headers))
            .timeout_recv_response(left(headers))
            .build();
        let response = request.call().map_err(|error| on_the_way(error, url, want, cancel))?;
        let host = || url.host().to_owned();
        match response.status() {
            StatusCode::OK => Ok(Answer::Body(response)),
            StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT => {
                let refused = UrlRefused::NotAUrl;
                location(response.headers())
                    .map(Answer::Redirect)
                    .ok_or_else(|| DownloadError::Redirect { host: host(), refused })
            }
            status => Err(DownloadError::Status { host: host(), status: status.as_u16() }),
        }
    }
}

/// The one place an answer leads to. Two of them would be read differently by different readers.
fn location(headers: &HeaderMap) -> Option<String> {
    let mut all = headers.get_all(LOCATION).iter();
    let first = std::str::from_utf8(all.next()?.as_bytes()).ok()?;
    all.next().is_none().then(|| first.to_owned())
}

/// The body into the file; its type and its size in bytes.
fn receive(
    mut response: Response<Body>,
    spool: &mut Spool,
    url: &CheckedUrl,
    want: &Want,
    cancel: &Cancel,
) -> Result<(&'static str, u64), DownloadError> {
    let host = || url.host().to_owned();
    let too_large = || DownloadError::TooLarge { host: host(), bytes_max: want.bytes_max };
    let headers = response.headers();
    let encoded = |value: &[u8]| !value.trim_ascii().eq_ignore_ascii_case(b"identity");
    if headers.get_all(CONTENT_ENCODING).iter().any(|value| encoded(value.as_bytes())) {
        return Err(DownloadError::Encoding { host: host() });
    }
    // It may lie: what comes is counted all the same.
    let declared = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if declared.is_some_and(|declared: u64| declared > want.bytes_max) {
        return Err(too_large());
    }

    let judged = |head: &[u8]| {
        content_type(head).map_err(|found| DownloadError::Content { host: host(), found })
    };
    let mut reader = response.body_mut().as_reader();
    let mut piece = vec![0; PIECE_BYTES];
    let (mut head, mut kind, mut bytes) = (Vec::new(), None, 0);
    loop {
        let came =
            reader.read(&mut piece).map_err(|error| on_the_way(error.into(), url, want, cancel))?;
        if cancel.is_cancelled() {
            return Err(DownloadError::Closed);
        }
        if came == 0 {
            break;
        }
        bytes += came as u64;
        if bytes > want.bytes_max {
            return Err(too_large());
        }
        if kind.is_none() {
            head.extend(piece[..came].iter().take(HEAD_BYTES - head.len()));
            if head.len() == HEAD_BYTES {
                kind = Some(judged(&head)?);
            }
        }
        spool.write(&piece[..came]).map_err(|error| file(want, &error))?;
    }
    if bytes == 0 {
        return Err(DownloadError::Empty { host: host() });
    }
    Ok((kind.map_or_else(|| judged(&head), Ok)?, bytes))
}

fn on_the_way(error: Error, url: &CheckedUrl, want: &Want, cancel: &Cancel) -> DownloadError {
    let proxy = want.proxy.as_ref().map(super::MediaProxy::host);
    failed(error, cancel.flight().progress(), &Ends { host: url.host(), proxy })
}

fn file(want: &Want, error: &std::io::Error) -> DownloadError {
    DownloadError::File { path: want.into.clone(), reason: error.to_string() }
}
