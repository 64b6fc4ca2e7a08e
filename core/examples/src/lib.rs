//! What drivers of the core have to bring, at its smallest: a clock, a seed, and calls to Zalo.
//!
//! - `by_hand` does no I/O at all: it shows what goes in and what comes out.
//! - `threads` is a bot on plain threads.
//! - `tokio` is the same bot on tokio.
//! - `axum` takes webhooks, as a route of an axum app.
//!
//! `ZALO_BOT_TOKEN=.. cargo run -p zaloxide-core-examples --bin threads` runs one against Zalo;
//! `ZALO_API_URL` names another platform, such as the one of `zaloxide emulator`. None of them keeps
//! a journal: who wants one writes the records of each `Commit` before saying `Committed`, and
//! begins with `Channel::restore`.

use std::error::Error;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};
use ureq::Agent;
use zaloxide_core::{AccountConfig, Envelope, Method, Outcome, Reply, Time};

/// What can go wrong before a bot runs.
pub type Failed = Box<dyn Error + Send + Sync>;

/// The time as the core wants it: it never runs back within a run.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    began: Instant,
    base_ms: u64,
}

impl Default for Clock {
    fn default() -> Self {
        Self { began: Instant::now(), base_ms: wall_ms() }
    }
}

impl Clock {
    /// Now.
    pub fn now(&self) -> Time {
        let elapsed = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        Time::from_ms(self.base_ms.saturating_add(elapsed))
    }

    /// How long it is until then.
    pub fn until(&self, due: Time) -> Duration {
        Duration::from_millis(due.as_ms().saturating_sub(self.now().as_ms()))
    }
}

fn wall_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Codes and ids are drawn from this: it must come from the operating system.
///
/// # Errors
/// The system has no random bytes.
pub fn seed() -> Result<[u8; 32], Failed> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    Ok(seed)
}

/// The Bot API, for one bot. It has the secrets; the core never does.
#[derive(Clone, Debug)]
pub struct Zalo {
    agent: Agent,
    url: String,
    token: String,
    /// Sent along with `setWebhook`.
    pub webhook_secret: Option<String>,
}

impl Zalo {
    /// As the environment says.
    ///
    /// # Errors
    /// There is no token.
    pub fn from_environment() -> Result<Self, Failed> {
        let token = std::env::var("ZALO_BOT_TOKEN").map_err(|_| "set ZALO_BOT_TOKEN")?;
        let url = std::env::var("ZALO_API_URL");
        Ok(Self::new(&url.unwrap_or("https://bot-api.zaloplatforms.com".into()), &token))
    }

    /// At this address, with this token.
    pub fn new(url: &str, token: &str) -> Self {
        let config = Agent::config_builder().http_status_as_error(false).max_redirects(0).build();
        let (url, token) = (url.trim_end_matches('/').to_owned(), token.to_owned());
        Self { agent: config.into(), url, token, webhook_secret: None }
    }

    /// The configuration of this bot's account, with every default.
    pub fn account(&self) -> AccountConfig {
        AccountConfig::new("default", self.token.split(':').next().unwrap_or_default())
    }

    /// Makes a call that the core asked for, and waits for it. Any failure counts as `Unknown`,
    /// which is always true: a driver that knows that nothing was sent may say `NotSent`.
    pub fn call(&self, method: Method, body: &str, timeout_ms: u64) -> Outcome<'static> {
        let request = self
            .agent
            .post(format!("{}/bot{}/{}", self.url, self.token, method.name()))
            .content_type("application/json")
            .config()
            .timeout_global(Some(Duration::from_millis(timeout_ms)))
            .build();
        let sent = request.send(self.with_secret(method, body));
        let answer = sent.and_then(|mut response| {
            Ok((response.status().as_u16(), response.body_mut().read_to_string()?))
        });
        match answer {
            Ok((status, body)) => {
                Outcome::Answered { status, retry_after_ms: None, body: body.into() }
            }
            Err(error) => Outcome::Unknown { reason: error.to_string() },
        }
    }

    fn with_secret(&self, method: Method, body: &str) -> String {
        let fields = serde_json::from_str::<Map<String, Value>>(body);
        match (&self.webhook_secret, fields) {
            (Some(secret), Ok(mut fields)) if method == Method::SetWebhook => {
                fields.insert("secret_token".into(), secret.as_str().into());
                Value::Object(fields).to_string()
            }
            _ => body.to_owned(),
        }
    }
}

/// The agent of these bots.
pub fn answer(envelope: &Envelope) -> Reply {
    Reply::text(format!("Bạn nói: {}", envelope.text))
}
