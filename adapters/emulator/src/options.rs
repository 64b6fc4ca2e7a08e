//! `Options`: what an emulator is started with, and why it may refuse to start.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use hyper::Uri;

/// The token an emulator knows when none is named. It opens nothing but an emulator.
pub const DEFAULT_TOKEN: &str = "1000000000000000001:emulator-only-no-secret";

/// How an emulator behaves. `Options::default()` listens on a free loopback port, knows
/// [`DEFAULT_TOKEN`] and delivers to open polls only.
#[derive(Clone)]
pub struct Options {
    /// Where to listen; port 0 takes a free one. The control API has no password: keep it on
    /// loopback.
    pub listen: SocketAddr,
    /// The bots: `<digits>:<secret>` each, one or more, no digits twice.
    pub tokens: Vec<String>,
    /// Where webhooks go, whatever public URL was registered: an `http` URL of which only host and
    /// port count, the path and query stay those of the registered URL. `None`: nowhere.
    pub deliver_to: Option<String>,
    /// Keep updates for the next poll when none is open. Zalo does not: they are lost.
    pub queue: bool,
    /// Gets the port in decimal and a line feed, once the emulator listens; written by rename.
    pub port_file: Option<PathBuf>,
    /// The bots' `display_name`; messages in groups begin with `@` and this name.
    pub bot_name: String,
    /// Messages a bot may send in a calendar month of Vietnam before each answer is 429.
    pub quota_monthly: u64,
    /// Which of its several observed faces the API shows.
    pub quirks: Quirks,
}

/// Behaviours seen live in more than one form. All off is the form seen most.
// Each switch stands alone; a state machine of them would say less.
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quirks {
    /// Errors 404, 408 and 429 also carry that HTTP status; off: HTTP 200.
    pub real_status: bool,
    /// `error_code` is a string: `"408"`.
    pub string_codes: bool,
    /// Successes carry `error_code: 0`.
    pub zero_code: bool,
    /// `getWebhookInfo` with no webhook answers an empty `url`; off: error 404.
    pub empty_webhook_info: bool,
    /// The ping of `setWebhook` and `testWebhook` comes without the secret header.
    pub ping_without_secret: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            tokens: vec![DEFAULT_TOKEN.to_owned()],
            deliver_to: None,
            queue: false,
            port_file: None,
            bot_name: "Bot Thử".to_owned(),
            quota_monthly: 3_000,
            quirks: Quirks::default(),
        }
    }
}

/// Shows of the tokens only how many there are.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("listen", &self.listen)
            .field("tokens", &self.tokens.len())
            .field("deliver_to", &self.deliver_to)
            .field("queue", &self.queue)
            .field("port_file", &self.port_file)
            .field("bot_name", &self.bot_name)
            .field("quota_monthly", &self.quota_monthly)
            .field("quirks", &self.quirks)
            .finish()
    }
}

/// Why an emulator did not start. No message holds a token.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// No token at all.
    NoToken,
    /// The token of this index is not `<digits>:<secret>`.
    BadToken(usize),
    /// The token of this index has the same digits as an earlier one.
    SameBot(usize),
    /// `deliver_to` is not an `http` URL with a host.
    BadDeliverTo(String),
    /// The address cannot be listened on.
    Listen(SocketAddr, io::Error),
    /// The port file cannot be written.
    PortFile(PathBuf, io::Error),
    /// The system gives no thread or no event queue.
    Runtime(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoToken => f.write_str("the emulator needs a token: name one, as DIGITS:SECRET"),
            Self::BadToken(index) => write!(
                f,
                "token number {} is not DIGITS:SECRET (letters, digits, '-', '_', '.' after the colon)",
                index + 1
            ),
            Self::SameBot(index) => write!(
                f,
                "token number {} has the same digits before the colon as an earlier one: \
                 the digits name the bot, give each its own",
                index + 1
            ),
            Self::BadDeliverTo(given) => write!(
                f,
                "webhooks cannot be delivered to {given:?}: it must look like http://127.0.0.1:8787"
            ),
            Self::Listen(addr, error) => write!(
                f,
                "cannot listen on {addr}: {error}. Free the port, or use port 0 for any free one"
            ),
            Self::PortFile(path, error) => {
                write!(f, "cannot write the port file {}: {error}", path.display())
            }
            Self::Runtime(error) => write!(f, "cannot start the server's thread: {error}"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Listen(_, error) | Self::PortFile(_, error) | Self::Runtime(error) => Some(error),
            _ => None,
        }
    }
}

/// The digits before a token's colon, or `None` when it is no token.
pub(crate) fn bot_id(token: &str) -> Option<&str> {
    let (id, secret) = token.split_once(':')?;
    let digits = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (digits && !secret.is_empty() && secret.bytes().all(plain)).then_some(id)
}

impl Options {
    /// Checks what can be checked before anything is opened.
    pub(crate) fn check(&self) -> Result<(), StartError> {
        if self.tokens.is_empty() {
            return Err(StartError::NoToken);
        }
        for (index, token) in self.tokens.iter().enumerate() {
            let id = bot_id(token).ok_or(StartError::BadToken(index))?;
            if self.tokens[..index].iter().any(|earlier| bot_id(earlier) == Some(id)) {
                return Err(StartError::SameBot(index));
            }
        }
        match &self.deliver_to {
            Some(given) if origin(given).is_none() => Err(StartError::BadDeliverTo(given.clone())),
            _ => Ok(()),
        }
    }

    /// `http://host:port` of `deliver_to`.
    pub(crate) fn deliver_origin(&self) -> Option<String> {
        self.deliver_to.as_deref().and_then(origin)
    }
}

/// `http://host:port` of an `http` URL.
fn origin(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    let authority = uri.authority().filter(|authority| !authority.host().is_empty())?;
    (uri.scheme_str() == Some("http") && !authority.as_str().contains('@'))
        .then(|| format!("http://{authority}"))
}

#[cfg(test)]
mod tests {
    use super::{Options, StartError};

    fn refusal(tokens: &[&str], deliver_to: Option<&str>) -> Option<String> {
        let options = Options {
            tokens: tokens.iter().map(|&token| token.to_owned()).collect(),
            deliver_to: deliver_to.map(str::to_owned),
            ..Options::default()
        };
        options.check().err().map(|error| error.to_string())
    }

    #[test]
    fn what_cannot_start_says_why_without_a_token() {
        insta::assert_debug_snapshot!([
            refusal(&[], None),
            refusal(&["1:good", "letters:secret"], None),
            refusal(&["1:a/b"], None),
            refusal(&["1:first", "2:other", "1:second"], None),
            refusal(&["1:good"], Some("https://127.0.0.1:1")),
            refusal(&["1:good"], Some("127.0.0.1:1")),
            refusal(&["1:good"], Some("http://localhost:8787/ignored")),
        ]);
    }

    #[test]
    fn debug_shows_no_token() {
        let shown = format!("{:?} {:?}", Options::default(), StartError::BadToken(0));
        assert!(!shown.contains("no-secret") && !shown.contains("100000"), "{shown}");
    }
}
