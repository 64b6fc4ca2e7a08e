//! `Mount`: a door in a server of another language, which hands requests in and is told answers. A
//! body is asked for piece by piece, and only once the door wants it.

mod pieces;

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::task::{Context, Waker};

use http_body_util::BodyExt;
use hyper::{Request, Response, StatusCode};
use tokio::runtime::{Builder, Runtime};

use crate::door::{AGAIN_SEC, Door, READ, Visitor};
use crate::payload::Payload;
pub use pieces::{Pieces, PlainBody};

/// A request of which some server has read the head.
pub struct Plain {
    /// Such as `POST`.
    pub method: String,
    /// The path as it came, and `?` and the query if there is one.
    pub target: String,
    /// Names and values.
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
    /// What comes behind them.
    pub body: PlainBody,
    /// The major version of HTTP: from 2 on, headers may say nothing of a body.
    pub major: u8,
    /// Who is at the other end of the connection; `None` when the server does not know.
    pub peer: Option<IpAddr>,
}

/// Whether the door looks at headers of this name: a host may keep the others.
pub fn is_read(name: &[u8]) -> bool {
    READ.iter().any(|read| name.eq_ignore_ascii_case(read.as_str().as_bytes()))
}

/// What to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainAnswer {
    /// The HTTP status.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(String, Vec<u8>)>,
    /// All of it.
    pub body: Vec<u8>,
}

impl PlainAnswer {
    fn empty(status: StatusCode) -> Self {
        Self { status: status.as_u16(), headers: Vec::new(), body: Vec::new() }
    }
}

/// Tells an answer, whatever becomes of the task that looks for it.
struct Teller<F: FnOnce(PlainAnswer)>(Option<F>);

impl<F: FnOnce(PlainAnswer)> Teller<F> {
    fn tell(mut self, answer: PlainAnswer) {
        if let Some(tell) = self.0.take() {
            tell(answer);
        }
    }
}

impl<F: FnOnce(PlainAnswer)> Drop for Teller<F> {
    fn drop(&mut self) {
        if let Some(tell) = self.0.take() {
            let again = vec![("retry-after".into(), AGAIN_SEC.to_string().into())];
            let later = PlainAnswer::empty(StatusCode::SERVICE_UNAVAILABLE);
            tell(PlainAnswer { headers: again, ..later });
        }
    }
}

/// A door, and a thread on which it waits.
pub struct Mount {
    door: Arc<Door>,
    runtime: Option<Runtime>,
}

impl Mount {
    /// Takes a door over.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(door: Door) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(4)
            .thread_name("zaloxide-door")
            .enable_time()
            .build()?;
        Ok(Self { door: Arc::new(door), runtime: Some(runtime) })
    }

    /// Answers a request as [`Door::answer`] does, and with 503 if the mount is gone before. Does not
    /// wait: `tell` is called once, before this returns or on another thread, and must not wait
    /// either.
    pub fn answer(&self, plain: Plain, tell: impl FnOnce(PlainAnswer) + Send + 'static) {
        let teller = Teller(Some(tell));
        let (door, peer) = (Arc::clone(&self.door), plain.peer);
        let Some(runtime) = &self.runtime else { return };
        let Ok(request) = request(plain) else {
            return teller.tell(PlainAnswer::empty(StatusCode::BAD_REQUEST));
        };
        let mut answered = Box::pin(async move {
            let visitor = Visitor::new(peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)));
            teller.tell(whole(door.answer(visitor, request).await).await);
        });
        // What can be said at once is not worth waking another thread for. Whatever it waits for
        // else, it asks after again over there.
        let entered = runtime.enter();
        let mut nobody = Context::from_waker(Waker::noop());
        if answered.as_mut().poll(&mut nobody).is_pending() {
            drop(entered);
            runtime.spawn(answered);
        }
    }
}

/// An answer with all of its body.
async fn whole(answer: Response<Payload>) -> PlainAnswer {
    let (head, body) = answer.into_parts();
    let Ok(body) = body.collect().await else {
        return PlainAnswer::empty(StatusCode::INTERNAL_SERVER_ERROR);
    };
    let headers = head.headers.iter();
    let headers = headers.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()));
    PlainAnswer {
        status: head.status.as_u16(),
        headers: headers.collect(),
        body: body.to_bytes().to_vec(),
    }
}

fn request(plain: Plain) -> Result<Request<PlainBody>, hyper::http::Error> {
    let mut request = Request::builder().method(plain.method.as_str()).uri(plain.target);
    for (name, value) in plain.headers {
        request = request.header(name, value);
    }
    let (head, mut body) = request.body(plain.body)?.into_parts();
    body.announced(&head.headers, plain.major);
    Ok(Request::from_parts(head, body))
}

/// What is under way is not waited for.
impl Drop for Mount {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for Mount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Mount").field(&self.door).finish()
    }
}

/// Shows no header: the secret is one.
impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Plain").field(&self.body).finish()
    }
}

#[cfg(test)]
mod tests;
