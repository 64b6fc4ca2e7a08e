//! `Identity`: whose a token is, asked of Zalo once and without an engine.

use std::borrow::Cow;
use std::fmt;

use zaloxide_core::{Outcome, wire};
use zaloxide_polling::{Api, Cancel, Settings};

/// How long Zalo may take, in milliseconds.
const TIMEOUT_MS: u64 = 15_000;

/// What Zalo says of a bot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Identity {
    /// The numeric half of its token.
    pub id: String,
    /// The name people see. It comes from outside: show it escaped.
    pub name: Option<String>,
}

/// Why nothing is known of a bot. No message holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdentityError {
    /// Zalo knows no such token.
    Refused {
        /// What it said, for people.
        reason: String,
    },
    /// Zalo can't be asked now.
    Unreachable {
        /// Why, for people.
        reason: String,
    },
}

impl fmt::Display for IdentityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { reason } => write!(f, "Zalo refuses the token: {reason}"),
            Self::Unreachable { reason } => write!(f, "Zalo can't be asked: {reason}"),
        }
    }
}

impl std::error::Error for IdentityError {}

/// Asks whose a token is: one `getMe`.
///
/// # Errors
/// Zalo does not know the token, or can't be asked.
pub fn identify(settings: Settings) -> Result<Identity, IdentityError> {
    let unreachable = |reason: String| IdentityError::Unreachable { reason };
    let bot_id = settings.token.bot_id().to_owned();
    let api = Api::new(settings).map_err(|error| unreachable(error.to_string()))?;
    let request = wire::request(&wire::Call::GetMe);
    let (status, body) = match api.call(request.method, &request.body, TIMEOUT_MS, &Cancel::new()) {
        Outcome::Answered { status, body, .. } => (status, body),
        Outcome::NotSent { reason } | Outcome::Unknown { reason } => {
            return Err(unreachable(reason));
        }
        _ => return Err(unreachable("what came of the call is not known".into())),
    };
    let text = wire::text(body.as_bytes());
    match wire::response(request.method, status, &text) {
        wire::Response::Ok { success: wire::Success::Me { id, display_name, .. }, .. } => {
            let id = id.map_or(bot_id, Cow::into_owned);
            Ok(Identity { id, name: display_name.map(Cow::into_owned) })
        }
        wire::Response::Failed { code, description, .. } if matches!(code, 400..=404) => {
            Err(IdentityError::Refused { reason: format!("{code} {description}") })
        }
        wire::Response::Failed { code, description, .. } => {
            Err(unreachable(format!("{code} {description}")))
        }
        wire::Response::NotJson { status, excerpt } => {
            Err(unreachable(format!("status {status}: {excerpt}")))
        }
        _ => Err(unreachable("its answer is not understood".into())),
    }
}
