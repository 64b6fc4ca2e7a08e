//! `Screen`: shows what happens, a scene at a time: lines for people, objects for programs.
//!
//! It is written from several threads. Once it can't be written it stays silent and says so once:
//! whoever piped it into `head` has seen enough.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::mpsc::SyncSender;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};
use zaloxide::escape::shown;

use super::input::Input;
use crate::exit::Failure;
use crate::output::Output;

/// Columns of the names before what they say.
const LABEL_WIDTH: usize = 11;
/// Characters of a text that are shown.
const TEXT_CHARS: usize = 600;

/// Something to see. Texts come from outside and are not yet escaped.
#[derive(Debug)]
pub(crate) enum Scene<'a> {
    /// A person writes.
    Person { name: &'a str, chat: &'a str, text: &'a str },
    /// The bot writes.
    Bot { to: &'a str, chat: &'a str, text: &'a str },
    /// Zalo says no.
    Zalo { method: &'a str, status: Option<u16>, text: &'a str },
    /// The core decides.
    Core { text: &'a str, action: Value },
    /// A word to the person at the keyboard.
    Hint { text: &'a str },
}

/// Shows scenes.
#[derive(Debug)]
pub(crate) struct Screen {
    out: Output,
    /// A person types on the same terminal.
    live: bool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// What stands before the cursor, where the person types.
    prompt: String,
    /// Who is told when the screen is gone.
    tell: SyncSender<Input>,
    gone: Option<io::Error>,
}

impl State {
    fn write(&mut self, text: &str) {
        if self.gone.is_some() {
            return;
        }
        let mut out = io::stdout().lock();
        if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            self.gone = Some(error);
            // Without a session nobody needs to know.
            let _ = self.tell.try_send(Input::Wake);
        }
    }
}

impl Screen {
    /// `live`: a person types on the same terminal.
    pub(crate) fn new(out: Output, live: bool, tell: SyncSender<Input>) -> Self {
        let state = State { prompt: String::new(), tell, gone: None };
        Self { out, live: live && !out.is_json(), state: Mutex::new(state) }
    }

    /// Shows a scene.
    pub(crate) fn show(&self, scene: &Scene<'_>) {
        let text = if self.out.is_json() {
            // What a terminal shows in a live session by itself is an object like any other here.
            zaloxide::escape::json(&object(scene).to_string())
        } else {
            self.lines(scene)
        };
        let mut state = self.lock();
        let before = if self.live { "\r\x1b[2K" } else { "" };
        let prompt = if self.live { state.prompt.clone() } else { String::new() };
        state.write(&format!("{before}{text}\n{prompt}"));
    }

    /// The person at the keyboard writes as `name` from now on.
    pub(crate) fn prompt(&self, name: &str) {
        let mut state = self.lock();
        state.prompt = format!("{:>LABEL_WIDTH$}  ", format!("{} → bot", shown(name)));
        if self.live {
            let text = format!("\r\x1b[2K{}", state.prompt);
            state.write(&text);
        }
    }

    /// Ends the line in which the person types.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.prompt.clear();
        if self.live {
            state.write("\r\x1b[2K");
        }
    }

    /// Whether what is typed must be shown here: the terminal does it in a live session.
    pub(crate) fn shows_typed(&self) -> bool {
        !self.live
    }

    /// Whether nothing can be shown any more.
    pub(crate) fn is_gone(&self) -> bool {
        self.lock().gone.is_some()
    }

    /// Whether all could be shown.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        self.lock().gone.take().map_or(Ok(()), |error| Err(Failure::Output(error)))
    }

    fn lines(&self, scene: &Scene<'_>) -> String {
        let colour = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
        let (label, style, text) = match scene {
            Scene::Person { name, text, .. } => {
                (format!("{} → bot", shown(name)), colour(AnsiColor::Cyan), *text)
            }
            Scene::Bot { to, text, .. } => {
                (format!("bot → {}", shown(to)), colour(AnsiColor::Green), *text)
            }
            Scene::Zalo { text, .. } => ("zalo".into(), colour(AnsiColor::Yellow), *text),
            Scene::Core { text, .. } => ("core".into(), Style::new().dimmed(), *text),
            Scene::Hint { text } => (String::new(), Style::new(), *text),
        };
        if label.is_empty() {
            return text.to_owned();
        }
        let mut lines = String::new();
        for (index, line) in cut(text).lines().enumerate() {
            let label = if index == 0 { label.as_str() } else { "" };
            let newline = if index == 0 { "" } else { "\n" };
            let line = self.out.styled(style, shown(line));
            // Writing to a String does not fail.
            let _ = write!(lines, "{newline}{label:>LABEL_WIDTH$}  {line}");
            lines.truncate(lines.trim_end().len());
        }
        lines
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The beginning of a text; of a long one, how long it is.
fn cut(text: &str) -> String {
    match text.char_indices().nth(TEXT_CHARS) {
        Some((at, _)) => format!("{} … ({} characters)", &text[..at], text.chars().count()),
        None => text.to_owned(),
    }
}

fn object(scene: &Scene<'_>) -> Value {
    match scene {
        Scene::Person { name, chat, text } => {
            json!({"type": "person", "name": name, "chat": chat, "text": text})
        }
        Scene::Bot { chat, text, .. } => json!({"type": "bot", "chat": chat, "text": text}),
        Scene::Zalo { method, status, text } => {
            json!({"type": "zalo", "method": method, "status": status, "text": text})
        }
        Scene::Core { text, action } => json!({"type": "core", "text": text, "action": action}),
        Scene::Hint { text } => json!({"type": "hint", "text": text}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dev::input::queue;

    #[test]
    fn what_comes_from_outside_is_escaped_and_cut() {
        let screen = Screen::new(Output::new(false), false, queue().0);
        let scene = Scene::Bot { to: "A\x1b[2J", chat: "c", text: "một\nhai\u{202e}" };
        assert_eq!(screen.lines(&scene), "bot → A\\u{1b}[2J  một\n             hai\\u{202e}");
        let long = "á".repeat(5_000);
        let scene = Scene::Person { name: "An", chat: "c", text: &long };
        assert!(screen.lines(&scene).ends_with("á … (5000 characters)"));
    }
}
