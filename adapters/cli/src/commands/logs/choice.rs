//! `Choice`: which lines of the log are wanted.

use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use zaloxide::log::Level;
use zaloxide_core::{ChatId, Time};

use crate::clock::now;
use crate::log::Line;
use crate::target;

/// Which lines are wanted, as a command line says it.
#[derive(Clone, Debug, Args)]
pub(super) struct Choice {
    /// Only lines about this chat
    #[arg(long, value_name = "ID", value_parser = target::parse)]
    chat: Option<ChatId>,
    /// Only lines that matter at least so much: error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL")]
    level: Option<Level>,
    /// Only lines from then on: 10m, 2h, 1d ago, or 2026-11-27T08:00:00Z
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    since: Option<Time>,
}

/// The same, and of which account.
#[derive(Debug)]
pub(super) struct Chosen<'a> {
    choice: &'a Choice,
    account: Option<&'a str>,
}

impl Choice {
    pub(super) fn has_since(&self) -> bool {
        self.since.is_some()
    }

    pub(super) fn for_account<'a>(&'a self, account: Option<&'a str>) -> Chosen<'a> {
        Chosen { choice: self, account }
    }
}

impl Chosen<'_> {
    pub(super) fn has(&self, line: &Line) -> bool {
        let Choice { chat, level, since } = self.choice;
        let is = |wanted: Option<&str>, found: &Option<String>| {
            wanted.is_none_or(|wanted| found.as_deref() == Some(wanted))
        };
        is(self.account, &line.account)
            && is(chat.as_ref().map(ChatId::as_str), &line.chat)
            && level.is_none_or(|level| line.level <= level)
            && since.is_none_or(|since| line.at >= since)
    }
}

/// So long ago, or a point in time.
fn moment(text: &str) -> Result<Time, String> {
    if let Ok(ago) = humantime::parse_duration(text) {
        return Ok(now().minus(u64::try_from(ago.as_millis()).unwrap_or(u64::MAX)));
    }
    let since = |at: SystemTime| at.duration_since(UNIX_EPOCH).unwrap_or_default();
    humantime::parse_rfc3339_weak(text)
        .map(|at| Time::from_ms(u64::try_from(since(at).as_millis()).unwrap_or(u64::MAX)))
        .map_err(|_| {
            "expected how long ago, as 10m or 2h, or a time as 2026-11-27T08:00:00Z".into()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(level: Level, account: &str, chat: Option<&str>, at: u64) -> Line {
        let (account, chat) = (Some(account.to_owned()), chat.map(str::to_owned));
        Line { at: Time::from_ms(at), level, account, chat, text: String::new() }
    }

    #[test]
    fn a_line_is_wanted_when_all_that_was_said_is_so() {
        let choice = Choice {
            chat: Some("6ede".into()),
            level: Some(Level::Warn),
            since: Some(Time::from_ms(10)),
        };
        let table = [
            (Level::Warn, "shop", Some("6ede"), 10, true),
            (Level::Error, "shop", Some("6ede"), 11, true),
            (Level::Info, "shop", Some("6ede"), 11, false),
            (Level::Warn, "club", Some("6ede"), 11, false),
            (Level::Warn, "shop", Some("other"), 11, false),
            (Level::Warn, "shop", None, 11, false),
            (Level::Warn, "shop", Some("6ede"), 9, false),
        ];
        for (level, account, chat, at, wanted) in table {
            let line = line(level, account, chat, at);
            assert_eq!(choice.for_account(Some("shop")).has(&line), wanted, "{line:?}");
        }
    }

    #[test]
    fn moments_are_spans_or_times() {
        assert_eq!(moment("2026-11-18T11:06:40Z").unwrap(), Time::from_ms(1_795_000_000_000));
        assert_eq!(moment("2026-11-18 11:06:40").unwrap(), Time::from_ms(1_795_000_000_000));
        let ago = now().since(moment("2h").unwrap());
        assert!((7_200_000..7_260_000).contains(&ago), "{ago}");
        assert!(moment("yesterday").is_err());
    }
}
