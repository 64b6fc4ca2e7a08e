//! `Finding`: what one check has found, and what to do about it.

use serde::Serialize;
use zaloxide::escape::shown;

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) enum Health {
    /// As it should be.
    #[serde(rename = "ok")]
    Well,
    /// The bot works, and somebody should look at this.
    #[serde(rename = "warn")]
    Doubtful,
    /// It keeps a bot from working.
    #[serde(rename = "fail")]
    Failed,
}

impl Health {
    /// For people.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Well => "ok",
            Self::Doubtful => "warn",
            Self::Failed => "FAIL",
        }
    }
}

/// What a check has found. Texts are fit to be shown.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    pub(super) check: &'static str,
    pub(super) health: Health,
    pub(super) account: Option<String>,
    pub(super) message: String,
    /// What to type, or to do.
    pub(super) fix: Option<String>,
}

impl Finding {
    fn new(check: &'static str, health: Health, message: &str) -> Self {
        let message: Vec<String> = message.lines().map(shown).collect();
        Self { check, health, account: None, message: message.join("\n"), fix: None }
    }

    /// This is as it should be.
    pub(super) fn well(check: &'static str, message: impl AsRef<str>) -> Self {
        Self::new(check, Health::Well, message.as_ref())
    }

    /// Somebody should look at this.
    pub(super) fn doubtful(check: &'static str, message: impl AsRef<str>) -> Self {
        Self::new(check, Health::Doubtful, message.as_ref())
    }

    /// This has to be put right.
    pub(super) fn failed(check: &'static str, message: impl AsRef<str>) -> Self {
        Self::new(check, Health::Failed, message.as_ref())
    }

    /// It is about this account alone.
    pub(super) fn of(self, account: &str) -> Self {
        Self { account: Some(shown(account)), ..self }
    }

    /// This puts it right.
    pub(super) fn fix(self, fix: impl Into<String>) -> Self {
        Self { fix: Some(fix.into()), ..self }
    }
}
