//! `Line`: one line of the log: an object in the file, a line for people.

use std::fmt::{self, Write};
use std::time::{Duration, UNIX_EPOCH};

use anstyle::{AnsiColor, Style};
use serde::{Deserialize, Serialize};
use tracing::Event;
use tracing::field::{Field, Visit};
use zaloxide::escape::shown;
use zaloxide::log::Level;
use zaloxide_core::Time;

/// What stands before a further line of one text. No text can look like a line of its own.
const FURTHER: &str = "\n    ";

/// One line. Its text is escaped, but for its line ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    /// When it was written.
    pub(crate) at: Time,
    /// How much it matters.
    pub(crate) level: Level,
    /// The account it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<String>,
    /// The chat it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) chat: Option<String>,
    /// What happened.
    pub(crate) text: String,
}

impl Line {
    /// What an event says.
    pub(crate) fn of(event: &Event<'_>, at: Time) -> Self {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let level = match *event.metadata().level() {
            tracing::Level::ERROR => Level::Error,
            tracing::Level::WARN => Level::Warn,
            tracing::Level::INFO => Level::Info,
            tracing::Level::DEBUG => Level::Debug,
            tracing::Level::TRACE => Level::Trace,
        };
        let Fields { account, chat, text, more } = fields;
        let text: Vec<String> = (text + &more).lines().map(shown).collect();
        Self { at, level, account, chat, text: text.join("\n") }
    }

    /// The line for people, and for terminals if `colours` says so.
    pub(crate) fn human(&self, colours: bool) -> String {
        let styled = |style: Style, text: String| {
            if colours { format!("{style}{text}{style:#}") } else { text }
        };
        let colour = |colour: AnsiColor| colour.on_default();
        let style = match self.level {
            Level::Error => colour(AnsiColor::Red).bold(),
            Level::Warn => colour(AnsiColor::Yellow),
            Level::Info => colour(AnsiColor::Green),
            Level::Debug => colour(AnsiColor::Blue),
            Level::Trace => colour(AnsiColor::Magenta),
        };
        let level = styled(style, format!("{:>5}", self.level.to_string().to_uppercase()));
        let at = styled(Style::new().dimmed(), stamp(self.at));
        let account = self.account.as_deref().map(|account| format!("{}: ", shown(account)));
        // The file may have been written by somebody else.
        let text: Vec<String> = self.text.lines().map(shown).collect();
        format!("{at} {level} {}{}", account.unwrap_or_default(), text.join(FURTHER))
    }
}

/// In UTC: `2026-11-27T01:51:00.123Z`.
pub(crate) fn stamp(at: Time) -> String {
    // No file is believed: later times than that have no form.
    const LAST: Duration = Duration::from_secs(253_402_300_799);
    let since = Duration::from_millis(at.as_ms()).min(LAST);
    humantime::format_rfc3339_millis(UNIX_EPOCH + since).to_string()
}

/// The fields of an event.
#[derive(Default)]
struct Fields {
    account: Option<String>,
    chat: Option<String>,
    text: String,
    /// Whatever else there is, as it stands behind the text.
    more: String,
}

impl Fields {
    fn more(&mut self, field: &Field, value: &dyn fmt::Display) {
        // Writing to a String does not fail.
        let _ = match field.name() {
            "error" | "refused" => write!(self.more, ": {value}"),
            name => write!(self.more, ", {name} {value}"),
        };
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "account" => self.account = Some(value.to_owned()),
            "chat" => self.chat = Some(value.to_owned()),
            _ => self.more(field, &value),
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let value = format!("{value:?}");
        match field.name() {
            "message" => self.text = value,
            "account" => self.account = Some(value),
            _ => self.more(field, &value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Line {
        let (account, chat) = (Some("shop".into()), Some("6ede".into()));
        Line {
            at: Time::from_ms(1_795_000_000_123),
            level: Level::Warn,
            account,
            chat,
            text: text.into(),
        }
    }

    #[test]
    fn a_line_reads_the_same_from_the_file_as_on_the_screen() {
        let json = serde_json::to_string(&line("hi")).unwrap();
        let expected =
            r#"{"at":1795000000123,"level":"warn","account":"shop","chat":"6ede","text":"hi"}"#;
        assert_eq!(json, expected);
        let back: Line = serde_json::from_str(&json).unwrap();
        assert_eq!(back, line("hi"));
        assert_eq!(back.human(false), "2026-11-18T11:06:40.123Z  WARN shop: hi");
        assert!(back.human(true).contains("\u{1b}["));
    }

    #[test]
    fn a_text_moves_no_terminal_and_pretends_no_line() {
        let human = line("one\n2026 ERROR two\u{1b}[2J\u{202e}").human(false);
        let expected = "WARN shop: one\n    2026 ERROR two\\u{1b}[2J\\u{202e}";
        assert!(human.ends_with(expected), "{human}");
    }

    #[test]
    fn a_time_out_of_the_world_is_shown_all_the_same() {
        assert_eq!(stamp(Time::from_ms(u64::MAX)), "9999-12-31T23:59:59.000Z");
    }
}
