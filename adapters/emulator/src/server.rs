//! The HTTP side: connections in, requests taken apart, answers out. It decides nothing.

use std::net::TcpStream as Socket;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, SERVER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use percent_encoding::percent_decode_str;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use zaloxide_core::limits::BODY_BYTES_MAX;

use crate::answer::Answer;
use crate::control::routes::{self, Ask};
use crate::control::{Shared, now};
use crate::payload::{HangUp, Payload};
use crate::platform::params::Params;
use crate::platform::poll::Poll;
use crate::platform::{self, Arrival, Mishap, Step};

/// Connections at once; more wait to be accepted.
const CONNECTIONS_MAX: usize = 1_024;
/// Bytes of a control request: base64 of the largest hosted file.
const CONTROL_BYTES_MAX: usize = 16 << 20;
/// Bytes beyond the bound that are read and thrown away, so that the client sees the refusal.
const OVERRUN_MAX: usize = 16 << 20;
/// How long a request's headers, and then its body, may take.
const READ_TIMEOUT: Duration = Duration::from_secs(60);
/// Pause after the system gave no connection, usually for lack of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

type Reply = Result<Response<Payload>, HangUp>;

/// Accepts connections until it is dropped.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    // A client that leaves, or is hung up on, is no news.
                    let _ended = connection(stream, shared).await;
                    drop(slot);
                });
            }
            Err(_) => sleep(ACCEPT_PAUSE).await,
        }
    }
}

async fn connection(
    stream: TcpStream,
    shared: Arc<Shared>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    stream.set_nodelay(true)?;
    // A second handle on the socket tells whether the client is there while hyper owns the first.
    let socket = stream.into_std()?;
    let peer = Arc::new(socket.try_clone()?);
    let io = TokioIo::new(TcpStream::from_std(socket)?);
    let service = service_fn(move |request| {
        let (shared, peer) = (Arc::clone(&shared), Arc::clone(&peer));
        async move { route(&shared, peer, request).await }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(READ_TIMEOUT)
        .serve_connection(io, service)
        .await?;
    Ok(())
}

/// Whether the other end still listens: nothing to read is a client that waits.
fn connected(peer: &Socket) -> bool {
    match peer.peek(&mut [0]) {
        Ok(read) => read > 0,
        Err(error) => error.kind() == std::io::ErrorKind::WouldBlock,
    }
}

async fn route(shared: &Arc<Shared>, peer: Arc<Socket>, request: Request<Incoming>) -> Reply {
    let path = request.uri().path();
    if let Some(path) = path.strip_prefix("/_control")
        && (path.is_empty() || path.starts_with('/'))
    {
        let path = path.to_owned();
        return control(shared, path, request).await;
    }
    if let Some(name) = path.strip_prefix("/_files/") {
        return Ok(file(shared, name));
    }
    let call = path.strip_prefix("/bot").and_then(|rest| rest.split_once('/'));
    let known_verb = matches!(*request.method(), Method::GET | Method::POST);
    match call {
        Some((token, method)) if known_verb && !method.is_empty() => {
            let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
            let (token, method) = (decoded(token), decoded(method));
            bot_call(shared, peer, &token, &method, request).await
        }
        Some(_) if !known_verb => Ok(whole(Answer::edge(405, "Not Allowed"))),
        _ => Ok(whole(Answer::edge(404, "Not Found"))),
    }
}

/// The body, in full and in time. `Err`: the answer to give instead.
async fn read(body: Incoming, bytes_max: usize) -> Result<Bytes, Answer> {
    let Ok(read) = timeout(READ_TIMEOUT, read_all(body, bytes_max)).await else {
        return Err(Answer::edge(408, "Request Time-out"));
    };
    read.ok_or_else(|| Answer::edge(413, "Request Entity Too Large"))
}

/// `None`: it is too long, or the client ended it early.
async fn read_all(mut body: Incoming, bytes_max: usize) -> Option<Bytes> {
    let (mut kept, mut seen) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.ok()?.into_data() else { continue };
        seen += data.len();
        if seen <= bytes_max {
            kept.extend_from_slice(&data);
        } else if seen - bytes_max > OVERRUN_MAX {
            return None;
        }
    }
    (seen <= bytes_max).then(|| kept.into())
}

async fn bot_call(
    shared: &Arc<Shared>,
    peer: Arc<Socket>,
    token: &str,
    method: &str,
    request: Request<Incoming>,
) -> Reply {
    let (head, body) = request.into_parts();
    let body = match read(body, BODY_BYTES_MAX).await {
        Ok(body) => body,
        Err(answer) => return Ok(whole(answer)),
    };
    let content_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let params = Params::read(head.uri.query(), content_type.unwrap_or_default(), &body);
    let call = platform::Request {
        token,
        method,
        params,
        bytes: body.len(),
        connected: Box::new(move || connected(&peer)),
    };
    let Arrival { n, step, mishap } = shared.lock().arrive(now(), call);
    // Whoever looks for the call may now see it, and its poll if it opened one.
    let step = Open::new(shared, step);
    shared.notify();
    let answer = carry_out(shared, step).await?;
    let cut = match mishap {
        Some(Mishap::Lost) => return Err(HangUp),
        Some(Mishap::Late(pause)) => {
            sleep(pause).await;
            false
        }
        Some(Mishap::Cut) => true,
        None => false,
    };
    let sent = if cut { answer.first_half() } else { &answer.body };
    shared.lock().calls.answered(n, answer.status, sent);
    shared.notify();
    Ok(if cut { half(&answer) } else { whole(answer) })
}

/// A step on its way; a poll in it is closed when its client leaves and this is dropped.
enum Open<'a> {
    Poll(OpenPoll<'a>),
    Other(Step),
}

struct OpenPoll<'a> {
    shared: &'a Shared,
    poll: Poll,
    ended: bool,
}

impl<'a> Open<'a> {
    fn new(shared: &'a Shared, step: Step) -> Self {
        match step {
            Step::Poll(poll) => Self::Poll(OpenPoll { shared, poll, ended: false }),
            other => Self::Other(other),
        }
    }
}

impl OpenPoll<'_> {
    /// What the poll is given within its window.
    async fn answer(mut self) -> Result<Answer, HangUp> {
        let given = timeout(self.poll.window, &mut self.poll.given).await;
        self.ended = true;
        let mut platform = self.shared.lock();
        let answer = match given {
            Ok(given) => platform.poll_answer(given),
            Err(_) => platform.close_poll(&mut self.poll, true),
        };
        drop(platform);
        answer.ok_or(HangUp)
    }
}

impl Drop for OpenPoll<'_> {
    fn drop(&mut self) {
        if !self.ended {
            // The client left: there is nobody to answer.
            let _nobody = self.shared.lock().close_poll(&mut self.poll, false);
        }
    }
}

async fn carry_out(shared: &Arc<Shared>, step: Open<'_>) -> Result<Answer, HangUp> {
    match step {
        Open::Poll(poll) => poll.answer().await,
        Open::Other(Step::Answer(answer)) => Ok(answer),
        Open::Other(Step::Ping(ping)) => {
            let quirks = shared.lock().options.quirks;
            let shared = Arc::clone(shared);
            let post = move || ping.answer(quirks, &shared.courier.deliver(&ping.post));
            tokio::task::spawn_blocking(post).await.map_err(|_| HangUp)
        }
        Open::Other(Step::Silence(pause)) => {
            sleep(pause).await;
            Err(HangUp)
        }
        Open::Other(Step::HangUp | Step::Poll(_)) => Err(HangUp),
    }
}

async fn control(shared: &Arc<Shared>, path: String, request: Request<Incoming>) -> Reply {
    let (head, body) = request.into_parts();
    let Ok(body) = read(body, CONTROL_BYTES_MAX).await else {
        let why = format!("the body did not come, or has more than {CONTROL_BYTES_MAX} bytes");
        return Ok(whole(routes::error(413, &why)));
    };
    let query = head.uri.query().unwrap_or_default().to_owned();
    let ask = Ask { method: head.method, path, query, body: body.into() };
    let shared = Arc::clone(shared);
    // It may post a webhook and wait for the answer.
    let answer = tokio::task::spawn_blocking(move || routes::answer(&shared, &ask)).await;
    answer.map(whole).map_err(|_| HangUp)
}

fn file(shared: &Shared, name: &str) -> Response<Payload> {
    let Some(file) = shared.lock().files.get(name) else {
        return whole(Answer::edge(404, "Not Found"));
    };
    let mut response = Response::new(Payload::Whole(file.bytes));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(file.content_type));
    response
}

fn whole(answer: Answer) -> Response<Payload> {
    let mut response = head(&answer);
    *response.body_mut() = Payload::Whole(answer.body.into());
    response
}

/// An answer that promises all its bytes and brings half of them.
fn half(answer: &Answer) -> Response<Payload> {
    let mut response = head(answer);
    response.headers_mut().insert(CONTENT_LENGTH, answer.body.len().into());
    *response.body_mut() = Payload::Cut(Bytes::copy_from_slice(answer.first_half()));
    response
}

/// Status and headers. `Server` is there twice: the service's edge sends it so.
fn head(answer: &Answer) -> Response<Payload> {
    let mut response = Response::new(Payload::Sent);
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let headers = response.headers_mut();
    if let Ok(content_type) = HeaderValue::from_str(&answer.content_type) {
        headers.insert(CONTENT_TYPE, content_type);
    }
    headers.append(SERVER, HeaderValue::from_static("nginx"));
    headers.append(SERVER, HeaderValue::from_static("nginx"));
    response
}
