//! `Ops`: health and metrics for whoever runs the program, on a listener of its own.

use std::fmt;
use std::sync::Arc;

use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};

use crate::door::Visitor;
use crate::payload::Payload;
use crate::server::Service;

/// What is known of the program's health.
pub trait Health: Send + Sync + 'static {
    /// Whether it does what it is there for; if not, why not, for people. Called where waiting is
    /// allowed.
    ///
    /// # Errors
    /// Why not.
    fn ready(&self) -> Result<(), String>;

    /// The metrics, in the text form of Prometheus. Called where waiting is allowed.
    fn metrics(&self) -> String;
}

/// Answers `/healthz` (the process answers), `/readyz` (it does its work: 200, else 503 and why) and
/// `/metrics`.
pub struct Ops(Arc<dyn Health>);

impl Ops {
    /// Answers with what this one knows.
    pub fn new(health: Arc<dyn Health>) -> Self {
        Self(health)
    }

    async fn look<R: Send + 'static>(
        &self,
        look: impl FnOnce(&dyn Health) -> R + Send + 'static,
    ) -> Option<R> {
        let health = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || look(&*health)).await.ok()
    }
}

impl Service for Ops {
    async fn answer(&self, _: Visitor, request: Request<Incoming>) -> Response<Payload> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return text(StatusCode::METHOD_NOT_ALLOWED, "GET it\n");
        }
        match request.uri().path() {
            "/healthz" => text(StatusCode::OK, "ok\n"),
            "/readyz" => match self.look(Health::ready).await {
                Some(Ok(())) => text(StatusCode::OK, "ready\n"),
                Some(Err(why)) => text(StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
                None => text(StatusCode::INTERNAL_SERVER_ERROR, "this can't be told\n"),
            },
            "/metrics" => match self.look(Health::metrics).await {
                Some(metrics) => {
                    let mut answer = text(StatusCode::OK, metrics);
                    let form = "application/openmetrics-text; version=1.0.0; charset=utf-8";
                    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(form));
                    answer
                }
                None => text(StatusCode::INTERNAL_SERVER_ERROR, "this can't be told\n"),
            },
            _ => text(StatusCode::NOT_FOUND, "there is /healthz, /readyz and /metrics\n"),
        }
    }
}

fn text(status: StatusCode, body: impl Into<Bytes>) -> Response<Payload> {
    let mut answer = Response::new(Payload::whole(body));
    *answer.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    answer.headers_mut().insert(CONTENT_TYPE, plain);
    answer
}

impl fmt::Debug for Ops {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ops")
    }
}
