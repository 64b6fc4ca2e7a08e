//! `Mount`: a door in a server of another language, which hands in whole requests and is told whole
//! answers.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use tokio::runtime::{Builder, Runtime};

use crate::door::{Door, Visitor};

/// A request that some server has read. Of a body over 1 MiB it is enough to have a byte more.
pub struct Plain {
    /// Such as `POST`.
    pub method: String,
    /// The path as it came, and `?` and the query if there is one.
    pub target: String,
    /// Names and values.
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
    /// All of it.
    pub body: Vec<u8>,
    /// Who is at the other end of the connection; `None` when the server does not know.
    pub peer: Option<IpAddr>,
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

    /// Answers a request as [`Door::answer`] does. Does not wait: `tell` is called on another
    /// thread, once, and must not wait either.
    pub fn answer(&self, plain: Plain, tell: impl FnOnce(PlainAnswer) + Send + 'static) {
        let (door, peer) = (Arc::clone(&self.door), plain.peer);
        let Some(runtime) = &self.runtime else { return };
        let Ok(request) = request(plain) else {
            return tell(PlainAnswer::empty(StatusCode::BAD_REQUEST));
        };
        runtime.spawn(async move {
            let visitor = Visitor::new(peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)));
            let (head, body) = door.answer(visitor, request).await.into_parts();
            let Ok(body) = body.collect().await else {
                return tell(PlainAnswer::empty(StatusCode::INTERNAL_SERVER_ERROR));
            };
            let headers = head.headers.iter();
            let headers =
                headers.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()));
            tell(PlainAnswer {
                status: head.status.as_u16(),
                headers: headers.collect(),
                body: body.to_bytes().to_vec(),
            });
        });
    }
}

fn request(plain: Plain) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
    let mut request = Request::builder().method(plain.method.as_str()).uri(plain.target);
    for (name, value) in plain.headers {
        request = request.header(name, value);
    }
    request.body(Full::new(plain.body.into()))
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
        write!(f, "Plain({} bytes)", self.body.len())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::*;
    use crate::{Answer, Routes, Status, Taker};

    struct Takes;

    impl Taker for Takes {
        fn take(&self, body: &[u8], answer: Answer) {
            answer.tell(if body == b"{}" { Status::Taken } else { Status::Malformed });
        }
    }

    #[test]
    fn a_whole_request_gets_a_whole_answer() {
        let routes = Arc::new(Routes::new().unwrap());
        routes.add("shop", "/zalo", b"12345678", Arc::new(Takes)).unwrap();
        let mount = Mount::start(Door::new(routes)).unwrap();
        let status = |method: &str, target: &str, secret: &str, body: &[u8]| {
            let header = |name: &str, value: &str| (name.into(), value.into());
            let length = body.len().to_string();
            let headers = vec![
                header("Content-Type", "application/json"),
                header("content-length", &length),
                header("X-Bot-Api-Secret-Token", secret),
            ];
            let (method, target) = (method.to_owned(), target.to_owned());
            let (tell, told) = channel();
            let plain = Plain { method, target, headers, body: body.into(), peer: None };
            mount.answer(plain, move |answer| tell.send(answer).unwrap());
            told.recv_timeout(Duration::from_secs(30)).unwrap().status
        };
        assert_eq!(status("POST", "/zalo?x=1", "12345678", b"{}"), 200);
        assert_eq!(status("POST", "/zalo", "12345678", b"[]"), 400);
        assert_eq!(status("POST", "/zalo", "guess", b"[]"), 401);
        assert_eq!(status("GET", "/zalo", "12345678", b""), 405);
        assert_eq!(status("POST", "/", "12345678", b"{}"), 404);
        assert_eq!(status("POST", "/zalo", "12345678", &vec![b' '; (1 << 20) + 1]), 413);
        assert_eq!(status("PO ST", "/zalo", "12345678", b"{}"), 400);
        assert_eq!(status("POST", "/zalo", "12345678\n", b"{}"), 400);
    }
}
