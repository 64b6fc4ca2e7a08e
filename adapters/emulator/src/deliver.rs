//! `Courier`: posts updates and pings to the address that webhooks are delivered to.

use std::time::{Duration, Instant};

use ureq::{Agent, Error};

/// How long one post may take in all.
const POST_TIMEOUT: Duration = Duration::from_secs(15);

/// One body to post, once or more. No `Debug`: it holds the webhook's secret.
pub(crate) struct Post {
    pub(crate) url: String,
    pub(crate) secret: Option<String>,
    pub(crate) body: Vec<u8>,
    pub(crate) copies: u8,
}

/// What came of a post.
pub(crate) struct Posted {
    /// The HTTP status, whatever it is.
    pub(crate) outcome: Result<u16, Failure>,
    /// Until the answer's headers, in milliseconds.
    pub(crate) ms: u64,
}

#[derive(Clone, Copy)]
pub(crate) enum Failure {
    TimedOut,
    Unreachable,
    /// There is no address to deliver to.
    Nowhere,
}

impl Posted {
    pub(crate) fn received(&self) -> bool {
        matches!(self.outcome, Ok(200..=299))
    }
}

/// Blocking; each caller brings its thread.
pub(crate) struct Courier(Agent);

impl Courier {
    pub(crate) fn new() -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(POST_TIMEOUT))
            .user_agent("Java/21.0.5")
            .build();
        Self(config.into())
    }

    /// Posts all copies, one after the other, and tells what came of the last.
    pub(crate) fn deliver(&self, post: &Post) -> Posted {
        for _ in 1..post.copies {
            self.once(post);
        }
        self.once(post)
    }

    fn once(&self, post: &Post) -> Posted {
        let start = Instant::now();
        let mut request = self.0.post(&post.url).content_type("application/json");
        if let Some(secret) = &post.secret {
            request = request.header("X-Bot-Api-Secret-Token", secret);
        }
        let outcome = match request.send(&post.body[..]) {
            Ok(answer) => Ok(answer.status().as_u16()),
            Err(Error::Timeout(_)) => Err(Failure::TimedOut),
            Err(_) => Err(Failure::Unreachable),
        };
        let ms = start.elapsed().as_millis().try_into().unwrap_or(u64::MAX);
        Posted { outcome, ms }
    }
}
